/** The report's contents, in order. Pure. */
import type { Figure } from "../../../lib/plots/spec.ts";
import { classFigures } from "../figures/class_figures.ts";
import { probeFigures } from "../figures/probe_figures.ts";
import { conditionFigures } from "../figures/condition_figures.ts";
import { answerFigure, scoreFigures } from "../figures/score_figures.ts";
import { runWords } from "../figures/score_words.ts";
import { trainingFigures } from "../figures/training_figures.ts";
import { cellsUnder } from "../statistics/conditions.ts";
import { gainsOver, scoreCells } from "../statistics/gains.ts";
import { measureOf } from "../statistics/measure.ts";
import { groupOf } from "../statistics/selection.ts";
import { count, missingLines } from "../text/wording.ts";
import { doubtsHtml } from "./doubts.ts";
import { type Fact, factsOf } from "./facts.ts";
import { answerOf } from "./headline.ts";
import { heardHtml } from "./heard_clips.ts";
import type { ReportData } from "./report_data.ts";
import { streamParts } from "./stream_section.ts";
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
  /** How it begins: always there, there until it is folded, or folded until it is asked for. */
  readonly shown: "always" | "open" | "folded";
}

export interface ReportContents {
  readonly title: string;
  /** The answer in a line. */
  readonly lead: string;
  readonly facts: readonly Fact[];
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
      figures: gains.length === 0 ? [] : [answerFigure(gains, data.runs, measure, words)],
      table: gains.length === 0 ? "" : gainsTable(gains, measure),
      shown: "always",
    },
    {
      id: "scores",
      title: "Scores",
      text: [],
      figures: scoreFigures(data, cells),
      table: seedsTable(cells, measure),
      shown: "open",
    },
    {
      id: "noise",
      title: "Noise and levels",
      text: [],
      figures: conditionFigures(under, data.runs, measure),
      table: conditionsTable(under, measure),
      shown: "open",
    },
    { id: "stream", title: "Over long audio", ...streamParts(data), shown: "open" },
    {
      id: "errors",
      title: "Errors",
      text: [],
      figures: classFigures(data),
      table: errorsHtml(data),
      shown: "open",
    },
    { id: "training", title: "Training", text: [], figures: trainingFigures(data), table: "", shown: "open" },
    ...frontends(data),
    {
      id: "runs",
      title: "Runs",
      text: missingLines(missing).map((line) => `Failed: ${line}`),
      figures: [],
      table: runsTable(results, data.runs),
      shown: "open",
    },
  ];
  return {
    title,
    lead,
    facts: factsOf(results),
    sections: sections.filter(({ text, figures, table }) => text.length + figures.length > 0 || table !== ""),
  };
}

/** The examples themselves, and labels that look wrong. */
function errorsHtml({ heard, doubts, runs, results }: ReportData): string {
  const { example, examples } = results;
  const title = runWords(runs.find(({ run }) => run === heard.run)!);
  const { lowerIsBetter } = measureOf(results);
  const names = heard.clips.clips.map(({ name }) => name);
  return [
    heardHtml(heard, { example, examples, title, lowerIsBetter }),
    // Of sequences no label is doubted.
    results.guessing === null || runs.length < 2 ? "" : doubtsHtml(doubts.list, names, doubts.judges),
  ].filter((part) => part !== "").join("\n");
}

/** One section for each run looked into; all but the first wait until they are asked for. */
function frontends({ runs, probes }: ReportData): Section[] {
  const figures = probeFigures(probes);
  return [...Map.groupBy(figures, ({ runs }) => runs[0]!)].map(([name, of], i) => {
    const run = runs.find((r) => r.run === name)!;
    return {
      id: `frontend-${name.replace(/[^\w.=-]+/g, "_")}`,
      title: `Front-end of ${runWords(run)}`,
      short: `${groupOf(run)}: ${run.setting}`,
      text: [],
      figures: of,
      table: "",
      shown: i === 0 ? "open" : "folded",
    };
  });
}
