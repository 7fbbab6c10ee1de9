import { assertAlmostEquals, assertEquals } from "@std/assert";
import { kindNames, loadKind } from "../../../lib/base/kinds.ts";
import { startCounts } from "../../../lib/metrics/classification.ts";
import { rateInterval } from "../../../lib/metrics/interval.ts";
import { countRecognized, startRecognition } from "../../../lib/metrics/recognition.ts";
import { TASKS } from "../../../lib/tasks/kinds.ts";
import { keywordFigures } from "../../../lib/tasks/kws/figures.ts";
import { phonemeFigures } from "../../../lib/tasks/asr/figures.ts";

async function named(task: string, values: readonly (number | null)[]) {
  const { figures } = await loadKind(TASKS, task, "task");
  assertEquals(values.length, figures.length);
  return Object.fromEntries(figures.map(({ name }, i) => [name, values[i]]));
}

Deno.test("rateInterval() agrees with published values and stays inside [0, 1]", () => {
  // Newcombe 1998 (Two-sided confidence intervals for the single proportion), table I, method 3: 81 of 263 and 0 of 20.
  const { low, high } = rateInterval(81 / 263, 263);
  assertAlmostEquals(low, 0.2553, 5e-5);
  assertAlmostEquals(high, 0.3662, 5e-5);
  assertAlmostEquals(rateInterval(0, 20).high, 0.1611, 5e-5);
  assertEquals([rateInterval(0, 20).low, rateInterval(0, 0).high], [0, 1]);
});

Deno.test("a keyword spotter is compared by its accuracy", async () => {
  const counts = { ...startCounts(2), clips: 4, crossEntropySum: 2 };
  counts.confusion.set([2, 0, 1, 1]);
  const { values, score, confusion } = keywordFigures(counts, ["yes", "no"]);
  const figures = await named("kws", values);
  assertEquals([figures["accuracy"], score, figures["cross_entropy"]], [0.75, 0.75, 0.5]);
  assertAlmostEquals(figures["f1_macro"]!, (0.8 + 2 / 3) / 2);
  assertEquals(confusion, { labels: ["yes", "no"], counts: [[2, 0], [1, 1]], nothing: false });
});

Deno.test("a recogniser is compared by the error rate of folded phones, or of all labels where they are no phones", async () => {
  const told = [{ reference: [1, 2], hypothesis: [1], loss: 1 }];
  const plain = startRecognition(["_blank_", "a", "b"], null);
  countRecognized(plain, told);
  const words = phonemeFigures(plain);
  const figures = await named("asr", words.values);
  assertEquals([figures["folded_error_rate"], figures["error_rate"], words.score], [null, 0.5, 0.5]);
  assertEquals([figures["deletions"], figures["reference"], figures["loss"]], [1, 2, 1]);
  assertEquals(words.confusion.labels, ["a", "b", "-"]);

  const folded = startRecognition(["_blank_", "a", "b"], { labels: ["x"], of: Int32Array.of(-1, 0, -1) });
  countRecognized(folded, told);
  const phones = phonemeFigures(folded);
  assertEquals((await named("asr", phones.values))["folded_error_rate"], 0);
  assertEquals(phones.score, 0);
});

Deno.test("each task says what it is", async () => {
  for (const name of kindNames(TASKS)) {
    const { figures, words, samplers } = await loadKind(TASKS, name, "task");
    assertEquals(new Set(figures.map((column) => column.name)).size, figures.length);
    assertEquals(words.examples.startsWith(words.example) && samplers.includes("shuffle"), true);
  }
  const { check } = await loadKind(TASKS, "asr", "task");
  const trainer = {
    batch_size: 8,
    clips_per_epoch: 8,
    label_smoothing: 0,
    sampler: "shuffle",
    class_clips: {},
    class_weights: "equal",
  };
  const refused = (changes: Partial<typeof trainer>) =>
    check({ trainer: { ...trainer, ...changes } }).map(({ path }) => path.join("."));
  assertEquals(refused({}), []);
  assertEquals(refused({ clips_per_epoch: 4 }), ["trainer.clips_per_epoch"]);
  assertEquals(refused({ class_weights: "balanced" }), ["trainer.class_weights"]);
  assertEquals(refused({ class_clips: { sh: 7 } }), ["trainer.class_clips.sh"]);
});

Deno.test("keywords are weighed or counted by class, not both, by the sampler that each wants", async () => {
  const { check } = await loadKind(TASKS, "kws", "task");
  const refused = (sampler: string, class_weights: string, class_clips: Record<string, number> = {}) =>
    check({
      trainer: {
        batch_size: 8,
        clips_per_epoch: null,
        label_smoothing: 0,
        sampler,
        class_weights,
        class_clips,
      },
    }).map(({ path }) => path.join("."));
  assertEquals(refused("shuffle", "balanced"), []);
  assertEquals(refused("balanced", "balanced"), ["trainer.class_weights"]);
  assertEquals(refused("capped", "equal", { _unknown_: 3077, _silence_: 0.1 }), []);
  assertEquals(refused("capped", "equal", { yes: 0.5, no: 0.5 }), ["trainer.class_clips"]);
  assertEquals(refused("shuffle", "equal", { _unknown_: 3077 }), ["trainer.class_clips"]);
  assertEquals(refused("balanced", "equal", { _unknown_: 0.3 }), []);
  assertEquals(refused("balanced", "equal", { _unknown_: 3077 }), ["trainer.class_clips"]);
});
