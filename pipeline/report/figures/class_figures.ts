/** Figures by class: what is taken for what, precision, recall and F1. Pure. */
import { classScorePlot, confusedPairsPlot, confusionPlot } from "../../../lib/plots/class_plots.ts";
import type { Figure } from "../../../lib/plots/spec.ts";
import type { ReportData, ReportRun } from "../page/report_data.ts";
import { type ClassScores, classScores, confusedPairs, type Confusion } from "../statistics/class_scores.ts";
import { groupOf, typical } from "../statistics/selection.ts";
import { runWords, sizeWords } from "./score_words.ts";

/** More panels would be more than anybody looks at; the data hold all runs. */
const MOST_GROUPS = 4;
/** More would be no longer the most frequent. */
const MOST_PAIRS = 20;
/** Rows of a drawing by class; the classes that there is most of are shown. */
const MOST_CLASSES = 40;

interface Known {
  readonly run: ReportRun;
  readonly confusion: Confusion;
  readonly scores: readonly ClassScores[];
}

interface Group {
  readonly title: string;
  /** One for each setting. */
  readonly of: readonly Known[];
}

export function classFigures(
  { runs, metrics, results }: Pick<ReportData, "runs" | "metrics" | "results">,
): Figure[] {
  const known = runs.flatMap((run): Known[] => {
    const found = metrics.get(run.run);
    if (found === undefined) return [];
    const { confusion } = found.checkpoints[found.tested];
    return [{ run, confusion, scores: classScores(confusion) }];
  });
  if (known.length === 0) return [];
  const groups = [...Map.groupBy(known, ({ run }) => groupOf(run))].slice(0, MOST_GROUPS)
    .map(([title, of]): Group => {
      const chosen = new Set(typical(of.map(({ run }) => run)));
      const typicalOf = of.filter(({ run }) => chosen.has(run));
      return { title: `${title}, ${sizeWords(typicalOf.map(({ run }) => run))}`, of: typicalOf };
    });
  const ends = groups.flatMap(({ of }) =>
    [...new Set([of[0]!, of.at(-1)!])].map((end) => ({ ...end, title: runWords(end.run) }))
  );
  return [
    confusionFigure(ends, known),
    ...pairsFigure(ends, results.examples),
    // Where nothing at all is told right there is nothing to be seen.
    ...(known.some(({ scores }) => scores.some(({ f1 }) => f1 > 0)) ? [scoresFigure(groups, known)] : []),
  ];
}

type Shown = Known & { readonly title: string };

function confusionFigure(ends: readonly Shown[], known: readonly Known[]): Figure {
  return {
    id: "confusion",
    title: "Confusion",
    reading:
      "Rows are the true classes, columns what the model took them for; the stronger the colour, the larger the share " +
      "of the row, and numbers count them.",
    panels: ends.map(({ run, title, confusion: { labels, counts } }) => ({
      id: fileSafe(run.run),
      title,
      spec: confusionPlot(labels, counts),
    })),
    data: known.flatMap(({ run, confusion: { labels, counts } }) =>
      counts.flatMap((row, i) =>
        row.map((count, j) => ({ run: run.run, truth: labels[i]!, predicted: labels[j]!, count }))
      )
    ),
    runs: ends.map(({ run }) => run.run),
  };
}

/** None where nobody made an error. */
function pairsFigure(shown: readonly Shown[], examples: string): Figure[] {
  const pairs = (of: Shown) => confusedPairs(of.confusion).slice(0, MOST_PAIRS);
  const ends = shown.filter((end) => pairs(end).length > 0);
  const most = Math.max(...ends.flatMap((end) => pairs(end).map(({ count }) => count)));
  return ends.length === 0 ? [] : [{
    id: "pairs",
    title: "Most frequent errors",
    reading: "How often a label was heard for another, inserted where none was said, or left out.",
    panels: ends.map((end) => ({
      id: fileSafe(end.run.run),
      title: end.title,
      spec: confusedPairsPlot(pairs(end), `occurrences in the test ${examples}`, most),
    })),
    data: ends.flatMap((end) => pairs(end).map((pair) => ({ run: end.run.run, ...pair }))),
    runs: ends.map(({ run }) => run.run),
  }];
}

function scoresFigure(groups: readonly Group[], known: readonly Known[]): Figure {
  return {
    id: "classes",
    title: "Precision, recall and F1 by class",
    reading:
      "Precision: of what was taken for a class, the share that is of it; recall: of what is of a class, the share taken " +
      "for it; F1: their harmonic mean; each mark is one setting.",
    panels: groups.flatMap(({ title, of }, i) => {
      const labels = mostFrequent(of[0]!.scores);
      return (["precision", "recall", "f1"] as const).map((score) => ({
        id: `group${i + 1}-${score}`,
        title,
        spec: classScorePlot(
          labels,
          of.flatMap(({ run: { setting }, scores }) =>
            scores.filter(({ label }) => labels.includes(label))
              .map((record) => ({ setting, label: record.label, score: record[score] }))
          ),
          `${score === "f1" ? "F1" : score} (%)`,
        ),
      }));
    }),
    data: known.flatMap(({ run: { run, setting }, scores }) =>
      scores.map((record) => ({ run, setting, ...record }))
    ),
    runs: groups.flatMap(({ of }) => of.map(({ run }) => run.run)),
  };
}

/** Labels in their own order. */
function mostFrequent(scores: readonly ClassScores[]): string[] {
  const kept = new Set(scores.toSorted((a, b) => b.support - a.support).slice(0, MOST_CLASSES));
  return scores.filter((record) => kept.has(record)).map(({ label }) => label);
}

function fileSafe(run: string): string {
  return run.replace(/[^\w.=-]+/g, "_");
}
