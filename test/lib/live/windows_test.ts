import { assert, assertEquals } from "@std/assert";
import { resample } from "../../../lib/audio/resample.ts";
import { Rng } from "../../../lib/base/random.ts";
import { type Window, WindowStream } from "../../../lib/live/windows.ts";

const shape = { sampleRate: 16000, clipSamples: 16000, stepSamples: 1600 };

function noise(seconds: number, rate: number): Float32Array {
  const rng = Rng.fromSeed(1);
  return Float32Array.from({ length: Math.round(seconds * rate) }, () => rng.uniform(-1, 1));
}

/** Feeds a signal in blocks of changing length. */
function feed(signal: Float32Array, rate: number, lengths: readonly number[]): Window[] {
  const stream = new WindowStream(rate, shape);
  const windows: Window[] = [];
  for (let at = 0, i = 0; at < signal.length; i++) {
    const block = signal.subarray(at, at + lengths[i % lengths.length]!);
    windows.push(...stream.push(block));
    at += block.length;
  }
  return windows;
}

Deno.test("windows overlap, follow each other by a step, and begin in silence", () => {
  const signal = noise(1.55, 16000);
  const windows = feed(signal, 16000, [1024]);
  assertEquals(windows.map(({ end }) => end), Array.from({ length: 15 }, (_, i) => 1600 * (i + 1)));
  assertEquals(windows[0]!.samples.subarray(0, 14400), new Float32Array(14400));
  assertEquals(windows[0]!.samples.subarray(14400), signal.subarray(0, 1600));
  assertEquals(windows[14]!.samples, signal.subarray(8000, 24000));
});

Deno.test("a block of several steps gives several windows", () => {
  const signal = noise(2, 16000);
  assertEquals(feed(signal, 16000, [32000]), feed(signal, 16000, [128, 7, 1600, 4801]));
});

for (const rate of [8000, 22050, 44100, 48000, 96000]) {
  Deno.test(`at ${rate} Hz windows are those of the whole recording, resampled`, () => {
    const signal = noise(2, rate);
    const whole = resample(signal, rate, 16000);
    const windows = feed(signal, rate, [1024, 128, 3333]);
    assert(windows.length >= 19, `${windows.length} windows`);
    for (const { samples, end } of windows) {
      const wanted = new Float32Array(16000);
      const from = Math.max(0, end - 16000);
      wanted.set(whole.subarray(from, end), 16000 - (end - from));
      const worst = samples.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i]!)), 0);
      assert(worst < 1e-6, `window that ends at ${end}: ${worst}`);
    }
  });
}
