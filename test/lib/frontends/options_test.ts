/** Options of front-ends together: refusals, bins that are not the DFT's, training from any window. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { binFrequencies, type BinSpacing, binWidths } from "../../../lib/audio/bins.ts";
import { extendedClips, frameCount, layFrames } from "../../../lib/audio/framing.ts";
import { melFilters } from "../../../lib/audio/mel_scale.ts";
import { windowInFrame, WINDOWS } from "../../../lib/audio/windows.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { Rng } from "../../../lib/base/random.ts";
import { frontendDifferences } from "../../../lib/frontends/differences.ts";
import { loadFrontend } from "../../../lib/frontends/front_end.ts";
import { viewsOf } from "../../../lib/frontends/open.ts";
import { maskedHz, planSteps, spectrumCoverage } from "../../../lib/frontends/plan.ts";
import { createState, disposeState } from "../../../lib/nn/state.ts";
import { onEveryBackend, openForTest } from "../../support/backends.ts";
import { configOf, fastAudio, frontendOf, nnAudio, opened } from "./papers.ts";

const LOG_BINS = { freq_scale: "log", f_min_hz: 80, freq_bins: 200 };

Deno.test("check() refuses options that do not fit together, and names both", async () => {
  const problems = async (name: string, changes: JsonObject, clipSamples: number | null = null) => {
    const { check } = await loadFrontend(name);
    const { config, context } = configOf(name, changes);
    return check(config, { ...context, clipSamples }).map(({ path, message }) =>
      `${path.join(".")}: ${message}`
    );
  };
  for (const name of ["nnaudio", "fastaudio", "mfcc", "mfcc_kaldi", "fbank"]) {
    assertEquals(await problems(name, {}, 16000), [], name);
  }
  assertEquals(await problems("nnaudio", { freq_scale: "log" }), [
    "frontend.freq_scale: log bins start above 0 Hz; wanted no or linear, or f_min_hz above 0, found log and f_min_hz 0",
  ]);
  assertEquals(await problems("fastaudio", { freq_bins: 9 }), [
    "frontend.freq_bins: freq_scale: no has the bins of n_fft = 480; wanted null, or freq_scale linear or log, found 9",
  ]);
  assertEquals(await problems("nnaudio", { win_length: 481 }), [
    "frontend.win_length: wanted at most n_fft = 480, found 481",
  ]);
  assertEquals(await problems("nnaudio", { ...LOG_BINS, mask: { start: 9, end: 201 } }), [
    "frontend.mask: wanted start < end <= 200 (the bins of freq_scale log), found 9 and 201",
  ]);
  assertEquals(await problems("nnaudio", { random_mel: true, filters: "gammatone" }), [
    "frontend.random_mel: the filters start as gammatones or as noise; wanted false, or filters: mel, found true and " +
    "gammatone",
  ]);
  assertEquals(await problems("mfcc", { htk: true, filters: "gammatone" }), [
    "frontend.htk: gammatone filters know no Mel scale and have a height of their own; wanted false, or filters: mel, " +
    "found true and gammatone",
  ]);
  assertEquals(await problems("mfcc", { n_mfcc: 41, convention: "kaldi" }), [
    "frontend.n_mfcc: wanted at most n_mels = 40, found 41",
    "frontend.convention: these are librosa's keys; wanted librosa, or the front-end mfcc_kaldi, found kaldi",
  ]);
  assertEquals(
    await problems("mfcc_kaldi", { n_fft: 256, win_length: 400, n_mfcc: 24, convention: "librosa" }),
    [
      "frontend.n_fft: wanted at least win_length = 400, found 256",
      "frontend.n_mfcc: wanted at most n_mels = 23, found 24",
      "frontend.convention: these are Kaldi's keys; wanted kaldi, or the front-end mfcc, found librosa",
    ],
  );
  assertEquals(await problems("fbank", { hop_samples: 401 }, 300), [
    "frontend.hop_samples: wanted at most win_length = 400, found 401",
    "frontend.win_length: wanted at most the clip's 300 samples, found 400",
  ]);
  assertEquals(await problems("nnaudio", { center: false }, 479), [
    "frontend.n_fft: frames lie within the clip (center: false); wanted at most its 479 samples, found 480",
  ]);
  assertEquals(await problems("nnaudio", { pad_mode: "constant" }, 10), []);
});

Deno.test("options that are as ever leave steps as they were: caches and checkpoints stay good", async () => {
  const { steps } = await nnAudio("A", { win_length: 480 });
  assertEquals(steps[0], {
    ...{ step: "stft", trained: false, module: "mel_layer.stft" },
    ...{ n_fft: 480, hop_samples: 160, power_epsilon: 0 },
  });
  assertEquals(Object.keys(steps[1]!).includes("scale"), false);
  assertEquals(await frontendDifferences(await nnAudio("A", { window: "hamming" }), await nnAudio("A")), [
    'stft.window: "hamming" there, "hann" here',
  ]);
});

Deno.test("layFrames() places frames as each padding says", () => {
  const framing = { frameSamples: 400, hopSamples: 160 };
  const of = (padding: "reflect" | "constant" | "within" | "repeat", samples = 16000) =>
    layFrames(samples, { ...framing, padding });
  assertEquals(of("reflect"), { frames: 101, before: 200, behind: 200 });
  assertEquals(of("constant"), { frames: 101, before: 200, behind: 200 });
  assertEquals(of("within"), { frames: 98, before: 0, behind: 0 });
  assertEquals(of("repeat"), { frames: 100, before: 120, behind: 120 }); // Kaldi without snip_edges
  assertEquals(of("repeat", 15990), { frames: 100, before: 120, behind: 130 });
  assertThrows(
    () => of("within", 399),
    RangeError,
    "wanted a whole number from 400, a frame that lies within the clip",
  );
  const wave = Float32Array.of(1, 2, 3, 4, 5);
  const small = { frameSamples: 4, hopSamples: 2 };
  assertEquals([...extendedClips(wave, 5, { ...small, padding: "reflect" })], [3, 2, 1, 2, 3, 4, 5, 4, 3]);
  assertEquals([...extendedClips(wave, 5, { ...small, padding: "constant" })], [0, 0, 1, 2, 3, 4, 5, 0, 0]);
  assertEquals([...extendedClips(wave, 5, { ...small, padding: "repeat" })], [1, 1, 2, 3, 4, 5, 5, 4]);
  assertEquals(frameCount(5, { ...small, padding: "repeat" }), 3);
});

Deno.test("windowInFrame() puts a shorter window into the middle; symmetric ones end as they begin", () => {
  for (const name of WINDOWS) {
    const periodic = windowInFrame({ name, samples: 8, periodic: true }, 13);
    assertEquals([periodic[0], periodic[1], periodic[10], periodic[12]], [0, 0, 0, 0], name);
    assertEquals(periodic[6], 1, name); // the middle of 8 is its fifth
    const symmetric = windowInFrame({ name, samples: 9, periodic: false }, 9);
    for (let n = 0; n < 9; n++) assertAlmostEquals(symmetric[n]!, symmetric[8 - n]!, 1e-7, name);
  }
  assertThrows(
    () => windowInFrame({ name: "hann", samples: 9, periodic: true }, 8),
    RangeError,
    "wanted 1 to 8",
  );
});

Deno.test("a band has the same energy of noise whichever bins it is summed over", () => {
  const spec = { sampleRate: 16000, nFft: 480, nMels: 10, fMinHz: 300, fMaxHz: 7000 };
  const sums = (bins: BinSpacing | null) => {
    const filters = melFilters({ ...spec, bins });
    const count = filters.length / spec.nMels;
    return Array.from(
      { length: spec.nMels },
      (_, m) => filters.subarray(m * count, (m + 1) * count).reduce((sum, x) => sum + x, 0),
    );
  };
  const wanted = sums(null);
  for (const isLog of [false, true]) {
    const found = sums({ isLog, count: 600, fMinHz: 200, fMaxHz: 8000 });
    for (const [m, sum] of found.entries()) {
      assertAlmostEquals(sum / wanted[m]!, 1, 0.03, `log ${isLog}, band ${m}`);
    }
  }
  const widths = binWidths({ ...spec, bins: { isLog: false, count: 4, fMinHz: 0, fMaxHz: 800 } });
  assertEquals([...widths], [6, 6, 6, 6]);
});

Deno.test("masks, coverage and views know where bins are", async () => {
  await openForTest("cpu");
  const spec = await nnAudio("D", { ...LOG_BINS, mask: { start: 50, end: 100 } });
  const hz = binFrequencies({
    sampleRate: 16000,
    nFft: 480,
    bins: { isLog: true, count: 200, fMinHz: 80, fMaxHz: 8000 },
  });
  const chain = await planSteps(spec.steps);
  assertEquals(maskedHz(chain, 16000), [hz[50]!, hz[100]!]);
  assertAlmostEquals(hz[100]!, 800, 1e-9);
  const { empty, masked, uncoveredBins } = spectrumCoverage(chain);
  assertEquals([empty, masked > 0, uncoveredBins], [0, true, 1]);
  const state = createState(await opened(spec), Rng.fromSeed(0));
  const [kernels, filters] = (await Promise.all(chain.steps.map((step) => viewsOf(step, state, 16000))))
    .flat();
  if (kernels?.type !== "kernels" || filters?.type !== "filters") throw new Error("other views");
  assertEquals([kernels.binsHz, filters.binsHz], [Float32Array.from(hz), Float32Array.from(hz)]);
  const centre = filters.centresHz[20]!;
  assert(centre > 1500 && centre < 4000, `${centre}`);
  disposeState(state);
  const fast = await fastAudio("A", LOG_BINS);
  assertEquals(spectrumCoverage(await planSteps(fast.steps)).empty <= 1, true);
});

for (
  const [name, changes] of [
    ...WINDOWS.map((window) => ["nnaudio", { window, n_fft: 64, win_length: 50, hop_samples: 20 }] as const),
    ["nnaudio", { freq_scale: "log", f_min_hz: 200, freq_bins: 30, n_fft: 64, hop_samples: 20 }],
    ["fastaudio", { freq_scale: "linear", freq_bins: 30, n_fft: 64, hop_samples: 20, center: false }],
    ["fbank", { n_fft: 64, win_length: 50, hop_samples: 20, snip_edges: false }],
    ["mfcc_kaldi", { n_fft: 64, win_length: 50, hop_samples: 20, n_mfcc: 5 }],
    ["mfcc", { n_fft: 64, hop_samples: 20, pad_mode: "constant", n_mfcc: 5 }],
  ] as const
) {
  onEveryBackend(
    `kernels and filters learn as differences say: ${name} ${JSON.stringify(changes)}`,
    async () => {
      const settings = { ...changes, n_mels: 6, f_max_hz: 8000 };
      const frontend = await opened(await frontendOf(name, "D", settings));
      const state = createState(frontend, Rng.fromSeed(0));
      const rng = Rng.fromSeed("wave");
      const wave = tf.tensor2d(Float32Array.from({ length: 400 }, () => rng.uniform(-1, 1)), [2, 200]);
      const shape = tf.tidy(() => frontend.forward(state, wave, { training: false }).shape);
      const random = Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, () => rng.uniform(-1, 1));
      const weights = tf.tensor(random, shape);
      const loss = () =>
        tf.sum(tf.mul(frontend.forward(state, wave, { training: false }), weights)) as tf.Scalar;
      const trained = frontend.specs.filter(({ trainable }) => trainable).map((spec) => spec.name);
      assert(trained.length >= 3, "kernels and filters are trained");
      const { value, grads } = tf.variableGrads(loss, trained.map((tensor) => state.get(tensor)!));
      for (const tensor of trained) {
        const variable = state.get(tensor)!;
        const [start, gradient] = [await variable.data<"float32">(), grads[variable.name]!];
        const square = (await gradient.data<"float32">()).reduce((sum, x) => sum + x * x, 0);
        assert(square > 0, tensor);
        const step = 0.03 / square; // along the gradient, so far that the loss changes by so much each way
        const lossAt = async (sign: number) => {
          tf.tidy(() =>
            variable.assign(tf.add(tf.tensor(start, variable.shape), tf.mul(gradient, sign * step)))
          );
          const made = tf.tidy(loss);
          const [score] = await made.data();
          made.dispose();
          return score!;
        };
        const measured = (await lossAt(1) - await lossAt(-1)) / (2 * step);
        assertAlmostEquals(measured / square, 1, 0.02, tensor);
        tf.tidy(() => variable.assign(tf.tensor(start, variable.shape)));
      }
      tf.dispose([wave, weights, value, ...Object.values(grads), ...state.values()]);
    },
  );
}
