/** Padding never changes what a recognizer gives: each clip alone against the same clip among longer ones. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { Rng } from "../../../lib/base/random.ts";
import { type FrontendSpec, type Setting, SETTINGS } from "../../../lib/frontends/contract.ts";
import { makeFrontend } from "../../../lib/frontends/front_end.ts";
import { PARTS_OF_SETTINGS } from "../../../lib/frontends/spectrogram.ts";
import { buildNetwork } from "../../../lib/models/network.ts";
import type { Network } from "../../../lib/models/network_contract.ts";
import { createState, disposeState } from "../../../lib/nn/state.ts";
import type { Head } from "../../../lib/models/contract.ts";
import type { ForwardMode, NetworkState } from "../../../lib/nn/types.ts";
import { onBackends, onEveryBackend } from "../../support/backends.ts";
import { assertNear } from "../kernels/op_check.ts";
import { cacheOf, configOf, fastAudio, nnAudio } from "../frontends/papers.ts";
import { original } from "./harness.ts";

/** Lengths that end within a hop, at its end and just behind it; the longest is not the last. */
const SAMPLES = [1999, 4800, 1600, 3201];
const CLASSES = 7;
/** Float32 in another order; BC-ResNet has twelve blocks in a row. */
const TOLERANCE = 2e-5;

const FRONTENDS: Readonly<Record<string, (setting: Setting) => Promise<FrontendSpec>>> = {
  nnaudio: (setting) => nnAudio(setting, { normalise: "batch" }),
  "nnaudio, clip_mean": (setting) => nnAudio(setting, { normalise: "clip_mean" }),
  "nnaudio, log_tbn with its median": async (setting) => {
    const { config, context } = configOf("nnaudio", { normalise: "clip_mean" });
    const trained = [...PARTS_OF_SETTINGS[setting], "log_tbn"];
    const compression = { kind: "log_tbn", a: 5, median: true };
    return await makeFrontend(config, { ...context, trained, compression });
  },
  fastaudio: (setting) =>
    // A clip's own loudest value: that of the batch would depend on its neighbours.
    fastAudio(setting, { compat: { band_limits: "scaled" } }, { top_db: 20, compat: { top_db: "clip" } }),
};

for (const kind of ["linear", "bc_resnet", "matchboxnet"] as const) {
  for (const [name, frontend] of Object.entries(FRONTENDS)) {
    for (const setting of SETTINGS) {
      onBackends(
        ["wasm"],
        `padding changes no logit of ${kind} behind ${name} in setting ${setting}`,
        async () => checkAlone(kind, await frontend(setting)),
      );
    }
  }
}

onBackends(
  ["cpu", "webgpu"],
  "padding changes no logit of bc_resnet in setting D",
  async () => checkAlone("bc_resnet", await nnAudio("D", { normalise: "batch" })),
);

for (const model of ["bc_resnet", "ds_cnn", "matchboxnet"]) {
  onEveryBackend(
    `padding changes no decision of ${model} on a clip`,
    async () => checkAlone(model, await nnAudio("D", { normalise: "batch", n_mels: 10 }), "clip"),
  );
}

for (const [model, head] of [["bc_resnet", "frame"], ["ds_cnn", "clip"], ["matchboxnet", "frame"]] as const) {
  onBackends(
    ["wasm"],
    `more padding changes no statistic that training of ${model} keeps`,
    () => checkStatistics(model, head),
  );
}

async function checkStatistics(model: string, head: Head): Promise<void> {
  const spec = await nnAudio("D", { normalise: "batch" });
  const network = await buildNetwork(spec, original(model), head, CLASSES, null);
  const clips = SAMPLES.map(wave);
  const kept: Float32Array[][] = [];
  for (const extra of [0, 1000]) {
    const state = createState(network, Rng.fromSeed("padding"));
    const frames = Int32Array.from(SAMPLES, network.framing.frames);
    const batch = padded(network, clips, extra);
    tf.tidy(() => void network.forward(state, batch, { training: true, frames }));
    const buffers = network.specs.filter(({ role }) => role === "buffer");
    kept.push(buffers.map(({ name }) => state.get(name)!.dataSync() as Float32Array));
    batch.dispose();
    disposeState(state);
  }
  assert(kept[0]!.length > 10);
  kept[0]!.forEach((values, i) => assertNear(kept[1]![i]!, values, TOLERANCE, `statistic ${i}`));
}

async function checkAlone(model: string, spec: FrontendSpec, head: Head = "frame"): Promise<void> {
  const network = await buildNetwork(spec, original(model), head, CLASSES, null);
  const state = createState(network, Rng.fromSeed("padding"));
  settle(network, state);
  const clips = SAMPLES.map(wave);
  const frames = Int32Array.from(SAMPLES, network.framing.frames);
  const longest = Math.max(...frames);
  const whole = await logits(network, state, padded(network, clips, 0), { training: false, frames });
  const each = (head === "frame" ? longest : 1) * CLASSES;
  assertEquals(whole.length, clips.length * each);
  for (const [i, clip] of clips.entries()) {
    const own = Int32Array.of(frames[i]!);
    const alone = await logits(network, state, padded(network, [clip], 0), {
      training: false,
      frames: own,
    });
    const unpadded = await logits(network, state, featuresOf(network, clip), { training: false });
    const start = i * each;
    assertNear(whole.subarray(start, start + alone.length), alone, TOLERANCE, `clip ${i} in the batch`);
    assertNear(alone, unpadded, TOLERANCE, `clip ${i} alone`);
  }
  disposeState(state);
}

/** Running statistics that are not those of the start, which would hide what is wrong. */
function settle(network: Network, state: NetworkState): void {
  const batch = featuresOf(network, wave(2400));
  for (let i = 0; i < 4; i++) tf.tidy(() => void network.forward(state, batch, { training: true }));
  batch.dispose();
}

async function logits(
  network: Network,
  state: NetworkState,
  batch: tf.Tensor,
  mode: ForwardMode,
): Promise<Float32Array> {
  const made = tf.tidy(() => network.forward(state, batch, mode));
  const values = await made.data<"float32">();
  tf.dispose([made, batch]);
  return values;
}

/** `[1, ...]`: as far as the frozen prefix goes, of the clip as it is. */
function featuresOf(network: Network, clip: Float32Array): tf.Tensor {
  return tf.tidy(() => cacheOf(network, tf.tensor2d(clip, [1, clip.length])));
}

/** Features behind each other, zeros at their ends; waves are first extended as the network's framing says. */
function padded(network: Network, clips: readonly Float32Array[], extra: number): tf.Tensor {
  const { frozen, framing, representations } = network;
  const ready = frozen === 0 ? clips.map((clip) => reflectedEnd(clip, framing.beyond.samples)) : clips;
  const parts = ready.map((clip) => featuresOf(network, clip));
  const axis = 1 + representations[frozen]!.axes.findIndex(({ size }) => size === null);
  const length = Math.max(...parts.map((part) => part.shape[axis]!)) + (frozen === 0 ? extra : 0);
  const whole = tf.tidy(() =>
    tf.concat(
      parts.map((part) =>
        tf.pad(part, part.shape.map((n, i) => [0, i === axis ? length - n : 0] as [number, number]))
      ),
      0,
    )
  );
  tf.dispose(parts);
  return whole;
}

function reflectedEnd(clip: Float32Array, samples: number): Float32Array {
  const extended = new Float32Array(clip.length + samples);
  extended.set(clip);
  for (let i = 0; i < samples; i++) extended[clip.length + i] = clip[clip.length - 2 - i]!;
  return extended;
}

/** Tones that swell, in noise, louder at the end: so that a wrong end would be heard. */
function wave(samples: number): Float32Array {
  const rng = Rng.fromSeed(`wave ${samples}`);
  const pitch = rng.uniform(0.05, 0.4);
  return Float32Array.from(
    { length: samples },
    (_, n) => (0.05 + 0.4 * n / samples) * Math.sin(pitch * n) + 0.02 * rng.normal(),
  );
}
