/** The report's contents, in order. Pure. */
import type { Figure } from "../../../lib/plots/spec.ts";
import { classFigures } from "../figures/class_figures.ts";
import { probeFigures } from "../figures/probe_figures.ts";
import { conditionFigures } from "../figures/condition_figures.ts";
import { answerFigure, scoreFigures } from "../figures/score_figures.ts";
import { trainingFigures } from "../figures/training_figures.ts";
import { cellsUnder } from "../statistics/conditions.ts";
import { gainsOver, scoreCells } from "../statistics/gains.ts";
import { measureOf } from "../statistics/measure.ts";
import { groupOf } from "../statistics/selection.ts";
import { count, missingLines } from "../text/wording.ts";
import { alignmentsHtml } from "./alignments.ts";
import { answerOf } from "./headline.ts";
import type { ReportData } from "./report_data.ts";
import { conditionsTable, gainsTable, runsTable, seedsTable } from "./tables.ts";

export interface Section {
  readonly id: string;
  readonly title: string;
  /** In the list of contents, where the title is too long for it. */
  readonly short?: string;
  /** Paragraphs above the figures. */
  readonly text: readonly string[];
  readonly figures: readonly Figure[];
  /** HTML, below the figures; may be empty. */
  readonly table: string;
}

export interface ReportContents {
  readonly title: string;
  /** The answer in a line. */
  readonly lead: string;
  /** Sections with something in them. */
  readonly sections: readonly Section[];
}

export function reportContents(data: ReportData): ReportContents {
  const { title, results } = data;
  const { rows, missing } = results;
  const measure = measureOf(results);
  const gains = gainsOver(rows, data.outcomes);
  const cells = scoreCells(rows, data.outcomes);
  const under = cellsUnder(results, cells, data.outcomesUnder);
  const words = new Map(data.runs.map(({ run, trained }) => [run, Object.values(trained)]));
  const { lead, sentences } = answerOf(gains, measure, words);
  const sections: Section[] = [
    {
      id: "answer",
      title: "What did training the basis buy?",
      text: [
        ...sentences,
        ...(missing.length > 0
          ? [`${count(missing.length, "run")} failed and cannot be shown: see Runs.`]
          : []),
      ],
      figures: gains.length === 0 ? [] : [answerFigure(gains, measure, words)],
      table: gains.length === 0 ? "" : gainsTable(gains, measure),
    },
    {
      id: "scores",
      title: "Scores",
      text: [],
      figures: scoreFigures(data, cells),
      table: seedsTable(cells, measure),
    },
    {
      id: "noise",
      title: "Noise and levels",
      text: [],
      figures: conditionFigures(under, measure),
      table: conditionsTable(under, measure),
    },
    {
      id: "errors",
      title: "Errors",
      text: [],
      figures: classFigures(data),
      table: alignmentsHtml(results.told),
    },
    { id: "training", title: "Training", text: [], figures: trainingFigures(data), table: "" },
    ...frontends(data),
    {
      id: "runs",
      title: "Runs",
      text: missingLines(missing).map((line) => `Failed: ${line}`),
      figures: [],
      table: runsTable(results, data.runs),
    },
  ];
  return {
    title,
    lead,
    sections: sections.filter(({ text, figures, table }) => text.length + figures.length > 0 || table !== ""),
  };
}

function shortName({ runs }: ReportData, name: string): string {
  const run = runs.find((r) => r.run === name)!;
  return `${groupOf(run)}: ${run.setting}`;
}

/** One section for each run looked into. */
function frontends(data: ReportData): Section[] {
  const figures = probeFigures(data.probes);
  return [...Map.groupBy(figures, ({ runs }) => runs[0]!)].map(([run, of]) => ({
    id: `frontend-${run.replace(/[^\w.=-]+/g, "_")}`,
    title: `Front-end of ${run}`,
    short: shortName(data, run),
    text: [],
    figures: of,
    table: "",
  }));
}
