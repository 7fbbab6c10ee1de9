/** Figures over all runs: scores, gain over setting A, masked bands. Pure. */
import type { Json } from "../../../lib/base/json.ts";
import { forestPlot, intervalPlot, type IntervalPoint } from "../../../lib/plots/interval_plot.ts";
import { maskPlot } from "../../../lib/plots/mask_plot.ts";
import { extentOf, type Figure, type Panel } from "../../../lib/plots/spec.ts";
import type { Gain, ScoreCell } from "../statistics/gains.ts";
import type { Interval } from "../../../lib/metrics/interval.ts";
import { trainedIn, type TrainedWords } from "../page/headline.ts";
import type { ReportData, ReportRun } from "../page/report_data.ts";
import { gainRecord } from "../tables/gain_cells.ts";
import { gainBasis, type Measure, measureOf } from "../statistics/measure.ts";
import { groupOf, isSetting } from "../statistics/selection.ts";
import { count, listed, percent, signed, titled, valueText } from "../text/wording.ts";
import { changeIn, identity, inPercent, sizeWords } from "./score_words.ts";

/** What runs differ in where a part of the spectrum is set to zero. */
const MASK = "frontend.mask";

/** @param cells Of all runs. */
export function scoreFigures(
  { results, runs }: Pick<ReportData, "results" | "runs">,
  cells: readonly ScoreCell[],
): Figure[] {
  const measure = measureOf(results);
  const gains = cells.filter(({ gain }) => gain !== null);
  return [
    levelFigure(cells, runs, measure),
    ...(gains.length > 0 && varies(gains) ? [gainFigure(gains, runs, measure)] : []),
    ...maskFigures(cells, runs, measure),
  ];
}

/** What a drawing of some cells says of their sizes and seeds. */
function sizesOf(cells: readonly Pick<ScoreCell, "runs">[], runs: readonly ReportRun[]): string {
  const names = new Set(cells.flatMap(({ runs }) => runs));
  return sizeWords(runs.filter(({ run }) => names.has(run)));
}

/** Whether there is more to a gain than its setting, model and front-end, which the answer has. */
function varies(cells: readonly ScoreCell[]): boolean {
  return new Set(cells.map(({ bands }) => bands)).size > 1 ||
    cells.some(({ other }) => Object.keys(other).length > 0);
}

/** The answer in one drawing: all gains below each other. @param runs All of the report. */
export function answerFigure(
  gains: readonly Gain[],
  runs: readonly ReportRun[],
  measure: Measure,
  words: TrainedWords,
): Figure {
  const several = new Set(gains.map(({ group }) => group)).size > 1;
  const values = gains.map((g) => ({
    setting: g.setting,
    line: several ? `${g.group}: ${g.setting}` : lineOf(g, words),
    ...inPercent(g.gain),
    note: `${g.group}, ${g.setting} against A: ${signed(g.gain.value)} points (${signed(g.gain.low)} to ${
      signed(g.gain.high)
    })`,
  }));
  return {
    id: "answer",
    title: titled(changeIn(measure)),
    reading:
      `Each mark is the mean difference in test ${measure.name} to the same run with nothing of its front-end ` +
      `trained${
        measure.lowerIsBetter ? ", better towards the left" : ""
      }; a bar that crosses the dashed line at 0 cannot ` +
      `be told from chance (95 % intervals ${gainBasis(gains, measure)}).`,
    panels: [{
      id: "gains",
      title: sizesOf(gains, runs),
      spec: forestPlot(values, `${changeIn(measure)} (points)`),
    }],
    data: gains.map(({ group, setting, gain, score, scoreInA, seeds, sizes }) => ({
      group,
      setting,
      gain: gain.value,
      low: gain.low,
      high: gain.high,
      score,
      score_in_a: scoreInA,
      seeds,
      sizes,
    })),
    runs: [...new Set(gains.flatMap(({ runs }) => runs))],
  };
}

function lineOf(gain: Gain, words: TrainedWords): string {
  const parts = listed(trainedIn(gain, words));
  return isSetting(gain.setting) ? `${gain.setting}: ${parts}` : parts;
}

function levelFigure(cells: readonly ScoreCell[], runs: readonly ReportRun[], measure: Measure): Figure {
  const several = cells.some(({ runs }) => runs.length > 1);
  return {
    id: "accuracy",
    title: titled(measure.name),
    reading: `Of the checkpoint that counts, on the test split${
      measure.lowerIsBetter ? "; lower is better" : ""
    }; ${
      several
        ? `bars are 95 % intervals of the mean, over seeds and over what was tested (a single run's: ${measure.interval}).`
        : `bars are ${measure.interval}.`
    }`,
    panels: panelsOf(cells, runs, (cell) => cell.score, `test ${measure.name} (%)`, false),
    data: cells.map((cell) => ({ ...identity(cell), ...cell.score })),
    runs: cells.flatMap(({ runs }) => runs),
  };
}

function gainFigure(cells: readonly ScoreCell[], runs: readonly ReportRun[], measure: Measure): Figure {
  return {
    id: "gain",
    title: titled(changeIn(measure)),
    reading:
      `Test ${measure.name} minus that of the same run with nothing of its front-end trained, in percentage ` +
      `points${measure.lowerIsBetter ? "; below 0 is better" : ""}; bars are 95 % intervals ${
        gainBasis(cells, measure)
      }.`,
    panels: panelsOf(cells, runs, (cell) => cell.gain!, `${changeIn(measure)} (points)`, true),
    data: cells.map((cell) => ({ ...identity(cell), ...gainRecord(cell.gain!) })),
    runs: cells.flatMap(({ runs }) => runs),
  };
}

/** Over `bands` if that varies, else over what else does, else over the settings; all on one scale. */
function panelsOf(
  cells: readonly ScoreCell[],
  runs: readonly ReportRun[],
  figure: (cell: ScoreCell) => Interval,
  title: string,
  zero: boolean,
): Panel[] {
  const overBands = new Set(cells.map(({ bands }) => bands)).size > 1;
  const keys = [...new Set(cells.flatMap(({ other }) => Object.keys(other)))];
  const overOther = !overBands && keys.length > 0;
  const groups = Map.groupBy(
    cells,
    (cell) => overOther ? groupOf({ ...cell, other: {} }) : groupOf(cell),
  );
  const extent = extentOf(boundsOf(cells.map(figure)), zero ? [0] : []);
  return [...groups].map(([group, of], i) => {
    const values = of.map((cell): IntervalPoint => {
      const interval = figure(cell);
      return {
        setting: cell.setting,
        x: overBands ? cell.bands : overOther ? otherText(cell.other, keys) : cell.setting,
        ...inPercent(interval),
        note: `${group}, ${cell.setting}, ${count(cell.bands, "band")}: ${
          zero ? `${signed(interval.value)} points` : percent(interval.value)
        } (${zero ? signed(interval.low) : percent(interval.low)} to ${
          zero ? signed(interval.high) : percent(interval.high)
        }), ${count(cell.runs.length, "run")}`,
      };
    });
    return {
      id: `group${i + 1}`,
      title: `${group}, ${sizesOf(of, runs)}`,
      spec: intervalPlot(values, {
        extent,
        x: overBands ? "number of bands" : overOther ? keys.join(", ") : null,
        y: title,
        zero,
        steep: overOther,
      }),
    };
  });
}

/** In percent. */
function boundsOf(intervals: readonly Interval[]): number[] {
  return intervals.map(inPercent).flatMap(({ low, high }) => [low, high]);
}

function otherText(other: Readonly<Record<string, Json>>, keys: readonly string[]): string | number {
  if (keys.length === 1 && typeof other[keys[0]!] === "number") return other[keys[0]!] as number;
  return keys.map((key) => valueText(other[key] ?? "none")).join(", ");
}

function maskFigures(cells: readonly ScoreCell[], runs: readonly ReportRun[], measure: Measure): Figure[] {
  if (!cells.some(({ other }) => MASK in other)) return [];
  const without = (cell: ScoreCell) => {
    const { [MASK]: _, ...other } = cell.other;
    return groupOf({ ...cell, other });
  };
  const maskOf = new Map(runs.map(({ run, maskedHz }) => [run, maskedHz]));
  const bandOf = ({ runs: [first] }: ScoreCell) => maskOf.get(first!) ?? null;
  const extent = extentOf(boundsOf(cells.map(({ score }) => score)));
  const groups = Map.groupBy(cells, (cell) => JSON.stringify([without(cell), cell.bands])).values();
  const panels = [...groups].map((of, i) => ({
    id: `group${i + 1}`,
    title: `${without(of[0]!)}, ${sizesOf(of, runs)}`,
    spec: maskPlot(
      of.map((cell) => {
        const band = bandOf(cell);
        const where = band === null
          ? "nothing masked"
          : `${band[0].toFixed(0)} to ${band[1].toFixed(0)} Hz masked`;
        return {
          setting: cell.setting,
          band,
          ...inPercent(cell.score),
          note: `${cell.setting}, ${where}: ${percent(cell.score.value)}`,
        };
      }),
      { highestHz: runs[0]!.sampleRate / 2, title: `test ${measure.name} (%)`, extent },
    ),
  }));
  return [{
    id: "mask",
    title: `${titled(measure.name)} with a band of the spectrum masked`,
    reading:
      "Each bar spans the frequencies that were set to zero, at the score that is left without them; dashed lines " +
      "are the same settings with nothing masked.",
    panels,
    data: cells.map((cell) => {
      const band = bandOf(cell);
      return {
        ...identity(cell),
        mask_from_hz: band?.[0] ?? null,
        mask_to_hz: band?.[1] ?? null,
        ...cell.score,
      };
    }),
    runs: cells.flatMap(({ runs }) => runs),
  }];
}
