/** Options of nnAudio's STFT and Mel layers against nnAudio itself. Tolerances: some ten times float32's own error. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { binFrequencies } from "../../../lib/audio/bins.ts";
import { dftBasis } from "../../../lib/audio/dft_basis.ts";
import { gammatoneFilters } from "../../../lib/audio/gammatone.ts";
import { windowInFrame, type WindowName } from "../../../lib/audio/windows.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { Rng } from "../../../lib/base/random.ts";
import { createState } from "../../../lib/nn/state.ts";
import { onEveryBackend } from "../../support/backends.ts";
import { goldenWaves } from "../models/golden_case.ts";
import { nnAudio, opened } from "./papers.ts";
import { assertReference, reference } from "./references.ts";

const SPACED = { f_min_hz: 80, f_max_hz: 7600, freq_bins: 128 };

const CASES: Readonly<Record<string, JsonObject>> = {
  hamming: { window: "hamming" },
  blackman: { window: "blackman" },
  win400: { n_fft: 512, win_length: 400 },
  linear_80_7600: { ...SPACED, freq_scale: "linear" },
  log_80_7600: { ...SPACED, freq_scale: "log" },
  constant_pad: { pad_mode: "constant" },
  uncentred: { center: false },
};

for (const [name, changes] of Object.entries(CASES)) {
  onEveryBackend(`magnitudes are nnAudio's, fixed and with kernels to train: ${name}`, async () => {
    const waves = goldenWaves();
    const fixed = await opened(await nnAudio("B", { ...changes, power: 1 }));
    const cached = fixed.cache(waves);
    const trained = await opened(await nnAudio("C", { ...changes, power_epsilon: 1e-12, power: 1 }));
    const state = createState(trained, Rng.fromSeed(0));
    const computed = trained.transform(state, waves, { training: false }, 0, 2);
    for (const magnitude of [cached, computed]) {
      const transposed = tf.transpose(magnitude, [0, 2, 1]);
      assertReference(`stft/${name}`, await transposed.data<"float32">(), 1e-5);
      transposed.dispose();
    }
    tf.dispose([waves, cached, computed, ...state.values()]);
  });
}

Deno.test("kernels are nnAudio's, whatever the window and the bins", () => {
  const kernels = (name: WindowName, samples: number, nFft: number, bins?: Float64Array) =>
    dftBasis(nFft, { window: windowInFrame({ name, samples, periodic: true }, nFft), ...(bins && { bins }) })
      .wcos;
  const spaced = (isLog: boolean) => {
    const bins = { isLog, count: 128, fMinHz: 80, fMaxHz: 7600 };
    const hz = binFrequencies({ sampleRate: 16000, nFft: 480, bins });
    return kernels("hann", 480, 480, hz.map((at) => at * 480 / 16000));
  };
  for (
    const [name, values] of [
      ["hamming", kernels("hamming", 480, 480)],
      ["blackman", kernels("blackman", 480, 480)],
      ["win400", kernels("hann", 400, 512)],
      ["linear_80_7600", spaced(false)],
      ["log_80_7600", spaced(true)],
    ] as const
  ) assertReference(`stft/${name}_wcos`, values, 2e-7);
});

Deno.test("gammatone filters are nnAudio's", () => {
  const spec = { sampleRate: 16000, nFft: 480, bins: null, nMels: 40, fMinHz: 20, fMaxHz: 8000 };
  const filters = gammatoneFilters(spec);
  assertReference("gammatone/basis", filters, 5e-7);
  assert(filters.every((weight) => weight > 0));
});

onEveryBackend("a gammatonegram is nnAudio's", async () => {
  const waves = goldenWaves();
  const frontend = await opened(await nnAudio("A", { filters: "gammatone", f_min_hz: 20 }));
  const logs = frontend.cache(waves);
  const energies = tf.tidy(() => tf.sub(tf.exp(logs), 1e-10));
  assertEquals(energies.shape, [4, 40, 101]);
  assertReference("gammatone/out", await energies.data<"float32">(), 1e-5);
  tf.dispose([waves, logs, energies]);
});

Deno.test("references are all there", () => {
  assertEquals(reference("stft/uncentred").length, Math.ceil(4 * 241 * 98 / 997));
});
