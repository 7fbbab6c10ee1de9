/** Padding never changes what a recognizer gives: each clip alone against the same clip among longer ones. */
import * as tf from "@tensorflow/tfjs";
import { assertEquals } from "@std/assert";
import { frameCount, padSamples } from "../../../lib/audio/framing.ts";
import { Rng } from "../../../lib/base/random.ts";
import { type FrontendSpec, prefixSpec, type Setting } from "../../../lib/frontends/spec.ts";
import { applyPrefix } from "../../../lib/frontends/prefix.ts";
import { buildRecognizer } from "../../../lib/models/recognizer.ts";
import type { ModelSpec } from "../../../lib/models/spec.ts";
import { createState, disposeState } from "../../../lib/nn/state.ts";
import type { ForwardMode, NetworkState, SequenceNetwork } from "../../../lib/nn/types.ts";
import { onBackends } from "../../support/backends.ts";
import { assertNear } from "../kernels/op_check.ts";
import { paperFastAudio, paperFrontend } from "./harness.ts";

/** Lengths that end within a hop, at its end and just behind it; the longest is not the last. */
const SAMPLES = [1999, 4800, 1600, 3201];
const CLASSES = 7;
/** Float32 in another order; BC-ResNet has twelve blocks in a row. */
const TOLERANCE = 2e-5;

const FRONTENDS: Readonly<Record<string, (setting: Setting) => FrontendSpec>> = {
  nnaudio: (setting) => paperFrontend(setting, { normalise: "batch" }),
  "nnaudio, clip_mean": (setting) => paperFrontend(setting, { normalise: "clip_mean" }),
  fastaudio: (setting) =>
    paperFastAudio(setting, {
      // A clip's own loudest value: that of the batch would depend on its neighbours.
      decibels: { amin: 1e-10, refValue: 1, topDb: 20, loudestOf: "clip" },
      limits: "scaled",
    }),
};

for (const kind of ["linear", "bc_resnet"] as const) {
  for (const [name, frontend] of Object.entries(FRONTENDS)) {
    for (const setting of ["A", "B", "C", "D"] as const) {
      onBackends(
        ["wasm"],
        `padding changes no logit of ${kind} behind ${name} in setting ${setting}`,
        () => checkAlone({ kind }, frontend(setting)),
      );
    }
  }
}

onBackends(
  ["cpu", "webgpu"],
  "padding changes no logit of bc_resnet in setting D",
  () => checkAlone({ kind: "bc_resnet" }, paperFrontend("D", { normalise: "batch" })),
);

onBackends(["wasm"], "more padding changes no statistic that training keeps", async () => {
  const spec = paperFrontend("D", { normalise: "batch" });
  const network = buildRecognizer(spec, { kind: "bc_resnet" }, CLASSES);
  const clips = SAMPLES.map(wave);
  const kept: Float32Array[][] = [];
  for (const extra of [0, 1000]) {
    const state = createState(network, Rng.fromSeed("padding"));
    const frames = Int32Array.from(SAMPLES, (samples) => frameCount(samples, spec));
    const batch = await padded(spec, clips, extra);
    tf.tidy(() => void network.forward(state, batch, { training: true, frames }));
    const buffers = network.specs.filter(({ role }) => role === "buffer");
    kept.push(buffers.map(({ name }) => state.get(name)!.dataSync() as Float32Array));
    batch.dispose();
    disposeState(state);
  }
  assertEquals(kept[0]!.length, 58);
  kept[0]!.forEach((values, i) => assertNear(kept[1]![i]!, values, TOLERANCE, `statistic ${i}`));
});

async function checkAlone(model: ModelSpec, spec: FrontendSpec): Promise<void> {
  const network = buildRecognizer(spec, model, CLASSES);
  const state = createState(network, Rng.fromSeed("padding"));
  await settle(network, state, spec);
  const clips = SAMPLES.map(wave);
  const frames = Int32Array.from(SAMPLES, (samples) => frameCount(samples, spec));
  const longest = Math.max(...frames);
  const whole = await logits(network, state, await padded(spec, clips, 0), { training: false, frames });
  assertEquals(whole.length, clips.length * longest * CLASSES);
  for (const [i, clip] of clips.entries()) {
    const own = Int32Array.of(frames[i]!);
    const alone = await logits(network, state, await padded(spec, [clip], 0), {
      training: false,
      frames: own,
    });
    const unpadded = await logits(network, state, await featuresOf(spec, clip), { training: false });
    const start = i * longest * CLASSES;
    assertNear(whole.subarray(start, start + alone.length), alone, TOLERANCE, `clip ${i} in the batch`);
    assertNear(alone, unpadded, TOLERANCE, `clip ${i} alone`);
  }
  disposeState(state);
}

/** Running statistics that are not those of the start, which would hide what is wrong. */
async function settle(network: SequenceNetwork, state: NetworkState, spec: FrontendSpec): Promise<void> {
  const batch = await featuresOf(spec, wave(2400));
  for (let i = 0; i < 4; i++) tf.tidy(() => void network.forward(state, batch, { training: true }));
  batch.dispose();
}

async function logits(
  network: SequenceNetwork,
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
function featuresOf(spec: FrontendSpec, clip: Float32Array): Promise<tf.Tensor> {
  return Promise.resolve(
    tf.tidy(() => applyPrefix(prefixSpec(spec), tf.tensor2d(clip, [1, clip.length]))),
  );
}

/** Features behind each other, zeros at their ends; waveforms are first extended by their own reflection. */
async function padded(
  spec: FrontendSpec,
  clips: readonly Float32Array[],
  extra: number,
): Promise<tf.Tensor> {
  const waveform = prefixSpec(spec).representation === "waveform";
  const ready = waveform ? clips.map((clip) => reflectedEnd(clip, padSamples(spec.nFft))) : clips;
  const parts: tf.Tensor[] = [];
  for (const clip of ready) parts.push(await featuresOf(spec, clip));
  const axis = ["waveform", "power", "magnitude"].includes(prefixSpec(spec).representation) ? 1 : 2;
  const length = Math.max(...parts.map((part) => part.shape[axis]!)) + (waveform ? extra : 0);
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
