/** Two runs example by example, for terminals and other programs. Pure. */
import { stringify } from "@std/csv/stringify";
import type { JsonObject } from "../../../lib/base/json.ts";
import { printable, printableValues } from "../../../lib/base/printable.ts";
import type { PredictedExample } from "../../../lib/records/predictions.ts";
import type { ClipComparison, Disagreement, TestedRun } from "../statistics/clip_comparison.ts";
import { verdict } from "../statistics/gains.ts";
import { measureOf } from "../statistics/measure.ts";
import { figureText, numbers } from "../tables/figure_cells.ts";
import { speakersText } from "./data_lines.ts";
import { intervalWords } from "./interval_words.ts";
import { textTable } from "./table.ts";
import { pText } from "./verdict_lines.ts";
import { count, percent, points } from "./wording.ts";

/** @param limit Most examples of either list; Infinity: all. */
export function clipComparisonText(
  a: TestedRun,
  b: TestedRun,
  comparison: ClipComparison,
  limit: number,
): string {
  const { onlyA, onlyB, classes } = comparison;
  const { example, examples } = a.metrics;
  const isSequence = classes.length === 0;
  const right = isSequence ? "Fewer errors in" : "Only told right by";
  const table = textTable(
    [{ title: "class" }, ...[examples, "both", "only A", "only B", "neither"].map(numbers)],
    classes.map(({ label, examples, both, onlyA, onlyB, neither }) => [
      label,
      ...[examples, both, onlyA, onlyB, neither].map(String),
    ]),
  );
  return [
    differenceLines(a, b, comparison).join("\n"),
    ...(isSequence ? [] : [table]),
    ...([["A", onlyA], ["B", onlyB]] as const).map(([name, of]) =>
      listText(`${right} ${name}: ${count(of.length, example, examples)}`, of, limit, isSequence)
    ),
  ].join("\n\n");
}

/** How well each does, and how sure their difference is. */
export function differenceLines(a: TestedRun, b: TestedRun, comparison: ClipComparison): string[] {
  return [scoreLine("A", a), scoreLine("B", b), "", differenceText(a, comparison)];
}

/** The figure that scores are of: some data sets have no value for the first. */
function scoreColumn(
  { metrics: { checkpoints, tested, columns } }: TestedRun,
): TestedRun["metrics"]["columns"][number] {
  return columns.find((_, i) => checkpoints[tested].values[i] !== null) ?? columns[0]!;
}

function scoreLine(name: string, tested: TestedRun): string {
  const { run, id, metrics: { checkpoints, tested: state, examples } } = tested;
  const { score } = checkpoints[state];
  const column = scoreColumn(tested);
  return `${name}: ${printable(run)} (${id}), ${column.title} ${figureText(score.value, column)} (${
    percent(score.low)
  } to ${percent(score.high)}; ${intervalWords([score], examples)})`;
}

/** Whether the difference is more than chance, in words. */
function differenceText(run: TestedRun, { difference }: ClipComparison): string {
  const { value, low, high, p, discordant } = difference;
  const { columns, examples, count: tested, example } = run.metrics;
  const measure = measureOf({ columns, comparedBy: scoreColumn(run).name, example, interval: "" });
  const drawn = speakersText(difference);
  const words = { gain: "B is better", loss: "B is worse", unclear: "the two cannot be told apart" };
  const test = drawn === "" ? "" : ", signs flipped speaker by speaker";
  const mcNemar = discordant === null
    ? ""
    : ` McNemar's exact test, which takes ${examples} as independent: ${discordant.gained} only B, ${discordant.lost} only ` +
      `A, p ${pText(discordant.p)}.`;
  return `B - A: ${points(value)} points of ${measure.name} (95 % interval ${points(low)} to ${
    points(high)
  }, paired, over ` +
    `${drawn === "" ? count(tested, example, examples) : drawn}): ${words[verdict(difference, measure)]} (p ${
      pText(p)
    }${test}).${mcNemar}`;
}

function listText(
  title: string,
  of: readonly Disagreement[],
  limit: number,
  isSequence: boolean,
): string {
  if (of.length === 0) return title;
  const lines = of.slice(0, limit).map(({ a, b }) =>
    isSequence
      ? [a.name, `${a.score} of ${a.of}`, `${b.score} of ${b.of}`]
      : [a.labels.join(" "), a.name, toldText(a), toldText(b)]
  );
  const columns = isSequence
    ? [{ title: "example" }, numbers("errors of A"), numbers("errors of B")]
    : [{ title: "class" }, { title: "example" }, { title: "A says" }, { title: "B says" }];
  const left = of.length - lines.length;
  const more = left > 0 ? `\nand ${left} more: --limit ${of.length}, --csv or --json has all.` : "";
  return `${title}\n${textTable(columns, lines)}${more}`;
}

function toldText({ told, posterior }: PredictedExample): string {
  return `${told.join(" ")}${posterior === null ? "" : ` (${posterior.toFixed(2)})`}`;
}

/** One record for each example that the two tell differently well; rows, the titles first. */
export function clipComparisonCsv({ onlyA, onlyB }: ClipComparison): string[] {
  const records = [...onlyA.map((pair) => [pair, "a"] as const), ...onlyB.map((pair) => [pair, "b"] as const)]
    .map(([{ a, b }, better]) =>
      printableValues({
        example: a.name,
        labels: a.labels.join(" "),
        speaker: a.speaker,
        seconds: a.seconds,
        better,
        told_a: a.told.join(" "),
        told_b: b.told.join(" "),
        posterior_a: a.posterior,
        posterior_b: b.posterior,
        score_a: a.score,
        score_b: b.score,
        of: a.of,
      })
    );
  return stringify(records, { columns: CSV_COLUMNS }).trimEnd().split("\r\n");
}

const CSV_COLUMNS = [
  ...["example", "labels", "speaker", "seconds", "better", "told_a", "told_b"],
  ...["posterior_a", "posterior_b", "score_a", "score_b", "of"],
];

export function clipComparisonJson(a: TestedRun, b: TestedRun, comparison: ClipComparison): JsonObject {
  const { difference: { value, low, high, p, speakers, noises, discordant }, classes, onlyA, onlyB } =
    comparison;
  const runOf = ({ run, id, metrics: { checkpoints, tested } }: TestedRun) => ({
    run,
    id,
    score: { ...checkpoints[tested].score },
  });
  const pairOf = ({ a, b }: Disagreement) => ({
    example: a.name,
    labels: [...a.labels],
    speaker: a.speaker,
    a: { told: [...a.told], posterior: a.posterior, score: a.score, of: a.of },
    b: { told: [...b.told], posterior: b.posterior, score: b.score, of: b.of },
  });
  return {
    a: runOf(a),
    b: runOf(b),
    measure: scoreColumn(a).name,
    examples: a.predictions.examples.length,
    difference: {
      ...{ value, low, high, p, speakers, noises },
      mcnemar: discordant && { only_b: discordant.gained, only_a: discordant.lost, p: discordant.p },
    },
    classes: classes.map(({ onlyA, onlyB, ...of }) => ({ ...of, only_a: onlyA, only_b: onlyB })),
    only_a: onlyA.map(pairOf),
    only_b: onlyB.map(pairOf),
  };
}
