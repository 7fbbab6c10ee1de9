import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Rng } from "../../../lib/base/random.ts";
import {
  normalCdf,
  studentCdf,
  studentQuantile,
  studentTwoSided,
} from "../../../lib/metrics/distributions.ts";
import { rateInterval } from "../../../lib/metrics/interval.ts";
import { holm, mcNemar, signFlipTest } from "../../../lib/metrics/paired_tests.ts";
import { scoreInterval } from "../../../lib/metrics/score_interval.ts";
import { bySpeaker, countSpeakers, speakersOf, type Spoken } from "../../../lib/metrics/speakers.ts";

// Values of scipy 1.17: norm.cdf, t.cdf, t.ppf, 2 * t.sf.
Deno.test("distribution functions agree with scipy's", () => {
  for (
    const [x, p] of [
      [-3.2, 0.0006871379379158471],
      [-0.5, 0.3085375387259869],
      [1.96, 0.9750021048517795],
      [5, 0.9999997133484281],
    ] as const
  ) assertAlmostEquals(normalCdf(x), p, 1e-14);
  for (
    const [t, degrees, p] of [
      [2.262157, 9, 0.9749999933477842],
      [-1.3, 3.7, 0.13433336208631375],
      [0.2, 120.5, 0.579091142635998],
      [40, 1, 0.9920439100879742],
    ] as const
  ) assertAlmostEquals(studentCdf(t, degrees), p, 1e-12);
  for (
    const [degrees, t] of [
      [1, 12.706204736174694],
      [2.5, 3.5746548420036817],
      [9, 2.262157162798205],
      [1000, 1.9623390808264083],
      [Infinity, 1.959963984540054],
    ] as const
  ) {
    assertAlmostEquals(studentQuantile(0.975, degrees), t, 1e-9);
    assertAlmostEquals(studentQuantile(0.025, degrees), -t, 1e-9);
  }
  assertAlmostEquals(studentTwoSided(2.5, 4), 0.06676654481198814, 1e-12);
  assertEquals(studentTwoSided(0, 3), 1);
});

Deno.test("McNemar's exact test is scipy's binomial one, and never above 1", () => {
  for (
    const [b, c, p] of [
      [4, 0, 0.125],
      [12, 4, 0.076812744140625],
      [5, 5, 1],
      [150, 86, 3.7159361395713866e-5],
      [0, 0, 1],
      [1, 9, 0.021484375],
    ] as const
  ) {
    assertAlmostEquals(mcNemar(b, c), p, 1e-12);
    assertEquals(mcNemar(b, c), mcNemar(c, b));
  }
});

Deno.test("signs are flipped a speaker at a time; with a clip each it is McNemar's test", () => {
  const clips = (b: number, c: number) => [...Array<number>(b).fill(1), ...Array<number>(c).fill(-1), 0, 0];
  for (const [b, c] of [[4, 0], [12, 4], [5, 5], [1, 9]] as const) {
    assertAlmostEquals(signFlipTest(clips(b, c)), mcNemar(b, c), 1e-12);
  }
  // All 64 assignments of signs, counted by scipy's permutation_test: 40 are as far from 0 as 5 is.
  assertEquals(signFlipTest([3, -1, 2, 0, -4, 5]), 40 / 64);
  // Twelve clips that one speaker decides are no more than one.
  assertEquals(signFlipTest([12, 0, 0]), 1);
  assertThrows(() => signFlipTest([0.5]), RangeError, "whole numbers");
});

Deno.test("Holm's correction multiplies by how many are left, and keeps the order", () => {
  // 3 * 0.01, 2 * 0.02, then the largest so far: worked by hand.
  assertEquals(holm([0.04, 0.01, 0.02]), [0.04, 0.03, 0.04]);
  assertEquals(holm([0.6, 0.5]), [1, 1]);
  // Best of 23 with 0.009: nothing once all are counted.
  assertAlmostEquals(holm([0.009, ...Array<number>(22).fill(0.5)])[0]!, 0.207, 1e-12);
  assertEquals(holm([]), []);
});

Deno.test("speakers count where each has several clips, all are known and there are a few", () => {
  const of = (count: number, clips: number) =>
    Array.from({ length: count * clips }, (_, i): Spoken => ({ speaker: `s${i % count}`, labels: ["yes"] }));
  assertEquals(speakersOf(of(5, 3))?.count, 5);
  assertEquals(speakersOf(of(4, 30)), undefined);
  assertEquals(speakersOf(of(50, 1)), undefined);
  assertEquals(speakersOf([...of(5, 3), { speaker: null, labels: ["yes"] }]), undefined);
  assertEquals(speakersOf([...of(5, 3), { speaker: "", labels: ["yes"] }]), undefined);
  const noise: readonly Spoken[] = [{ speaker: "rain", labels: ["_silence_"] }];
  const found = speakersOf([...of(5, 3), ...noise, ...noise])!;
  assertEquals([found.count, found.noises, [...found.of.slice(-3)]], [6, 1, [4, 5, 5]]);
  assertEquals(speakersOf([...of(4, 3), ...noise]), undefined); // noise is no speaker
  assertEquals(countSpeakers([...of(4, 3), ...noise]), { speakers: 4, noises: 1 });
  assertEquals(countSpeakers([{ speaker: "", labels: [] }]), null);
  const two = { count: 2, noises: 0, of: Int32Array.of(0, 1, 0) };
  assertEquals([...bySpeaker(Float64Array.of(1, 2, 3), two)], [4, 2]);
});

Deno.test("an accuracy's interval is Wilson's, or over speakers where those are known: wider where they differ", () => {
  const right = (share: number) => Float64Array.from({ length: 400 }, (_, i) => i % 20 < 20 * share ? 1 : 0);
  const ones = new Float64Array(400).fill(1);
  const plain = scoreInterval(right(0.7), ones, undefined, Rng.fromSeed(1));
  assertEquals(plain, { ...rateInterval(0.7, 400), method: "wilson", speakers: null, noises: 0 });
  // Each of 20 speakers is told always or never: 400 clips are worth 20.
  const speakers = { count: 20, noises: 0, of: Int32Array.from({ length: 400 }, (_, i) => i % 20) };
  const own = scoreInterval(right(0.7), ones, speakers, Rng.fromSeed(1));
  assertEquals([own.method, own.speakers, own.value], ["bootstrap", 20, 0.7]);
  // Student's interval of the mean of 20 zeros and ones: 2.093 * sqrt(0.21 / 19) to each side.
  assertAlmostEquals(own.high - own.low, 2 * 2.093 * Math.sqrt(0.21 / 19), 0.03);
  // All right: no sample differs, and Wilson's is left.
  const all = scoreInterval(ones, ones, speakers, Rng.fromSeed(1));
  assertEquals([all.low, all.high], [rateInterval(1, 400).low, 1]);
});

Deno.test("an error rate's interval is over utterances or speakers, as a ratio of sums", () => {
  const [errors, labels] = [Float64Array.of(1, 0, 4, 2, 0), Float64Array.of(2, 10, 40, 8, 5)];
  const { value, low, high, method } = scoreInterval(errors, labels, undefined, Rng.fromSeed(2));
  assertEquals([value, method], [7 / 65, "bootstrap"]); // the mean of the rates would be 0.17
  assert(low < value && value < high && low >= 0);
  const none = scoreInterval(new Float64Array(5), labels, undefined, Rng.fromSeed(2));
  assertAlmostEquals(none.low, 0, 1e-12);
  assertEquals(none.high, rateInterval(0, 65).high);
});

Deno.test("over speakers an interval holds the true rate as often as it says, over clips far less often", () => {
  const rng = Rng.fromSeed("coverage");
  const [tried, speakers, clips, rate] = [200, 16, 20, 0.7];
  const of = Int32Array.from({ length: speakers * clips }, (_, i) => Math.floor(i / clips));
  const ones = new Float64Array(of.length).fill(1);
  let [held, heldByClips] = [0, 0];
  for (let t = 0; t < tried; t++) {
    const skill = Array.from({ length: speakers }, () => rng.uniform(rate - 0.3, rate + 0.3));
    const right = Float64Array.from(of, (speaker) => rng.uniform() < skill[speaker]! ? 1 : 0);
    const holds = ({ low, high }: { readonly low: number; readonly high: number }) =>
      low <= rate && rate <= high ? 1 : 0;
    held += holds(scoreInterval(right, ones, { count: speakers, noises: 0, of }, rng.fork(t)));
    heldByClips += holds(scoreInterval(right, ones, undefined, rng.fork(t)));
  }
  assert(held / tried > 0.92, `${held} of ${tried}`);
  assert(heldByClips / tried < 0.85, `${heldByClips} of ${tried}`);
});

Deno.test("an error rate has a width where no sample differs: all labels wrong, or one utterance", () => {
  const all = scoreInterval(Float64Array.of(8, 4), Float64Array.of(8, 4), undefined, Rng.fromSeed(1));
  assertEquals([all.value, all.low, all.high], [1, rateInterval(1, 12).low, 1]);
  const one = scoreInterval(Float64Array.of(1), Float64Array.of(8), undefined, Rng.fromSeed(1));
  assertEquals([one.low, one.high], [rateInterval(1 / 8, 8).low, rateInterval(1 / 8, 8).high]);
});
