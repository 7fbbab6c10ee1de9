/** Noise and levels against what is known of them. */
import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { gainAtSnr, spokenLevel } from "../../../lib/audio/add_noise.ts";
import { peak, rms } from "../../../lib/audio/level.ts";
import { wordBounds } from "../../../lib/audio/word_bounds.ts";
import type { DataKind, DataSpec } from "../../../lib/data/contract.ts";
import { corrupted, type Noises, REFERENCE_DB } from "../../../lib/data/corruption/corrupt.ts";
import {
  conditionsOf,
  type Corruption,
  corruptionOf,
  corruptProblems,
  withNoise,
} from "../../../lib/data/corruption/schema.ts";
import { kind as folder } from "../../../lib/data/folder/kind.ts";
import { kind as speechCommands } from "../../../lib/data/speech_commands/kind.ts";
import { kind as timit } from "../../../lib/data/timit/kind.ts";
import { conditionKey, conditionTitle } from "../../../lib/records/condition.ts";
import { noise, RATE, tone } from "../augment/around.ts";

const NOISES: Noises = { count: 3, valuesOf: (i) => noise(0.05 * (1 + i), RATE, i) };
const AT_10: Corruption = { levels: [10], gainDb: null, noise: "background", seed: 0 };

const db = (ratio: number) => 20 * Math.log10(ratio);

function changed(corruption: Corruption, values = tone(300), name = "yes/a", isSilence = false) {
  return corrupted(corruption, { name, values, isSilence }, NOISES, RATE).values;
}

function addedTo(values: Float32Array, mixture: Float32Array): Float32Array {
  return mixture.map((value, i) => value - values[i]!);
}

Deno.test("speech lies so far above the noise as is asked for, whatever noise and however short the word", () => {
  for (const kind of ["background", "white", "pink"] as const) {
    for (const snr of [-5, 0, 20]) {
      for (const word of [tone(300, [0.1, 0.9], RATE, 0.1), tone(300, [0.5, 0.6], RATE, 0.1)]) {
        const added = addedTo(word, changed({ ...AT_10, levels: [snr], noise: kind }, word));
        const [begin, end] = wordBounds(word, RATE);
        assertAlmostEquals(db(rms(word.subarray(begin, end)) / rms(added)), snr, 0.02, `${kind} at ${snr}`);
      }
    }
  }
});

Deno.test("an example is a function of its name and the seed; at every ratio it gets the same noise", () => {
  const word = tone(300, [0.3, 0.7], RATE, 0.1);
  assertEquals(changed(AT_10, word), changed(AT_10, word));
  assertNotEquals(changed(AT_10, word), changed(AT_10, word, "yes/b"));
  assertNotEquals(changed(AT_10, word), changed({ ...AT_10, seed: 1 }, word));
  const [soft, loud] = [20, 0].map((snr) => addedTo(word, changed({ ...AT_10, levels: [snr] }, word)));
  for (let i = 0; i < RATE; i += 997) assertAlmostEquals(10 * soft![i]!, loud![i]!, 1e-5);
  assertEquals(word, tone(300, [0.3, 0.7], RATE, 0.1)); // what is given stays as it is
});

Deno.test("a range gives each example a ratio of its own, a list one of its values", () => {
  const word = tone(300, [0.3, 0.7], RATE, 0.1);
  const ratios = (levels: Corruption["levels"]) =>
    Array.from({ length: 40 }, (_, i) => {
      const added = addedTo(word, changed({ ...AT_10, levels }, word, `yes/${i}`));
      return rms(added) === 0 ? Infinity : db(spokenLevel(word, RATE) / rms(added));
    });
  const drawn = ratios([{ from: 5, to: 15 }]);
  assert(Math.min(...drawn) > 4.9 && Math.max(...drawn) < 15.1 && new Set(drawn).size === 40);
  assertEquals(new Set(ratios([20, "clean"]).map(Math.round)), new Set([20, Infinity]));
});

Deno.test("gains lie in their range and leave the ratio alone", () => {
  const word = tone(300);
  const gains = Array.from({ length: 40 }, (_, i) => {
    const values = changed({ ...AT_10, levels: ["clean"], gainDb: [-20, -5] }, word, `yes/${i}`);
    return db(rms(values) / rms(word));
  });
  assert(Math.min(...gains) >= -20.01 && Math.max(...gains) <= -4.99 && new Set(gains).size === 40);
  const [plain, soft] = [changed(AT_10), changed({ ...AT_10, gainDb: [-12, -12] })];
  for (let i = 0; i < RATE; i += 997) assertAlmostEquals(soft[i]!, plain[i]! * 10 ** (-12 / 20), 1e-6);
});

Deno.test("silence, whatever it sounds like, gets the noise that speech at a stated level would get", () => {
  const level = 10 ** (REFERENCE_DB / 20);
  for (const [values, isSilence] of [[noise(0.3, RATE, 9), true], [new Float32Array(RATE), false]] as const) {
    const added = addedTo(values, changed(AT_10, values, "silence", isSilence));
    assertAlmostEquals(db(level / rms(added)), 10, 0.01);
  }
});

Deno.test("what would go beyond full scale is scaled as a whole", () => {
  const word = tone(300, [0.3, 0.7], RATE, 0.9);
  const { values, scale } = corrupted(
    { ...AT_10, levels: [0], gainDb: [6, 6] },
    { name: "a", values: word, isSilence: false },
    NOISES,
    RATE,
  );
  assert(scale < 0.5 && peak(values) <= 1 + 1e-6 && peak(values) > 0.999, `${scale} ${peak(values)}`);
  const added = addedTo(word, values.map((value) => value / (scale * 10 ** (6 / 20))));
  assertAlmostEquals(db(spokenLevel(word, RATE) / rms(added)), 0, 0.02);
  assertEquals(
    corrupted({ ...AT_10, levels: ["clean"] }, { name: "a", values: word, isSilence: false }, NOISES, RATE),
    {
      values: word,
      scale: 1,
    },
  );
});

Deno.test("the gain for a ratio is the level's over the noise's", () => {
  assertAlmostEquals(gainAtSnr(0.1, new Float32Array(8).fill(0.5), 20), 0.02, 1e-9);
});

const CORRUPT = { snr_db: null, gain_db: null, noise: "background", splits: ["test"], seed: 0 } as const;
const specOf = (corrupt: object): DataSpec => ({
  kind: "x",
  sample_rate: RATE,
  corrupt: { ...CORRUPT, ...corrupt },
});

Deno.test("each value of a list is a condition of a test, and what leaves recordings as they are is none", () => {
  const titles = (corrupt: object) => conditionsOf(specOf(corrupt), "test").map(conditionTitle);
  assertEquals(titles({}), []);
  assertEquals(titles({ snr_db: "clean" }), []);
  assertEquals(titles({ snr_db: [20, 10, 20, "clean"] }), ["20 dB", "10 dB"]);
  assertEquals(titles({ snr_db: { from: 0, to: 20 } }), ["0 to 20 dB"]);
  assertEquals(titles({ snr_db: [5], noise: "pink", gain_db: [-20, 0] }), [
    "5 dB, pink noise, gain -20 to 0 dB",
  ]);
  assertEquals(titles({ gain_db: [-20, 0] }), ["clean, gain -20 to 0 dB"]);
  assertEquals(titles({ snr_db: [20], splits: ["train"] }), []);
  assertEquals(corruptionOf(specOf({ snr_db: [20], splits: ["train"] }), "train")?.levels, [20]);
  assertEquals(conditionsOf({ kind: "x", sample_rate: RATE }, "test"), []);
  const all = conditionsOf(specOf({ snr_db: [5, -5, { from: 0, to: 1.5 }], gain_db: [-3, 3] }), "test");
  const keys = all.map(conditionKey);
  assertEquals(keys, ["snr5-gain-3to3", "snr-5-gain-3to3", "snr0to1.5-gain-3to3"]);
  const drawn = conditionsOf(specOf({ snr_db: [5, "clean"], seed: 3 }), "test");
  assertEquals(drawn.map(conditionKey), ["snr5-draws3"]);
  assertEquals(drawn.map(conditionTitle), ["5 dB, draws of seed 3"]);
});

Deno.test("values that mean nothing are refused in a few words", () => {
  const wrong = (corrupt: object) =>
    timit.schema.safeParse({ ...TIMIT, corrupt: { ...CORRUPT, ...corrupt } }).success;
  assert(wrong({ snr_db: [0, "clean", { from: 0, to: 5 }], gain_db: [-6, 6] }));
  for (
    const corrupt of [
      { snr_db: [] },
      { snr_db: ["loud"] },
      { snr_db: { from: 5, to: 0 } },
      { gain_db: [0, -20] },
      { gain_db: -20 },
      { splits: [] },
      { splits: ["testing"] },
      { noise: "none" },
      { snr_db: 1000 },
    ]
  ) assert(!wrong(corrupt), JSON.stringify(corrupt));
});

const TIMIT = {
  kind: "timit",
  root: null,
  output: "phone",
  include_sa: false,
  split: { train: 7, validation: 1, by: "speaker", seed: 0 },
  test: "full",
  bad_files: "error",
  exclude: null,
  sample_rate: RATE,
};

Deno.test("only a data set with background recordings of its own can add them", () => {
  const problems = (kind: unknown, corrupt: object) => corruptProblems(kind as DataKind, specOf(corrupt));
  const [problem] = problems(timit, { snr_db: [10] });
  assertEquals(problem!.path, ["corrupt", "noise"]);
  assertEquals(
    problem!.message,
    "wanted white or pink, as this data set has no background recordings of its own, found background",
  );
  assertEquals(problems(timit, {}), []);
  assertEquals(problems(timit, { gain_db: [-20, 0] }), []);
  assertEquals(problems(timit, { snr_db: [10], noise: "pink" }), []);
  for (const kind of [folder, speechCommands]) assertEquals(problems(kind, { snr_db: [10] }), []);
});

Deno.test("where no noise is named it is the data set's own, or pink where it has none", () => {
  const noiseOf = (kind: unknown, noise: string | null) => {
    const spec = withNoise(kind as DataKind, specOf({ snr_db: [10], noise }));
    assertEquals(corruptProblems(kind as DataKind, spec), []);
    return conditionsOf(spec, "test")[0]!.noise;
  };
  assertEquals([noiseOf(timit, null), noiseOf(folder, null), noiseOf(folder, "white")], [
    "pink",
    "background",
    "white",
  ]);
});
