/** Figures of what noise and levels do to runs, and to what training bought. Pure. */
import type { Interval } from "../../../lib/metrics/interval.ts";
import { type GridPoint, intervalGrid } from "../../../lib/plots/interval_grid.ts";
import { intervalPlot } from "../../../lib/plots/interval_plot.ts";
import { extentOf, type Figure } from "../../../lib/plots/spec.ts";
import type { ReportRun } from "../page/report_data.ts";
import type { UnderCondition } from "../statistics/conditions.ts";
import type { ScoreCell } from "../statistics/gains.ts";
import { gainRecord } from "../tables/gain_cells.ts";
import { gainBasis, type Measure } from "../statistics/measure.ts";
import { groupOf } from "../statistics/selection.ts";
import { count, percent, signed, titled } from "../text/wording.ts";
import { changeIn, identity, inPercent, sizeWords } from "./score_words.ts";

/** @param under Recordings as they are, then each condition; none: there are no figures. @param runs All of the report. */
export function conditionFigures(
  under: readonly UnderCondition[],
  runs: readonly ReportRun[],
  measure: Measure,
): Figure[] {
  const found = under.flatMap(({ title, cells }) => cells.map((cell): Under => ({ title, cell })));
  if (found.length === 0) return [];
  const gains = found.filter(({ cell }) => cell.gain !== null);
  return [...(gains.length === 0 ? [] : [gainFigure(gains, measure)]), levelFigure(found, runs, measure)];
}

interface Under {
  /** Of the condition. */
  readonly title: string;
  readonly cell: ScoreCell;
}

/** The study in one picture: what training bought, over the number of bands and the noise in the test. */
function gainFigure(gains: readonly Under[], measure: Measure): Figure {
  const overBands = new Set(gains.map(({ cell }) => cell.bands)).size > 1;
  const points = gains.map(({ title, cell }): GridPoint => {
    const gain = cell.gain!;
    return {
      setting: cell.setting,
      row: groupOf(cell),
      column: overBands ? title : count(cell.bands, "band"),
      x: overBands ? cell.bands : title,
      ...inPercent(gain),
      note: `${groupOf(cell)}, ${cell.setting} against A, ${count(cell.bands, "band")}, ${title}: ${
        signed(gain.value)
      } points (${signed(gain.low)} to ${signed(gain.high)}), ${count(cell.runs.length, "run")}`,
    };
  });
  const { lowerIsBetter, name } = measure;
  return {
    id: "when",
    title: "When training pays",
    reading:
      `What training the front-end's parts changed about test ${name}, in percentage points, against the run of the same ` +
      `front-end, model, number of bands and seed with nothing trained, on the same recordings` +
      `${
        overBands ? ": from left to right with more noise, in each drawing over the number of bands" : ""
      }. A bar that ` +
      `crosses the dashed line at 0 cannot be told from chance (95 % intervals ${
        gainBasis(gains.map(({ cell }) => cell), measure)
      })${lowerIsBetter ? "; below 0 is better" : ""}.`,
    panels: [{
      id: "gains",
      title: "",
      spec: intervalGrid(points, {
        x: overBands ? "number of bands" : "noise in the test",
        y: `${changeIn(measure)} (points)`,
      }),
    }],
    data: gains.map(({ title, cell }) => ({
      ...identity(cell),
      condition: title,
      ...gainRecord(cell.gain!),
    })),
    runs: [...new Set(gains.flatMap(({ cell }) => cell.runs))],
  };
}

function levelFigure(found: readonly Under[], runs: readonly ReportRun[], measure: Measure): Figure {
  const several = found.some(({ cell }) => cell.runs.length > 1);
  const sized = new Set(found.map(({ cell }) => cell.bands)).size > 1;
  const panels = Map.groupBy(found, ({ cell }) => JSON.stringify([groupOf(cell), sized ? cell.bands : ""]));
  const extent = extentOf(
    found.map(({ cell }) => inPercent(cell.score)).flatMap(({ low, high }) => [low, high]),
  );
  return {
    id: "noise",
    title: `${titled(measure.name)} in noise`,
    reading: `On the test split as it is, and with what is added to it: speech over noise in dB. ${
      measure.lowerIsBetter ? "Lower is better; b" : "B"
    }ars are ${
      several ? "95 % intervals of the mean, over seeds and over what was tested" : measure.interval
    }.`,
    panels: [...panels.values()].map((of, i) => {
      const names = new Set(of.flatMap(({ cell }) => cell.runs));
      const title = `${groupOf(of[0]!.cell)}, ${sizeWords(runs.filter(({ run }) => names.has(run)))}`;
      return {
        id: `group${i + 1}`,
        title,
        spec: intervalPlot(
          of.map(({ title: x, cell }) => ({
            setting: cell.setting,
            x,
            ...inPercent(cell.score),
            note: `${title}, ${cell.setting}, ${x}: ${ofInterval(cell.score)}`,
          })),
          { x: "noise in the test", y: `test ${measure.name} (%)`, joined: true, extent },
        ),
      };
    }),
    data: found.map(({ title, cell }) => ({ ...identity(cell), condition: title, ...cell.score })),
    runs: [...new Set(found.flatMap(({ cell }) => cell.runs))],
  };
}

function ofInterval({ value, low, high }: Interval): string {
  return `${percent(value)} (${percent(low)} to ${percent(high)})`;
}
