/** How far the fixed transform is from the sum that it stands for, computed in float64. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { dftBasis } from "../../../../lib/audio/dft_basis.ts";
import { binCount } from "../../../../lib/audio/framing.ts";
import { melFilters } from "../../../../lib/audio/mel_scale.ts";
import { Rng } from "../../../../lib/base/random.ts";
import { framedPower } from "../../../../lib/kernels/framed_power/op.ts";
import { spectrum } from "../../../../lib/kernels/spectrum/op.ts";
import { RADICES, radicesOf } from "../../../../lib/kernels/spectrum/radices.ts";
import { copied } from "../../../../lib/nn/state.ts";
import { onBackends, onEveryBackend } from "../../../support/backends.ts";
import { amplitudes } from "./amplitudes.ts";
import { formOf } from "./forms.ts";

const MEL = { sampleRate: 16000, nFft: 480, nMels: 40, fMinHz: 0, fMaxHz: 8000 };
const OFFSET = 1e-10;

async function computed(
  wave: Float32Array,
  nFft: number,
  hopSamples: number,
  bank: Float32Array | null = null,
): Promise<Float32Array> {
  const { wcos, wsin } = dftBasis(nFft);
  const form = formOf(nFft, hopSamples);
  const made = tf.tidy(() => {
    const kernel = (values: Float32Array) => tf.tensor3d(values, [binCount(nFft), 1, nFft]);
    const filters = bank && {
      weights: tf.tensor2d(bank, [bank.length / binCount(nFft), binCount(nFft)]),
      logOffset: OFFSET,
    };
    const waves = tf.tensor2d(wave, [1, wave.length]);
    return spectrum(waves, { wcos: kernel(wcos), wsin: kernel(wsin) }, form, filters);
  });
  const values = await copied(made);
  made.dispose();
  return values;
}

/** A sinusoid at full scale over noise at -90 dB. @param step Of the phase, in cycles a sample. */
function loudTone(samples: number, step: number): Float32Array {
  const rng = Rng.fromSeed("tone");
  return Float32Array.from(
    { length: samples },
    (_, n) => Math.sin(2 * Math.PI * step * n) + 3e-5 * rng.uniform(-1, 1),
  );
}

// Products of 4, 2, 3, 5 in all orders, powers of one of them, primes beyond, and windows that are no whole vectors.
// deno-fmt-ignore
const WINDOWS = [
  2, 4, 6, 8, 10, 12, 14, 16, 18, 22, 30, 34, 98, 162, 240, 250, 256, 320, 400, 480, 482, 486, 500, 512, 600, 1024, 2048,
];

onBackends(["wasm"], "spectrum() is within 2.5e-7 of a frame's largest amplitude in every bin", async () => {
  for (const nFft of WINDOWS) {
    const hop = Math.max(1, Math.floor(nFft / 3));
    const wave = loudTone(2 * nFft + 5, 0.21);
    const power = await computed(wave, nFft, hop);
    const bound = radicesOf(nFft / 2).some((radix) => !RADICES.includes(radix)) ? 6e-7 : 2.5e-7; // such a factor is a plain sum
    for (const [t, wanted] of amplitudes(wave, nFft, hop).entries()) {
      const loudest = Math.max(...wanted);
      wanted.forEach((amplitude, k) => {
        const error = Math.abs(Math.sqrt(power[t * wanted.length + k]!) - amplitude);
        assert(error <= bound * loudest, `window ${nFft}, frame ${t}, bin ${k}: ${error / loudest}`);
      });
    }
  }
});

onEveryBackend(
  "spectrum(): log-mel of quiet bands beside a loud tone is that of the sum in float64",
  async () => {
    const wave = loudTone(1600, 0.05);
    const filters = melFilters(MEL);
    const logmel = await computed(wave, MEL.nFft, 160, filters);
    const wanted = amplitudes(wave, MEL.nFft, 160);
    const bound = tf.getBackend() === "wasm" ? 0.02 : 0.05; // elsewhere sums of 480 products in float32
    let quietest = 0;
    for (let t = 2; t < wanted.length - 2; t++) { // reflected ends are no tone
      for (let band = 0; band < MEL.nMels; band++) {
        const weights = filters.subarray(band * 241, (band + 1) * 241);
        const energy = wanted[t]!.reduce((sum, amplitude, k) => sum + weights[k]! * amplitude ** 2, 0);
        const found = logmel[band * wanted.length + t]!;
        assert(Math.abs(found - Math.log(energy + OFFSET)) < bound, `band ${band}, frame ${t}: ${found}`);
        quietest = Math.min(quietest, Math.log(energy + OFFSET));
      }
    }
    assert(quietest < -13, "no band is quiet");
  },
);

onBackends(["wasm"], "quiet frames beside loud ones keep 2e-6 of their own largest amplitude", async () => {
  const wave = loudTone(4800, 0.05).map((value, n) => n > 1600 && n < 3200 ? value : 1e-4 * value);
  const { wcos, wsin } = dftBasis(480);
  const trained = tf.tidy(() => {
    const [c, s] = [wcos, wsin].map((kernel) => tf.tensor3d(kernel, [241, 1, 480]));
    return framedPower(tf.tensor2d(wave, [1, wave.length]), c!, s!, { hopSamples: 160, powerEpsilon: 0 });
  });
  const ways = [await computed(wave, 480, 160), await copied(trained)];
  trained.dispose();
  for (const [t, wanted] of amplitudes(wave, 480, 160).entries()) {
    const loudest = Math.max(...wanted);
    for (const [way, power] of ways.entries()) {
      wanted.forEach((amplitude, k) => {
        const error = Math.abs(Math.sqrt(power[t * wanted.length + k]!) - amplitude);
        assert(error <= 2e-6 * loudest, `way ${way}, frame ${t}, bin ${k}: ${error / loudest}`);
      });
    }
  }
});

onBackends(["wasm"], "spectrum() of silence is the log's offset", async () => {
  const logmel = await computed(new Float32Array(800), MEL.nFft, 160, melFilters(MEL));
  assertEquals([...new Set(logmel)].map((value) => value.toFixed(4)), [Math.log(OFFSET).toFixed(4)]);
});
