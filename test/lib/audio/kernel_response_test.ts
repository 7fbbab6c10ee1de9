import { assertAlmostEquals, assertEquals } from "@std/assert";
import { dftBasis } from "../../../lib/audio/dft_basis.ts";
import { kernelChange, kernelResponse, tonesAt } from "../../../lib/audio/kernel_response.ts";
import { periodicHann } from "../../../lib/audio/windows.ts";
import { Rng } from "../../../lib/base/random.ts";

const N_FFT = 48;
const INITIAL = { ...dftBasis(N_FFT), samples: N_FFT };

/** The mean over phases, measured on sampled sinusoids. */
function measured(k: number, f: number): number {
  const phases = Array.from({ length: 16 }, (_, i) => (2 * Math.PI * i) / 16);
  const powers = phases.map((phase) => {
    let [c, s] = [0, 0];
    for (let n = 0; n < N_FFT; n++) {
      const x = Math.cos((2 * Math.PI * f * n) / N_FFT + phase);
      c += INITIAL.wcos[k * N_FFT + n]! * x;
      s += INITIAL.wsin[k * N_FFT + n]! * x;
    }
    return c * c + s * s;
  });
  return powers.reduce((sum, power) => sum + power, 0) / powers.length;
}

Deno.test("kernelResponse() is the power that tones of all phases give on average", () => {
  const frequencies = [0, 1, 5, 6, 7, 12, 24];
  for (const k of [0, 6, 11, 24]) {
    const response = kernelResponse(INITIAL, k, tonesAt(frequencies, N_FFT, N_FFT));
    frequencies.forEach((f, i) =>
      assertAlmostEquals(response[i]!, measured(k, f), 1e-4, `bin ${k}, tone ${f}`)
    );
  }
  const gain = periodicHann(N_FFT).reduce((sum, w) => sum + w, 0) / 2;
  assertAlmostEquals(kernelResponse(INITIAL, 6, tonesAt([6], N_FFT, N_FFT))[0]!, gain * gain, 1e-4);
});

Deno.test("kernelChange() is relative to the initial pair, bin by bin", () => {
  assertEquals(Math.max(...kernelChange(INITIAL, INITIAL)), 0);
  const wcos = INITIAL.wcos.map((w, i) => (Math.floor(i / N_FFT) === 6 ? 1.5 * w : w));
  const wsin = INITIAL.wsin.map((w, i) => (Math.floor(i / N_FFT) === 6 ? 1.5 * w : w));
  const change = kernelChange(INITIAL, { wcos, wsin, samples: N_FFT });
  assertAlmostEquals(change[6]!, 0.5, 1e-6);
  assertEquals(change[7], 0);
  const noise = Rng.fromSeed(1);
  const other = INITIAL.wcos.map((w) => w + noise.normal());
  assertEquals(kernelChange(INITIAL, { ...INITIAL, wcos: other }).every((c) => c > 0), true);
});
