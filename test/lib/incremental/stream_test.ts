/** Networks over streams give what they give of the whole clip, however a sound is cut into blocks. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { Rng } from "../../../lib/base/random.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { makeFrontend } from "../../../lib/door/frontend.ts";
import type { CompressionConfig, FrontendSpec } from "../../../lib/frontends/contract.ts";
import { planSteps } from "../../../lib/frontends/plan.ts";
import { layFrontend } from "../../../lib/incremental/frontend.ts";
import { Line } from "../../../lib/incremental/layers/line.ts";
import { Machine } from "../../../lib/incremental/layers/machine.ts";
import { readKernels } from "../../../lib/kernels/wasm/read_kernels_io.ts";
import { bcResNetBackbone } from "../../../lib/models/bc_resnet/backbone.ts";
import type { Config } from "../../../lib/models/bc_resnet/kind.ts";
import type { ModelSpec } from "../../../lib/models/contract.ts";
import type { Network } from "../../../lib/models/network_contract.ts";
import type { NetworkState } from "../../../lib/nn/types.ts";
import { copied, disposeState, frozenState, stateTensor } from "../../../lib/nn/state.ts";
import { openForTest } from "../../support/backends.ts";
import { asPreferred, frontEnd } from "../frontends/filters/front_ends.ts";
import { configOf, fastAudio, frontendOf, nnAudio } from "../frontends/papers.ts";
import {
  BC_RESNET,
  CLASSES,
  compressed,
  distance,
  listened,
  randomNetwork,
  soundOf,
  streamOf,
  wholeClip,
} from "./streams.ts";

const SAMPLES = 8000;
/** Of logits, beside the largest of them. */
const TOLERANCE = 1e-5;

const FRONTENDS: Readonly<Record<string, () => Promise<FrontendSpec>>> = {
  "nnaudio A": () => nnAudio("A", { normalise: "batch" }),
  "nnaudio B": () => nnAudio("B"),
  "nnaudio C, zeros beyond the clip": () => nnAudio("C", { pad_mode: "constant" }),
  "nnaudio D, magnitudes behind a mask": () =>
    nnAudio("D", { power: 1, power_epsilon: 1e-8, mask: { start: 5, end: 20 } }),
  "nnaudio within the clip, 30 bands": () => nnAudio("A", { center: false, n_mels: 30 }),
  "nnaudio, logarithmic bins": () =>
    nnAudio("A", { freq_scale: "log", freq_bins: 60, f_min_hz: 60, n_fft: 512, win_length: 400 }),
  "nnaudio, fixed PCEN": () =>
    compressed({
      kind: "pcen",
      parameterisation: "logarithms",
      gain: 0.98,
      bias: 2,
      power: 0.5,
      smoothing: 0.025,
      eps: 1e-6,
    }),
  "nnaudio, log_tbn": () => compressed({ kind: "log_tbn", a: 5, median: false }, ["mel", "log_tbn"]),
  "nnaudio, layer_norm": () => compressed({ kind: "layer_norm", eps: 1e-6 }),
  "fastaudio D": () => fastAudio("D", {}, { top_db: null }),
  "mfcc": () => frontendOf("mfcc", "A", {}, { top_db: null }),
  "mfcc_kaldi": () => frontendOf("mfcc_kaldi", "A"),
  "mfcc_kaldi D, a frame for each hop": () => frontendOf("mfcc_kaldi", "D", { snip_edges: false }),
  "fbank D": () => frontendOf("fbank", "D"),
  "nnaudio without a clip's mean": () => nnAudio("B", { normalise: "clip_mean" }),
  "nnaudio, log_tbn above the median": () => compressed({ kind: "log_tbn", a: 5, median: true }),
  "mfcc near the loudest": () => frontendOf("mfcc", "A"),
  "leaf, nothing left out": () => frontEnd("leaf", LEAF_PARTS, { exact: true }, "pcen_leaf"),
  "efficientleaf": () => asPreferred("efficientleaf", "D"),
  "tdfbanks": () => asPreferred("tdfbanks", "D"),
  "tdfbanks within the clip": () => frontEnd("tdfbanks", [], { frames: "inside", normalise: "batch" }, "log"),
  "sincnet": () => asPreferred("sincnet", "D"),
  "sincnet, as its authors have it, with fewer frames": () =>
    frontEnd("sincnet", ["filters"], SINCNET, "layer_norm"),
  "sincnet_plus": () => asPreferred("sincnet_plus", "D"),
};

const LEAF_PARTS = ["filters", "pooling", "pcen"];
const SINCNET = {
  taps: 251,
  n_mels: 30,
  window: "mirrored",
  rectifier: "absolute",
  pool_samples: 80,
  hop_samples: 80,
  frames: "inside",
  floor: null,
};

/** As a configuration has them. */
const HEUNG = { ...BC_RESNET, edition: "heung", width: 1 };

const MODELS: Readonly<Record<string, ModelSpec>> = {
  linear: { kind: "linear" },
  "bc_resnet": { ...HEUNG, padding: "same" },
  "bc_resnet, causal": { ...HEUNG, padding: "causal" },
  "bc_resnet_kim": { ...BC_RESNET, edition: "kim" },
  "bc_resnet_kim, causal and wide": { ...BC_RESNET, edition: "kim", width: 1.5, padding: "causal" },
  "ds_cnn S": { kind: "ds_cnn", size: "S" },
  "ds_cnn M": { kind: "ds_cnn", size: "M" },
  "matchboxnet": { kind: "matchboxnet" },
  "matchboxnet 2x2": { kind: "matchboxnet", blocks: 2, sub_blocks: 2, channels: 20 },
};

/** Every front-end with the two models that see most of it, every model with the usual front-end. */
const PAIRS = [
  ...Object.keys(FRONTENDS).flatMap((frontend) =>
    ["linear", "bc_resnet, causal"].map((model) => [frontend, model] as const)
  ),
  ...Object.keys(MODELS).map((model) => ["nnaudio B", model] as const),
];

for (const [frontendName, modelName] of PAIRS) {
  Deno.test(`a stream of one clip is the clip: ${modelName} behind ${frontendName}`, async () => {
    await openForTest("wasm");
    const [frontend, model] = [await FRONTENDS[frontendName]!(), MODELS[modelName]!];
    const { network, state } = await randomNetwork(frontend, model, SAMPLES);
    const stream = await streamOf(frontend, model, state, SAMPLES);
    const before = tf.memory().numTensors;
    for (const [seed, blocks] of [["one", [9, 700]], ["another", [SAMPLES]]] as const) {
      const sound = soundOf(SAMPLES, seed);
      const wanted = await wholeClip(network, state, sound);
      for (const longest of blocks) {
        const decisions = listened(stream, sound, Rng.fromSeed(`${seed} ${longest}`), longest);
        assertEquals(decisions.length, 1);
        assertEquals(decisions[0]!.seconds, SAMPLES / 16000);
        const far = distance(decisions[0]!.logits, wanted);
        assert(far < TOLERANCE, `${far} from ${wanted}, found ${decisions[0]!.logits}`);
      }
    }
    assertEquals(tf.memory().numTensors, before);
    disposeState(state);
  });
}

for (const modelName of ["bc_resnet", "bc_resnet, causal"]) {
  Deno.test(`a long stream is one long clip, of which the last frames are read out: ${modelName}`, async () => {
    await openForTest("wasm");
    const [frontend, model] = [await nnAudio("B", { normalise: "batch" }), MODELS[modelName]!];
    const { network, state } = await randomNetwork(frontend, model, SAMPLES);
    const sound = soundOf(5 * SAMPLES);
    const window = network.framing.frames(SAMPLES);
    const whole = await readOutOf(network, state, model, sound);
    const stream = await streamOf(frontend, model, state, SAMPLES);
    for (const longest of [300, 20_000]) {
      const decisions = listened(stream, sound, Rng.fromSeed(longest), longest);
      assertEquals(decisions.map(({ seconds }) => seconds), steps(0.5, 2.5, 0.1));
      for (const { seconds, logits } of decisions) {
        const end = Math.round((seconds * 16000 - SAMPLES) / 160) + window;
        const far = distance(logits, whole(end - window, end));
        assert(far < TOLERANCE, `${far} at ${seconds} s`);
      }
    }
    disposeState(state);
  });
}

Deno.test("linear behind frames within the clip gives of each window what it gives of it as a clip", async () => {
  await openForTest("wasm");
  const [frontend, model] = [await nnAudio("B", { center: false }), MODELS.linear!];
  const { network, state } = await randomNetwork(frontend, model, SAMPLES);
  const sound = soundOf(3 * SAMPLES);
  const stream = await streamOf(frontend, model, state, SAMPLES, 0.05);
  const decisions = listened(stream, sound, Rng.fromSeed("blocks"));
  assertEquals(decisions.length, 21);
  for (const { seconds, logits } of decisions) {
    const end = Math.round(seconds * 16000);
    const far = distance(logits, await wholeClip(network, state, sound.slice(end - SAMPLES, end)));
    assert(far < TOLERANCE, `${far} at ${seconds} s`);
  }
  disposeState(state);
});

Deno.test("what a window that is computed by itself has otherwise: ends that are padded, and no past", async () => {
  await openForTest("wasm");
  const edges: Record<string, FrontendSpec> = {
    reflected: await nnAudio("A", { normalise: "batch" }),
    none: await nnAudio("A", { normalise: "batch", center: false }),
  };
  const found: Record<string, { first: number; later: number }> = {};
  for (const [edge, frontend] of Object.entries(edges)) {
    for (const modelName of ["linear", "bc_resnet", "bc_resnet, causal"]) {
      const model = MODELS[modelName]!;
      const { network, state } = await randomNetwork(frontend, model, SAMPLES);
      const sound = soundOf(4 * SAMPLES);
      const stream = await streamOf(frontend, model, state, SAMPLES);
      const far = [];
      for (const { seconds, logits } of listened(stream, sound, Rng.fromSeed("blocks"))) {
        const end = Math.round(seconds * 16000);
        const clip = sound.slice(end - SAMPLES, end);
        if (clip.length === SAMPLES) far.push(distance(logits, await wholeClip(network, state, clip)));
      }
      found[`${modelName}, ${edge}`] = { first: far[0]!, later: Math.max(...far.slice(1)) };
      disposeState(state);
    }
  }
  const { first, later } = {
    first: (name: string) => found[name]!.first,
    later: (name: string) => found[name]!.later,
  };
  // Nothing padded, or nothing yet: the same.
  for (const same of [first("linear, none"), later("linear, none"), first("bc_resnet, causal, none")]) {
    assert(same < TOLERANCE, JSON.stringify(found));
  }
  // The spectrogram's reflections at a window's ends; a past in the place of zeros; zeros on both sides.
  for (
    const other of [later("linear, reflected"), later("bc_resnet, causal, none"), later("bc_resnet, none")]
  ) {
    assert(other > 10 * TOLERANCE, JSON.stringify(found));
  }
  // Where only the past differs, the first window does not.
  assert(first("bc_resnet, none") > 10 * first("bc_resnet, causal, none"), JSON.stringify(found));
});

Deno.test("nothing is decided before a whole window was heard, and a stream that begins anew knows nothing", async () => {
  await openForTest("wasm");
  const pcen = { kind: "pcen", parameterisation: "direct", gain: 0.96, bias: 2, power: 0.5, smoothing: 0.04 };
  const [frontend, model] = [await compressed({ ...pcen, eps: 1e-12 }), MODELS["bc_resnet, causal"]!];
  const { state } = await randomNetwork(frontend, model, SAMPLES);
  const stream = await streamOf(frontend, model, state, SAMPLES);
  const [sound, other] = [soundOf(2 * SAMPLES), soundOf(3 * SAMPLES, "other")];
  assertAlmostEquals(stream.delaySeconds, 0.015, 1e-9);
  assertEquals(stream.push(sound.subarray(0, SAMPLES)), []);
  assertEquals(stream.push(sound.subarray(SAMPLES, SAMPLES + 239)), []);
  const first = stream.push(sound.subarray(SAMPLES + 239, SAMPLES + 240));
  assertEquals(first.map(({ seconds }) => seconds), [0.5]);
  stream.push(other);
  stream.reset();
  assertEquals(stream.push(sound.subarray(0, SAMPLES + 240)), first);
  stream.push(other.map((value, i) => i === SAMPLES ? NaN : value)); // its means are NaN from here on
  stream.reset();
  assertEquals(stream.push(sound.subarray(0, SAMPLES + 240)), first);
  stream.flush();
  assertEquals(stream.push(sound.subarray(0, SAMPLES + 240)), first);
  stream.reset();
  assertEquals(stream.push(sound.subarray(0, 100)), []);
  assertEquals(stream.flush(), []); // too short for a frame
  stream.push(sound.subarray(0, SAMPLES - 400));
  assertEquals(stream.flush(), []); // too short for a window
  assertEquals(stream.push(sound.subarray(0, SAMPLES + 240)), first);
  disposeState(state);
});

Deno.test("what needs a whole clip has each window as one, where frames see nothing beyond it", async (t) => {
  await openForTest("wasm");
  const within = { center: false };
  const frontends: Record<string, FrontendSpec> = {
    "a clip's mean": await nnAudio("B", { ...within, normalise: "clip_mean" }),
    "a clip's median": await withinTheClip({ kind: "log_tbn", a: 5, median: true }),
    "the loudest of a clip": await frontendOf("mfcc", "A", within),
  };
  for (const [name, frontend] of Object.entries(frontends)) {
    // Zeros at a window's ends are those of a clip: every window is exact, in a model that waits for frames to come.
    for (const modelName of ["linear", "bc_resnet"]) {
      await t.step(`${name}, ${modelName}`, async () => {
        const model = MODELS[modelName]!;
        const { network, state } = await randomNetwork(frontend, model, SAMPLES);
        const sound = soundOf(2 * SAMPLES);
        const stream = await streamOf(frontend, model, state, SAMPLES);
        assertEquals(stream.delaySeconds, 0);
        const decisions = listened(stream, sound, Rng.fromSeed("blocks"));
        assertEquals(decisions.length, 6);
        for (const { seconds, logits } of decisions) {
          const end = Math.round(seconds * 16000);
          const far = distance(logits, await wholeClip(network, state, sound.slice(end - SAMPLES, end)));
          assert(far < TOLERANCE, `${far} at ${seconds} s`);
        }
        disposeState(state);
      });
    }
  }
});

Deno.test("what cannot go frame by frame is refused, with the reason", async () => {
  await openForTest("wasm");
  const placed = await frontEnd("leaf", [], { frames: "tensorflow" }, "pcen_leaf");
  const { state } = await randomNetwork(placed, MODELS.linear!, SAMPLES);
  const error = await assertRejects(() => streamOf(placed, MODELS.linear!, state, SAMPLES), UserError);
  assert(/where a clip's length places them/.test(error.message), error.message);
  disposeState(state);
  // A front-end by itself has no windows.
  const chain = await planSteps((await frontendOf("mfcc", "A")).steps);
  const frozen = frozenState(chain);
  const values = new Map<string, Float32Array>();
  for (const [name, tensor] of frozen) values.set(name, await copied(tensor));
  const line = new Line(await Machine.open(await readKernels(false)), 1, 2048);
  await assertRejects(
    () => layFrontend(line, chain, frozen, (name) => values.get(name)!, SAMPLES),
    UserError,
    "its frames depend on a whole clip",
  );
  disposeState(frozen);
});

/** nnAudio's frames without what lies beyond a clip. */
async function withinTheClip(compression: CompressionConfig): Promise<FrontendSpec> {
  const { config, context } = configOf("nnaudio", { center: false });
  return await makeFrontend(config, { ...context, compression, trained: [] });
}

function steps(from: number, to: number, step: number): number[] {
  const samples = Array.from(
    { length: Math.round((to - from) / step) + 1 },
    (_, i) => from * 16000 + i * step * 16000,
  );
  return samples.map((n) => Math.round(n) / 16000);
}

/** What BC-ResNet reads out of frames of a sound that it hears as one clip. @returns Logits of frames from..to - 1. */
async function readOutOf(
  network: Network,
  state: NetworkState,
  model: ModelSpec,
  sound: Float32Array,
): Promise<(from: number, to: number) => Float32Array> {
  const backbone = bcResNetBackbone(model as Config & { edition: "heung" }, { channels: 1, bands: 40 });
  const frozen = frozenState(network);
  const all = new Map([...frozen, ...state]);
  const made = tf.tidy(() => {
    const mode = { training: false };
    const wave = tf.tensor2d(sound, [1, sound.length]);
    return backbone.forward(all, network.transform(all, wave, mode, 0, network.steps.length), mode);
  });
  const [features, weight] = [await copied(made), await copied(stateTensor(state, "conv4.weight"))];
  made.dispose();
  disposeState(frozen);
  const channels = backbone.channels;
  return (from, to) =>
    Float32Array.from({ length: CLASSES }, (_, k) => {
      let sum = 0;
      for (let t = from; t < to; t++) {
        for (let c = 0; c < channels; c++) sum += features[t * channels + c]! * weight[k * channels + c]!;
      }
      return sum / (to - from);
    });
}
