/** Transforms of any window, frame, padding and conditioning: the fast one, without tensors, and by definition. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { dftBasis } from "../../../../lib/audio/dft_basis.ts";
import { extendedClips, layFrames } from "../../../../lib/audio/framing.ts";
import { windowInFrame } from "../../../../lib/audio/windows.ts";
import { openBackend } from "../../../../lib/backend/backend_io.ts";
import { Rng } from "../../../../lib/base/random.ts";
import { openSpectrum } from "../../../../lib/kernels/spectrum/alone_io.ts";
import { spectrumComposite } from "../../../../lib/kernels/spectrum/composite.ts";
import { spectrum } from "../../../../lib/kernels/spectrum/op.ts";
import type { SpectrumForm } from "../../../../lib/kernels/spectrum/pass.ts";
import { assertNear } from "../op_check.ts";
import { drawnForm } from "./forms.ts";

const SAMPLES = 211;
const CLIPS = 2;
/** Of a frame's largest amplitude, as `spectrum` says. */
const FLOOR = 2.5e-7;

Deno.test({
  name: "spectrum() is the sum by definition, whatever window, frame, padding and conditioning",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await openBackend("wasm", { threads: 2 });
    const rng = Rng.fromSeed("forms");
    for (let round = 0; round < 80; round++) {
      const form = drawnForm(rng.fork(`${round}`));
      const waves = Float32Array.from(
        { length: CLIPS * SAMPLES },
        (_, i) => Math.fround(0.3 + 0.5 * Math.sin(0.7 * i) + 0.2 * rng.normal()),
      );
      const fast = computed(spectrum, waves, form);
      const what = JSON.stringify(form);
      assertEquals((await openSpectrum({ ...form, bank: null })).features(waves, SAMPLES), fast, what);
      assertNear(computed(spectrumComposite, waves, form), fast, 2e-5, what);
      const rows = byDefinition(waves, form);
      const columns = rows[0]!.power.length;
      for (const [row, { power, loudest }] of rows.entries()) {
        for (const [k, wanted] of power.entries()) {
          const error = Math.abs(Math.sqrt(fast[row * columns + k]!) - Math.sqrt(wanted));
          assert(error <= FLOOR * 2 * loudest, `${what}, row ${row}, bin ${k}: ${error / loudest}`);
        }
      }
    }
  },
});

function computed(operation: typeof spectrum, waves: Float32Array, form: SpectrumForm): Float32Array {
  return tf.tidy(() => {
    const { nFft, frameSamples, conditioning } = form;
    const basis = dftBasis(nFft, { window: windowInFrame(form.window, frameSamples), conditioning });
    const kernel = (values: Float32Array) => tf.tensor3d(values, [nFft / 2 + 1, 1, frameSamples]);
    const kernels = { wcos: kernel(basis.wcos), wsin: kernel(basis.wsin) };
    return operation(tf.tensor2d(waves, [CLIPS, SAMPLES]), kernels, form, null).dataSync<"float32">();
  }).slice();
}

/** Of each frame of each clip: power, and the energy behind it; the largest amplitude before anything was taken off. */
function byDefinition(waves: Float32Array, form: SpectrumForm): { power: number[]; loudest: number }[] {
  const { nFft, frameSamples, hopSamples, conditioning } = form;
  const { scale = 1, removeDc = false, preemphasis = 0, energy = false } = conditioning ?? {};
  const window = windowInFrame(form.window, frameSamples);
  const { frames } = layFrames(SAMPLES, form);
  const extended = extendedClips(waves, SAMPLES, form);
  return Array.from({ length: CLIPS * frames }, (_, row) => {
    const start = Math.floor(row / frames) * (extended.length / CLIPS) + (row % frames) * hopSamples;
    const raw = Array.from({ length: frameSamples }, (_, n) => scale * (extended[start + n] ?? 0));
    const mean = removeDc ? raw.reduce((sum, x) => sum + x) / frameSamples : 0;
    const level = raw.map((x) => x - mean);
    const seen = level.map((x, n) => window[n]! * (x - preemphasis * level[Math.max(0, n - 1)]!));
    const power = Array.from({ length: nFft / 2 + 1 }, (_, k) => {
      let [re, im] = [0, 0];
      for (const [n, x] of seen.entries()) {
        re += x * Math.cos(2 * Math.PI * k * n / nFft);
        im += x * Math.sin(2 * Math.PI * k * n / nFft);
      }
      return re * re + im * im;
    });
    const loudest = raw.reduce((sum, x) => sum + Math.abs(x), 0);
    return { power: energy ? [...power, level.reduce((sum, x) => sum + x * x, 0)] : power, loudest };
  });
}
