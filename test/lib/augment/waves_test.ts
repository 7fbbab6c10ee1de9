/** Transforms of waves against what is known of them. */
import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { OTHER_WORDS, SILENCE, type Surroundings } from "../../../lib/augment/contract.ts";
import * as clamp from "../../../lib/augment/transforms/waves/clamp.ts";
import * as equaliser from "../../../lib/augment/transforms/waves/equaliser.ts";
import * as level from "../../../lib/augment/transforms/waves/level.ts";
import { applyAll } from "../../../lib/augment/transforms/waves/list.ts";
import * as neighbours from "../../../lib/augment/transforms/waves/neighbours.ts";
import * as noise_ from "../../../lib/augment/transforms/waves/noise.ts";
import * as room from "../../../lib/augment/transforms/waves/room.ts";
import * as shift from "../../../lib/augment/transforms/waves/shift.ts";
import * as speed from "../../../lib/augment/transforms/waves/speed.ts";
import { wordBounds } from "../../../lib/audio/word_bounds.ts";
import { peak, rms } from "../../../lib/audio/level.ts";
import { Rng } from "../../../lib/base/random.ts";
import { noise, RATE, tone, utteranceOf, waveOf } from "./around.ts";

const DRAWS = Array.from({ length: 40 }, (_, i) => Rng.fromSeed(i));

Deno.test("a shift leaves zeros in the gap, moves both ways, and keeps a word whole unless it may be cut", () => {
  const word = tone(500, [0.02, 0.9]);
  const config = { transform: "shift", p: 1, seconds: 0.3 } as const;
  const [begin, end] = wordBounds(word, RATE);
  const found = new Set<number>();
  for (const rng of DRAWS) {
    const moved = shift.apply({ ...config, cut: false }, waveOf(word), rng);
    const [from, to] = wordBounds(moved, RATE);
    assertAlmostEquals(rms(moved), rms(word), 1e-3);
    assert(Math.abs((to - from) - (end - begin)) <= 160, `word of ${to - from} samples`);
    found.add(Math.sign(from - begin));
  }
  assertEquals([...found].sort().slice(0, 1), [-1]);
  assert(found.has(1));
  const cut = DRAWS.map((rng) => rms(shift.apply({ ...config, cut: true }, waveOf(word), rng)));
  assert(Math.min(...cut) < 0.95 * rms(word));
  assertEquals([...shift.shifted(Float32Array.of(1, 2, 3), 1)], [0, 1, 2]);
  assertEquals([...shift.shifted(Float32Array.of(1, 2, 3), -2)], [3, 0, 0]);
  assertEquals([...shift.shifted(Float32Array.of(1, 2, 3), 9)], [0, 0, 0]);
  assertEquals(wordBounds(new Float32Array(99), RATE), [0, 0]);
});

Deno.test("noise has the ratio that is asked for over what is said, however short the word is in its clip", () => {
  const config = {
    transform: "noise",
    p: 1,
    level: { by: "snr", range: [10, 10] },
    silence: [0, 1],
  } as const;
  for (const word of [tone(300, [0.1, 0.9]), tone(300, [0.5, 0.6])]) {
    const [begin, end] = wordBounds(word, RATE);
    const mixture = noise_.apply(config, waveOf(word), Rng.fromSeed(1));
    const added = mixture.map((value, i) => value - word[i]!);
    assertAlmostEquals(20 * Math.log10(rms(word.subarray(begin, end)) / rms(added)), 10, 0.05);
  }
});

Deno.test("a mixture may go beyond full scale and keeps its ratio: only a clamp that is asked for cuts it off", () => {
  const config = { transform: "noise", p: 1, level: { by: "snr", range: [0, 0] }, silence: null } as const;
  const word = tone(300, [0.1, 0.9], RATE, 0.99);
  const mixture = noise_.apply(config, waveOf(word), Rng.fromSeed(1));
  assert(peak(mixture) > 1.2);
  const [begin, end] = wordBounds(word, RATE);
  const added = mixture.map((value, i) => value - word[i]!);
  assertAlmostEquals(20 * Math.log10(rms(word.subarray(begin, end)) / rms(added)), 0, 0.05);
  assertEquals(peak(clamp.apply({ transform: "clamp" }, waveOf(mixture))), 1);
});

Deno.test("speeds are twentieths, so that no resampler is longer than another", () => {
  const config = { transform: "speed", p: 1, range: [0.5, 2] } as const;
  const utterance = utteranceOf(tone(440));
  const lengths = new Set(DRAWS.map((rng) => speed.apply(config, utterance, rng).length));
  const possible = Array.from({ length: 31 }, (_, i) => RATE * 20 / (10 + i));
  for (const length of lengths) {
    assert(possible.some((wanted) => Math.abs(wanted - length) <= 1), `${length} samples`);
  }
  assert(lengths.size > 10);
});

Deno.test("noise in a clip without signal has an absolute level, and is never a silent stretch", () => {
  const config = {
    transform: "noise",
    p: 1,
    level: { by: "snr", range: [0, 0] },
    silence: [0.5, 0.5],
  } as const;
  const silent = new Float32Array(RATE);
  for (const noises of [[noise(0.2)], [silent, noise(0.2)], [silent], []]) {
    for (const label of ["yes", SILENCE]) {
      const made = noise_.apply(config, waveOf(silent, label, noises), Rng.fromSeed(3));
      assert(rms(made) > 0.01, `${noises.length} noises, ${label}: ${rms(made)}`);
    }
  }
});

Deno.test("silence becomes noise at a level of its own, whatever is drawn; other clips only as often as is asked", () => {
  const config = {
    transform: "noise",
    level: { by: "amplitude", range: [0.1, 0.1] },
    silence: [0.5, 0.5],
  } as const;
  const own = noise(0.9, RATE, 8);
  const apply = (values: Float32Array, label: string, p = 0) =>
    applyAll([{ ...config, p }], waveOf(values, label), Rng.fromSeed(2));
  assertAlmostEquals(peak(apply(own, SILENCE)), 0.5 * peak(noise(0.2)), 1e-6);
  assertEquals(apply(own, "yes"), own);
  const word = tone(300);
  const added = apply(word, "yes", 1).map((value, i) => value - word[i]!);
  assertAlmostEquals(peak(added), 0.1 * peak(noise(0.2)), 1e-6);
});

Deno.test("a level is a gain or a peak, and silence stays silence", () => {
  const word = tone(300);
  const at = (by: "gain" | "peak", value: number, values = word) =>
    level.apply({ transform: "level", p: 1, by, range: [value, value] }, waveOf(values), Rng.fromSeed(1));
  assertAlmostEquals(peak(at("peak", 0.05)), 0.05, 1e-6);
  assertAlmostEquals(rms(at("gain", -6)) / rms(word), 10 ** (-6 / 20), 1e-6);
  assertEquals(at("peak", 1, new Float32Array(9)), new Float32Array(9));
  assertEquals([...clamp.apply({ transform: "clamp" }, waveOf(Float32Array.of(-2, 0.5, 3)))], [-1, 0.5, 1]);
});

Deno.test("speed changes pitch and length alike, and a slow word stays whole and where it was", () => {
  const crossings = (values: Float32Array) => {
    let count = 0;
    for (let i = 1; i < values.length; i++) if (values[i - 1]! <= 0 && values[i]! > 0) count++;
    return count;
  };
  for (const factor of [0.8, 1.25]) {
    const word = tone(400, [0.3, 0.6]);
    const config = { transform: "speed", p: 1, range: [factor, factor] } as const;
    const played = speed.apply(config, waveOf(word), Rng.fromSeed(1));
    assertEquals(played.length, word.length);
    const [from, to] = wordBounds(played, RATE);
    assertAlmostEquals(to - from, 0.3 * RATE / factor, 400);
    assertAlmostEquals((from + to) / 2, 0.45 * RATE, 250);
    assertAlmostEquals(
      crossings(played.subarray(from + 200, to - 200)) / (to - from - 400),
      400 * factor / RATE,
      2e-3,
    );
  }
  const long = tone(400, [0, 1]);
  for (const rng of DRAWS) {
    const [from, to] = wordBounds(
      speed.apply({ transform: "speed", p: 1, range: [0.5, 0.95] }, waveOf(long), rng),
      RATE,
    );
    assertEquals([from, to], [0, RATE]);
  }
});

Deno.test("a faster utterance is shorter and a slower one longer: nothing of it is cut", () => {
  const said = tone(400, [0.001, 0.999]);
  for (const factor of [0.8, 1.25]) {
    const config = { transform: "speed", p: 1, range: [factor, factor] } as const;
    const played = speed.apply(config, utteranceOf(said), Rng.fromSeed(1));
    assertEquals(played.length, Math.ceil(RATE / factor));
    const [from, to] = wordBounds(played, RATE);
    assertAlmostEquals(to - from, 0.998 * RATE / factor, 320);
  }
});

Deno.test("an utterance stays whole however far it is shifted, even where words may be cut", () => {
  const said = tone(500, [0.1, 0.95]);
  for (const rng of DRAWS) {
    const config = { transform: "shift", p: 1, seconds: 0.3, cut: true } as const;
    assertAlmostEquals(rms(shift.apply(config, utteranceOf(said), rng)), rms(said), 1e-3);
  }
});

Deno.test("a room adds what rings behind, moves nothing, and keeps length and energy", () => {
  const click = new Float32Array(RATE);
  click[4000] = 1;
  const config = { transform: "room", p: 1, seconds: [0.2, 0.2], level: [0.1, 0.1] } as const;
  const heard = room.apply(
    { ...config, seconds: [0.2, 0.2], level: [0.1, 0.1] },
    waveOf(click),
    Rng.fromSeed(4),
  );
  assertEquals(heard.length, RATE);
  assertAlmostEquals(rms(heard), rms(click), 1e-6);
  assertEquals(heard.indexOf(peak(heard)), 4000);
  assert(rms(heard.subarray(0, 4000)) < 1e-6);
  const [near, far] = [rms(heard.subarray(4001, 4400)), rms(heard.subarray(6800, 7200))];
  assert(near > 100 * far, `${near} then ${far}`);
  assert(rms(heard.subarray(7300)) < 1e-6);
  assertEquals(
    room.apply(
      { ...config, seconds: [0.2, 0.2], level: [0.1, 0.1] },
      waveOf(new Float32Array(99)),
      Rng.fromSeed(4),
    ),
    new Float32Array(99),
  );
});

Deno.test("an equaliser has the gains of its points, without delay", () => {
  const gains = [0, 6, 6, 6, 6, -6];
  const taps = equaliser.tapsOf(gains);
  const response = (share: number) =>
    20 *
    Math.log10(
      taps.reduce((sum, tap, n) => sum + tap * Math.cos(Math.PI * (n - (taps.length - 1) / 2) * share), 0),
    );
  assertAlmostEquals(response(0.4), 6, 0.3);
  assertAlmostEquals(response(0.9), 0, 0.6);
  const flat = equaliser.apply(
    { transform: "equaliser", p: 1, points: 6, db: 0 },
    waveOf(tone(900)),
    Rng.fromSeed(1),
  );
  tone(900).forEach((value, i) => assertAlmostEquals(flat[i]!, value, 1e-6));
});

Deno.test("transforms draw from generators of their own, and several come together or not at all", () => {
  const word = tone(300);
  const shifted = { transform: "shift", p: 1, seconds: 0.1, cut: true } as const;
  const louder = { transform: "level", p: 1, by: "gain", range: [3, 3] } as const;
  const at = (list: Parameters<typeof applyAll>[0], seed: number) =>
    applyAll(list, waveOf(word), Rng.fromSeed(seed));
  const alone = at([shifted], 1);
  assertEquals(at([louder, shifted], 1), level.apply(louder, waveOf(alone), Rng.fromSeed(0)));
  assertEquals(at([shifted], 1), alone);
  assertNotEquals(at([shifted], 2), alone);
  assertNotEquals(at([shifted, shifted], 1), at([shifted], 1));
  const kept = DRAWS.filter((_, seed) => {
    const values = at([{ transform: "together", p: 0.5, of: [shifted, louder] }], seed);
    const isLouder = peak(values) > 1.2 * peak(word);
    assertEquals(isLouder, values !== word);
    return !isLouder;
  });
  assert(kept.length > 8 && kept.length < 32, `${kept.length} of 40 stayed`);
});

Deno.test("neighbours stand before and behind what is said, at a pause and a level, and never in it", () => {
  const others = [tone(900, [0.2, 0.8]), tone(1200, [0.1, 0.95])];
  const config = { transform: "neighbours", p: 1, gap: [0.1, 0.1], db: [-6, -6] } as const;
  const word = tone(300, [0.4, 0.6]);
  const wave = { ...waveOf(word), around: among(others) };
  const [begin, end] = wordBounds(word, RATE);
  const gap = 0.1 * RATE;
  for (const rng of DRAWS) {
    const made = neighbours.apply(config, wave, rng);
    assertEquals(made.subarray(begin - gap, end + gap), word.subarray(begin - gap, end + gap));
    for (const side of [made.subarray(0, begin - gap), made.subarray(end + gap)]) {
      assertAlmostEquals(
        20 * Math.log10(rms(side.subarray(200, -200)) / rms(word.subarray(begin, end))),
        -6,
        0.3,
      );
    }
  }
  assertEquals(word, tone(300, [0.4, 0.6]));
});

Deno.test("each side has a neighbour as often as is asked for, and silence, utterances and data without others none", () => {
  const config = { transform: "neighbours", p: 0.5, gap: [0, 0.1], db: [0, 0] } as const;
  const word = tone(300, [0.4, 0.6]);
  const wave = { ...waveOf(word), around: among([tone(900, [0, 1])]) };
  const sides = Array.from({ length: 400 }, (_, i) => {
    const made = applyAll([config], wave, Rng.fromSeed(i));
    return [made.subarray(0, 3000), made.subarray(-3000)].map((side) => rms(side) > 0);
  });
  const share = (k: number) => sides.filter((side) => side[k]).length / sides.length;
  assertAlmostEquals(share(0), 0.5, 0.08);
  assertAlmostEquals(share(1), 0.5, 0.08);
  assertAlmostEquals(sides.filter(([before, behind]) => before && behind).length / sides.length, 0.25, 0.08);
  for (
    const [name, alone] of Object.entries({
      silence: { ...wave, labels: [SILENCE] },
      utterance: { ...wave, around: { ...wave.around, clipSamples: null } },
      "no others": waveOf(word),
      "nothing said": { ...wave, values: new Float32Array(RATE) },
    })
  ) {
    for (const rng of DRAWS) {
      assertEquals(neighbours.apply({ ...config, p: 1 }, alone, rng), alone.values, name);
    }
  }
});

Deno.test("of a neighbour that does not fit its near end is heard", () => {
  const other = Float32Array.from({ length: RATE }, (_, i) => 0.1 + i / RATE);
  const config = { transform: "neighbours", p: 1, gap: [0, 0], db: [0, 0] } as const;
  const made = neighbours.apply(
    config,
    { ...waveOf(tone(300, [0.4, 0.6])), around: among([other]) },
    DRAWS[0]!,
  );
  const [before, behind] = [made.subarray(1000, 5000), made.subarray(-5000, -1000)];
  assert(rms(before) > 2 * rms(behind), `${rms(before)} and ${rms(behind)}`);
});

/** Clips of other words. */
function among(others: readonly Float32Array[]): Surroundings {
  return {
    sampleRate: RATE,
    clipSamples: RATE,
    count: others.length,
    labelsOf: () => [OTHER_WORDS],
    valuesOf: (row) => others[row]!.slice(),
  };
}
