import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { fitLength } from "../../../lib/audio/clip.ts";
import { resample, resampler } from "../../../lib/audio/resample.ts";

const PAIRS: readonly (readonly [number, number])[] = [
  [8000, 16000],
  [44100, 16000],
  [48000, 16000],
  [16000, 22050],
  [11127, 16000],
  [22050, 16000],
  [191_999, 16000], // no common factor: weights come from a table
];

for (const [from, to] of PAIRS) {
  Deno.test(`resample() from ${from} to ${to} Hz keeps amplitude and phase of sines in the pass band`, () => {
    const nyquist = Math.min(from, to) / 2;
    for (const part of [0.02, 0.2, 0.5, 0.8, 0.87]) {
      const { amplitude, phase } = measured(
        resample(sine(part * nyquist, from), from, to),
        part * nyquist,
        to,
      );
      assertAlmostEquals(20 * Math.log10(amplitude), 0, 0.01, `${part} of the Nyquist rate`);
      assertAlmostEquals(phase, 0, 1e-3, `${part} of the Nyquist rate`);
    }
  });
}

Deno.test("resample() leaves less than -80 dB of what would alias", () => {
  for (const [from, to] of [[44100, 16000], [48000, 16000], [16000, 8000]] as const) {
    for (
      const hz of [to / 2, 0.55 * to, 0.7 * to, 0.98 * from / 2].filter((hz) => hz >= to / 2 && hz < from / 2)
    ) {
      const middle = resample(sine(hz, from), from, to).slice(to / 4, 3 * to / 4);
      const loudest = middle.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
      assert(
        20 * Math.log10(loudest) < -80,
        `${hz} Hz from ${from} to ${to}: ${20 * Math.log10(loudest)} dB`,
      );
    }
  }
});

Deno.test("resample() leaves no image above the old Nyquist rate when the rate rises", () => {
  const result = resample(sine(3000, 8000), 8000, 16000);
  assert(20 * Math.log10(measured(result, 5000, 16000).amplitude) < -80);
});

Deno.test("resample() gives ceil(n * to / from) samples and keeps a constant", () => {
  for (
    const [from, to, n] of [[44100, 16000, 44101], [8000, 16000, 7], [16000, 8000, 7], [3, 2, 1000]] as const
  ) {
    const result = resample(new Float32Array(n).fill(0.5), from, to);
    assertEquals(result.length, Math.ceil(n * to / from));
    if (n > 500) assertAlmostEquals(result[result.length >> 1]!, 0.5, 1e-6);
  }
  assertEquals(resample(new Float32Array(0), 8000, 16000).length, 0);
});

Deno.test("resample() copies when the rates are equal", () => {
  const samples = new Float32Array([1, 2, 3]);
  const result = resample(samples, 16000, 16000);
  assertEquals(result, samples);
  assert(result !== samples);
});

Deno.test("resample() refuses rates that are no positive integers", () => {
  assertThrows(() => resample(new Float32Array(1), 0, 16000), RangeError, "from 0 to 16000 Hz");
  assertThrows(() => resample(new Float32Array(1), 8000.5, 16000), RangeError, "positive integers");
});

Deno.test("fitLength() pads and trims at the end", () => {
  assertEquals([...fitLength(new Float32Array([1, 2]), 4)], [1, 2, 0, 0]);
  assertEquals([...fitLength(new Float32Array([1, 2, 3]), 2)], [1, 2]);
});

/** One second. */
function sine(hz: number, rate: number): Float32Array {
  return Float32Array.from({ length: rate }, (_, i) => Math.sin(2 * Math.PI * hz * i / rate));
}

/** Amplitude and phase at `hz` of the middle of a signal, by a Hann-windowed Fourier sum. */
function measured(samples: Float32Array, hz: number, rate: number): { amplitude: number; phase: number } {
  const [begin, end] = [samples.length >> 2, (3 * samples.length) >> 2];
  let [re, im, sum] = [0, 0, 0];
  for (let i = begin; i < end; i++) {
    const window = 0.5 - 0.5 * Math.cos(2 * Math.PI * (i - begin + 0.5) / (end - begin));
    const angle = 2 * Math.PI * hz * i / rate;
    re += window * samples[i]! * Math.sin(angle);
    im += window * samples[i]! * Math.cos(angle);
    sum += window / 2;
  }
  return { amplitude: Math.hypot(re, im) / sum, phase: Math.atan2(im, re) };
}

Deno.test("a resampler gives any part of what it gives of the whole", () => {
  const signal = Float32Array.from({ length: 3000 }, (_, i) => Math.sin(i * i / 9000));
  for (const [from, to] of [[44100, 16000], [8000, 16000], [16000, 16000]] as const) {
    const run = resampler(from, to);
    const first = 441; // at a whole output where 44,100 Hz become 16,000
    const part = run(signal.subarray(100), first - 100, 300);
    assertEquals(part, run(signal).slice(first * to / from, first * to / from + 300));
  }
});
