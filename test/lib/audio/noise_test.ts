import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { biquad } from "../../../lib/audio/biquad.ts";
import { leveled, peak, rms } from "../../../lib/audio/level.ts";
import {
  brownNoise,
  dishes,
  exerciseBike,
  pinkNoise,
  runningTap,
  whiteNoise,
} from "../../../lib/audio/noise.ts";
import { Rng } from "../../../lib/base/random.ts";

const RATE = 16000;
const rng = () => Rng.fromSeed(1);

Deno.test("noises fall by 0, 3 and 6 dB an octave", () => {
  const slopes = [whiteNoise, pinkNoise, brownNoise].map((make) => {
    const noise = make(8 * RATE, rng());
    return 10 * Math.log10(bandPower(noise, 800) / bandPower(noise, 3200)) / 2;
  });
  // A band's power is measured with a filter whose width grows with its frequency: 3 dB an octave more.
  for (const [i, slope] of [-3, 0, 3].entries()) assertAlmostEquals(slopes[i]!, slope, 0.6);
});

for (const make of [runningTap, exerciseBike, dishes]) {
  Deno.test(`${make.name}() is finite, sounds all along and repeats with its seed`, () => {
    const noise = make(2 * RATE, RATE, rng());
    assertEquals(noise, make(2 * RATE, RATE, rng()));
    assertEquals(noise.length, 2 * RATE);
    for (let second = 0; second < 2; second++) {
      const level = rms(noise.subarray(second * RATE, (second + 1) * RATE));
      assert(level > 0.1 * rms(noise) && Number.isFinite(level));
    }
  });
}

Deno.test("leveled() sets the RMS but keeps the peak below 0.95", () => {
  const noise = whiteNoise(RATE, rng());
  assertAlmostEquals(20 * Math.log10(rms(leveled(noise, -20))), -20, 1e-3);
  const click = new Float32Array(1000);
  click[500] = 0.1;
  assertAlmostEquals(peak(leveled(click, -20)), 0.95, 1e-6);
  assertEquals(leveled(new Float32Array(4), -20), new Float32Array(4));
});

Deno.test("biquad() passes, stops and lifts where it should", () => {
  const gainDb = (spec: Parameters<typeof biquad>[1], hz: number) => {
    const tone = Float32Array.from({ length: RATE }, (_, i) => Math.sin(2 * Math.PI * hz * i / RATE));
    return 20 * Math.log10(rms(biquad(tone, spec, RATE).subarray(RATE / 2)) * Math.SQRT2);
  };
  assertAlmostEquals(gainDb({ kind: "lowpass", hz: 1000, q: Math.SQRT1_2 }, 100), 0, 0.01);
  assertAlmostEquals(gainDb({ kind: "lowpass", hz: 1000, q: Math.SQRT1_2 }, 1000), -3.01, 0.02);
  assertAlmostEquals(gainDb({ kind: "highpass", hz: 1000, q: Math.SQRT1_2 }, 100), -40, 0.3);
  assertAlmostEquals(gainDb({ kind: "peak", hz: 1000, q: 1, gainDb: 6 }, 1000), 6, 0.01);
});

Deno.test("biquad() refuses a frequency above half the sample rate", () => {
  assertThrows(
    () => biquad(new Float32Array(1), { kind: "lowpass", hz: 9000, q: 1 }, RATE),
    RangeError,
    "9000 Hz",
  );
});

function bandPower(samples: Float32Array, hz: number): number {
  const high = biquad(samples, { kind: "highpass", hz: hz / 1.2, q: 0.7 }, RATE);
  const band = biquad(high, { kind: "lowpass", hz: hz * 1.2, q: 0.7 }, RATE);
  return rms(band) ** 2;
}
