/** Figures by class: what is taken for what, precision, recall and F1. Pure. */
import { classScorePlot, confusedPairsPlot, confusionPlot } from "../../lib/plots/class_plots.ts";
import type { Figure } from "../../lib/plots/spec.ts";
import type { ReportData } from "./report_data.ts";
import { groupOf, typical } from "./selection.ts";

/** More panels would be more than anybody looks at; the data hold all runs. */
const MOST_GROUPS = 4;

export function classFigures({ runs, metrics }: Pick<ReportData, "runs" | "metrics">): Figure[] {
  const known = runs.filter(({ run }) => metrics.has(run));
  if (known.length === 0) return [];
  const groups = [...Map.groupBy(known, (run) => groupOf(run))].slice(0, MOST_GROUPS)
    .map(([group, of]) => [group, typical(of)] as const);
  const ends = groups.flatMap(([group, of]) =>
    [...new Set([of[0]!, of.at(-1)!])].map((run) => ({ ...run, title: `${group}: ${run.setting}` }))
  );
  const [first] = ends;
  if (metrics.get(first!.run)!.perClass.length === 0) {
    return [confusionFigure(ends, known, metrics), pairsFigure(ends, metrics)];
  }
  return [
    confusionFigure(ends, known, metrics),
    {
      id: "classes",
      title: "Precision, recall and F1 by class",
      reading:
        "Precision: of the clips taken for a class, the share that are of it; recall: of the clips of a class, the " +
        "share taken for it; F1: their harmonic mean; each mark is one setting.",
      panels: groups.flatMap(([group, of], i) =>
        (["precision", "recall", "f1"] as const).map((score) => ({
          id: `group${i + 1}-${score}`,
          title: groups.length > 1 ? group : "",
          spec: classScorePlot(
            metrics.get(of[0]!.run)!.classes,
            of.flatMap(({ run, setting }) =>
              metrics.get(run)!.perClass.map((record) => ({
                setting,
                label: record.label,
                score: record[score],
              }))
            ),
            `${score === "f1" ? "F1" : score} (%)`,
          ),
        }))
      ),
      data: known.flatMap(({ run, setting }) =>
        metrics.get(run)!.perClass.map(({ label, precision, recall, f1, support }) => ({
          run,
          setting,
          label,
          precision,
          recall,
          f1,
          clips: support,
        }))
      ),
      runs: groups.flatMap(([, of]) => of.map(({ run }) => run)),
    },
  ];
}

interface ShownRun {
  readonly run: string;
  readonly title: string;
}

function confusionFigure(
  ends: readonly ShownRun[],
  known: readonly { readonly run: string }[],
  metrics: ReportData["metrics"],
): Figure {
  return {
    id: "confusion",
    title: "Confusion",
    reading:
      "Rows are the true classes, columns what the model took their clips for; the stronger the colour, the " +
      "larger the share of the row, and numbers count them.",
    panels: ends.map(({ run, title }) => {
      const { classes, confusion } = metrics.get(run)!;
      return { id: fileSafe(run), title, spec: confusionPlot(classes, confusion) };
    }),
    data: known.flatMap(({ run }) => {
      const { classes, confusion } = metrics.get(run)!;
      return confusion.flatMap((row, i) =>
        row.map((clips, j) => ({ run, truth: classes[i]!, predicted: classes[j]!, clips }))
      );
    }),
    runs: ends.map(({ run }) => run),
  };
}

/** More would be no longer the most frequent. */
const MOST_PAIRS = 20;

/** Of labels in sequences: errors by kind, which a large matrix hides. */
function pairsFigure(ends: readonly ShownRun[], metrics: ReportData["metrics"]): Figure {
  const pairsOf = (run: string) => {
    const { classes, confusion } = metrics.get(run)!;
    const nothing = classes.length - 1;
    return confusion.flatMap((row, i) =>
      row.flatMap((count, j) => {
        if (i === j || count === 0) return [];
        const [said, heard] = [classes[i]!, classes[j]!];
        const pair = i === nothing
          ? `${heard} inserted`
          : j === nothing
          ? `${said} left out`
          : `${heard} for ${said}`;
        return [{ pair, count }];
      })
    ).sort((a, b) => b.count - a.count).slice(0, MOST_PAIRS);
  };
  return {
    id: "pairs",
    title: "Most frequent errors",
    reading: "How often a label was heard for another, inserted where none was said, or left out.",
    panels: ends.map(({ run, title }) => ({
      id: fileSafe(run),
      title,
      spec: confusedPairsPlot(pairsOf(run), "occurrences in the test split"),
    })),
    data: ends.flatMap(({ run }) => pairsOf(run).map((pair) => ({ run, ...pair }))),
    runs: ends.map(({ run }) => run),
  };
}

function fileSafe(run: string): string {
  return run.replace(/[^\w.=-]+/g, "_");
}
