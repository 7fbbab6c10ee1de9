import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import type { Predictions } from "../../../lib/records/predictions.ts";
import type { RunDescription } from "../../../lib/records/results.ts";
import { entriesOfList } from "../../../lib/data/exclusion/exclude.ts";
import { doubtsHtml } from "../../../pipeline/report/page/doubts.ts";
import { ErrorTally } from "../../../pipeline/report/statistics/error_tally.ts";
import { doubtsText, LabelDoubts } from "../../../pipeline/report/statistics/label_doubts.ts";
import { badness, listenedTo, worstFirst } from "../../../pipeline/report/statistics/worst.ts";

const CLASSES = ["yes", "no", "up"];

/** Of clips `<label>/<number>`: the probability of each class. */
function predictions(clips: readonly (readonly [name: string, ...posteriors: number[]])[]) {
  return {
    classes: CLASSES,
    examples: clips.map(([name, ...posteriors]): Predictions["examples"][number] => {
      const label = name.split("/")[0]!;
      const told = CLASSES[posteriors.indexOf(Math.max(...posteriors))]!;
      return {
        name,
        labels: [label],
        told: [told],
        posterior: Math.max(...posteriors),
        posteriors,
        loss: -Math.log(posteriors[CLASSES.indexOf(label)]!),
        speaker: null,
        seconds: 1,
        score: label === told ? 1 : 0,
        of: 1,
      };
    }),
  };
}

Deno.test("the worst error is the one whose label got the least probability; what is right comes last", () => {
  const { examples } = predictions([
    ["yes/1", 0.3, 0.6, 0.1],
    ["yes/2", 0.9, 0.05, 0.05],
    ["no/1", 0.98, 0.01, 0.01],
    ["no/2", 0.2, 0.5, 0.3],
  ]);
  assertEquals(worstFirst(examples, false).map(({ name }) => name), ["no/1", "yes/1", "no/2", "yes/2"]);
});

Deno.test("of sequences the worst has the most errors for each label, however long it is", () => {
  const of = (name: string, score: number, of: number, loss: number) => ({ name, score, of, loss });
  const sorted = worstFirst([of("a", 3, 30, 9), of("b", 2, 4, 1), of("c", 0, 5, 8), of("d", 5, 10, 2)], true);
  assertEquals(sorted.map(({ name }) => name), ["d", "b", "a", "c"]);
  assertEquals([badness({ score: 2, of: 0 }, true), badness({ score: 0, of: 0 }, true)], [2, 0]);
});

Deno.test("errors are listed of the run that the report looks into first, else of the first group's", () => {
  const run = (model: string, setting: string, bands: number, seed = 0): RunDescription => ({
    run: `${model}${setting}${bands}${seed}`,
    model,
    frontend: "nnaudio",
    setting,
    bands,
    seed,
    other: {},
  });
  assertEquals(listenedTo([run("x", "A", 10), run("x", "D", 10), run("x", "D", 40)]).run, "xD400");
  assertEquals(listenedTo([run("y", "A", 10, 1), run("y", "A", 40, 1), run("x", "A", 80)]).run, "yA401");
});

Deno.test("a tally says how many runs get an example wrong", () => {
  const tally = new ErrorTally(false);
  tally.add(predictions([["yes/1", 0.3, 0.6, 0.1], ["no/1", 0.1, 0.8, 0.1]]));
  tally.add(predictions([["yes/1", 0.7, 0.2, 0.1]]));
  assertEquals([tally.of("yes/1"), tally.of("no/1")], [{ wrong: 1, of: 2 }, { wrong: 0, of: 1 }]);
});

/** Clips of a class that are told right, with this probability. */
function right(label: string, probability: number, count = 9) {
  const of = CLASSES.map((name) => name === label ? probability : (1 - probability) / 2);
  return Array.from({ length: count }, (_, i) => [`${label}/right${i}`, ...of] as [string, ...number[]]);
}

const RIGHT = [...right("yes", 0.95), ...right("no", 0.95), ...right("up", 0.9)];
/** All classes are told, and one clip of each of two is taken for another with confidence. */
const SURE = predictions([...RIGHT, ["yes/1", 0.02, 0.97, 0.01], ["up/1", 0.94, 0.03, 0.03]]);

type Run = Parameters<LabelDoubts["add"]>[0];

function doubtsOf(...runs: Run[]): LabelDoubts {
  const doubts = new LabelDoubts();
  runs.forEach((run) => doubts.add(run));
  return doubts;
}

Deno.test("a label is doubted where two runs, and half of them, are confident of the same other class", () => {
  const of = (...runs: Run[]) => doubtsOf(...runs).list();
  assertEquals(of(SURE), []);
  const [first, second] = of(SURE, SURE);
  assertEquals([first!.name, first!.label, first!.told, first!.runs, first!.of], [
    "yes/1",
    "yes",
    "no",
    2,
    2,
  ]);
  assertAlmostEquals(first!.posterior, 0.97, 1e-12);
  assertEquals(second!.name, "up/1");
  // The third and fourth run take it for something else, or for what it is.
  const other = predictions([...RIGHT, ["yes/1", 0.02, 0.02, 0.96], ["up/1", 0.1, 0.1, 0.8]]);
  assertEquals(of(SURE, SURE, other, other).map(({ name, told, runs, of }) => [name, told, runs, of]), [
    ["yes/1", "no", 2, 4],
    ["yes/1", "up", 2, 4],
    ["up/1", "yes", 2, 4],
  ]);
  assertEquals(of(SURE, SURE, other, other, other).map(({ name, told }) => [name, told]), [["yes/1", "up"]]);
});

Deno.test("a network at chance doubts nothing, however sure it is, and takes no other's say away", () => {
  const guesses = predictions(
    CLASSES.flatMap((label, k) =>
      Array.from({ length: 12 }, (_, i): [string, ...number[]] => [
        `${label}/${i}`,
        ...CLASSES.map((_, c) => c === (k + i) % 3 ? 0.98 : 0.01),
      ])
    ),
  );
  const alone = doubtsOf(guesses, guesses, guesses);
  assertEquals([alone.list(), alone.judges], [[], 0]);
  const beside = doubtsOf(SURE, guesses, SURE, guesses, guesses);
  assertEquals(beside.list(), doubtsOf(SURE, SURE).list());
  assertEquals(beside.judges, 2);
  assertMatch(doubtsHtml(alone.list(), [], alone.judges), /No label of the test split is doubted/);
});

Deno.test("a network has a say about the classes that it tells, and about no others", () => {
  // Of "up" it tells eight of sixteen: more than any other class has, and not more than half.
  const mixed = predictions([
    ...right("yes", 0.95),
    ...right("no", 0.95),
    ...right("up", 0.9, 8),
    ...Array.from({ length: 8 }, (_, i): [string, ...number[]] => [`up/wrong${i}`, 0.97, 0.02, 0.01]),
    ["yes/1", 0.02, 0.97, 0.01],
    ["no/1", 0.02, 0.02, 0.96],
  ]);
  const doubts = doubtsOf(mixed, mixed);
  assertEquals(doubts.list().map(({ name, told, of }) => [name, told, of]), [["yes/1", "no", 2]]);
  // Three of three may be luck, nine of nine are not.
  const few = (count: number) =>
    predictions([...right("yes", 0.95, count), ...right("no", 0.95, 12), ["no/1", 0.97, 0.02, 0.01]]);
  assertEquals(doubtsOf(few(3), few(3)).list(), []);
  assertEquals(doubtsOf(few(9), few(9)).list().map(({ name }) => name), ["no/1"]);
});

Deno.test("a class that a network is always sure of needs more than the usual 0.9", () => {
  const run = predictions([
    ...right("no", 0.997),
    ...right("yes", 0.95),
    ["yes/1", 0.05, 0.94, 0.01],
    ["yes/2", 0.001, 0.998, 0.001],
  ]);
  assertEquals(doubtsOf(run, run).list().map(({ name }) => name), ["yes/2"]);
});

Deno.test("the list of doubts is one that dataset.exclude takes, and says what it is", () => {
  const doubts = doubtsOf(SURE, SURE);
  const text = doubtsText(doubts.list(), "Keyword spotting");
  assertEquals(entriesOfList(text), ["yes/1", "up/1"]);
  assertMatch(text, /yes\/1\tyes, taken for no by 2 of 2 runs that tell yes, probability 0\.97/);
  const html = doubtsHtml(doubts.list(), ["no/1", "yes/1"], doubts.judges);
  assertMatch(html, /2 labels of the test split look wrong/);
  assert(html.includes('<a href="#clip-1">yes/1</a>') && !html.includes("#clip-0"));
  assertMatch(doubtsHtml([], [], 2), /No label of the test split looks wrong/);
});
