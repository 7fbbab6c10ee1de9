import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { Rng } from "../../../lib/base/random.ts";
import { checkTake, clipsOf } from "../../../lib/enrol/takes.ts";
import { beep } from "./beeps.ts";

const SHAPE = { sampleRate: 16000, clipSamples: 8000 };

function take(samples: Float32Array, sampleRate = 16000) {
  return { name: "take.wav", samples, sampleRate };
}

/** Share of the energy's first moment: where in the clip the sound is. */
function centre(clip: Float32Array): number {
  const energies = clip.map((value) => value * value);
  const total = energies.reduce((sum, energy) => sum + energy, 0);
  return energies.reduce((sum, energy, i) => sum + energy * i, 0) / total / clip.length;
}

Deno.test("checkTake() puts a word into the middle of a clip, wherever it was and of whatever rate", () => {
  for (
    const [rate, seconds, at] of [[16000, 3, 2.3], [48000, 1.2, 0.1], [8000, 0.3, 0.02], [
      44100,
      0.5,
      0.1,
    ]] as const
  ) {
    const clip = checkTake(take(beep({ seconds, at, length: 0.2, rate }), rate), SHAPE);
    assertEquals(clip.length, SHAPE.clipSamples);
    assertAlmostEquals(centre(clip), 0.5, 0.03, `${rate} Hz`);
  }
});

Deno.test("checkTake() takes the loudest clip where something softer is heard throughout", () => {
  const samples = beep({ seconds: 2, at: 1.2, length: 0.3 }).map((value, i) => value + 0.02 * Math.sin(i));
  assertAlmostEquals(centre(checkTake(take(samples), SHAPE)), 0.5, 0.2);
});

Deno.test("checkTake() refuses in one sentence what nothing can be learnt from", () => {
  const rng = Rng.fromSeed(1);
  const noise = new Float32Array(16000).map(() => 0.1 * rng.normal());
  const cases: readonly (readonly [Float32Array, number, RegExp])[] = [
    [new Float32Array(), 16000, /has no samples/],
    [new Float32Array(16000), 16000, /it is silent/],
    [new Float32Array(16000).map(() => 1e-4 * rng.normal()), 16000, /it is silent/],
    [noise, 16000, /as loud from end to end/],
    [
      beep({ seconds: 2, at: 0.2, length: 1.4 }),
      16000,
      /what is said takes 1\.4 s, wanted at most the 0\.5 s/,
    ],
    [
      beep({ seconds: 1, at: 0.5, length: 0.01 }),
      16000,
      /its sound lasts \d+ ms, wanted a word of at least 50 ms/,
    ],
    [new Float32Array(80).map((_, i) => Math.sin(i)), 16000, /its sound lasts 5 ms/],
    [beep({}), 1000, /its rate is 1000 Hz/],
    [beep({}), 16000.5, /its rate is 16000\.5 Hz/],
    [beep({}).fill(NaN, 5, 6), 16000, /no finite numbers/],
  ];
  for (const [samples, rate, wanted] of cases) {
    const error = assertThrows(() => checkTake(take(samples, rate), SHAPE), UserError);
    assertEquals([error.reason, error.message.split("\n").length], ["bad-audio", 1]);
    assert(wanted.test(error.message) && error.message.includes("take.wav"), error.message);
  }
});

Deno.test("clipsOf() goes through a recording of any length to its end", () => {
  const samples = Float32Array.from({ length: 21000 }, (_, i) => i / 21000);
  const clips = clipsOf(take(samples), SHAPE);
  assertEquals(clips.map((clip) => [clip.length, Math.round(clip[0]! * 21000)]), [
    [8000, 0],
    [8000, 4000],
    [8000, 8000],
    [8000, 12000],
    [8000, 13000],
  ]);
  assertEquals(clipsOf(take(samples.subarray(0, 100)), SHAPE).map(({ length }) => length), [8000]);
});
