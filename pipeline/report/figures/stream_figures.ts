/** Figures of networks that listened to streams: misses against false alarms. Pure. */
import { alarmPlot, detPlot } from "../../../lib/plots/det_plot.ts";
import { intervalPlot } from "../../../lib/plots/interval_plot.ts";
import type { Figure, Panel } from "../../../lib/plots/spec.ts";
import type { StreamRecord } from "../../../lib/records/stream.ts";
import type { ReportRun } from "../page/report_data.ts";
import { averageInterval } from "../statistics/intervals.ts";
import { groupOf } from "../statistics/selection.ts";
import { curvesOf } from "../text/stream.ts";
import { count } from "../text/wording.ts";
import { inPercent, runWords, sizeWords } from "./score_words.ts";
import { alarmCurve, detCurve, rangeText } from "./stream_curves.ts";

/** A run and what its network did on a stream. */
export interface StreamedRun {
  readonly run: ReportRun;
  readonly record: StreamRecord;
}

/** @param streamed None: there are no figures. */
export function streamFigures(streamed: readonly StreamedRun[]): Figure[] {
  const isLabelled = ({ record }: StreamedRun) => detCurve(record) !== undefined;
  const labelled = streamed.filter(isLabelled);
  const others = streamed.filter((one) => !isLabelled(one));
  return [
    ...(labelled.length === 0 ? [] : [detFigure(labelled), missesFigure(labelled)]),
    ...(others.length === 0 ? [] : [alarmsFigure(others)]),
  ];
}

function detFigure(streamed: readonly StreamedRun[]): Figure {
  const own = streamed.some(({ record: { common } }) => common !== undefined);
  return {
    id: "det",
    title: "Words missed against false alarms",
    reading:
      "Each curve goes through all thresholds; the nearer it comes to the corner at the bottom left, the better. The mark is the " +
      "operating point, which was chosen on another stream, with 95 % intervals (words: Wilson's; alarms: Poisson's). To " +
      "the left end no alarm is left, which in so many hours does not say that there is none." +
      (own
        ? " Where words have thresholds of their own, these are moved together; dashed is one threshold for all words, " +
          "with the smoothing and patience that are best for that."
        : ""),
    panels: panelsOf(streamed, (of) => detPlot(of.map(({ run, record }) => detCurve(record, run.setting)!))),
    data: streamed.flatMap((one) => pointsOf(one)),
    runs: streamed.map(({ run }) => run.run),
  };
}

function alarmsFigure(streamed: readonly StreamedRun[]): Figure {
  return {
    id: "alarms",
    title: "False alarms over the threshold",
    reading:
      "Nobody labelled words in this stream, so that every detection counts as a false alarm and nothing is known of misses. The " +
      "mark is the operating point with its 95 % interval (Poisson's).",
    panels: panelsOf(
      streamed,
      (of) => alarmPlot(of.map(({ run, record }) => alarmCurve(record, run.setting))),
    ),
    data: streamed.flatMap((one) => pointsOf(one)),
    runs: streamed.map(({ run }) => run.run),
  };
}

/** What is missed at each rate of false alarms, means over seeds. */
function missesFigure(streamed: readonly StreamedRun[]): Figure {
  const several = new Set(streamed.map(({ run }) => run.seed)).size > 1;
  const found = [...Map.groupBy(streamed, ({ run }) => JSON.stringify([panelKey(run), run.setting])).values()]
    .flatMap((seeds) => {
      const { run, record } = seeds[0]!;
      return record.atRates.map(({ perHour }, i) => ({
        run,
        perHour,
        runs: seeds.map(({ run }) => run.run),
        missed: averageInterval(seeds.map(({ record }) => record.atRates[i]!.missRate!)),
      }));
    });
  return {
    id: "misses",
    title: "Words missed at rates of false alarms",
    reading:
      "The fewest misses of all thresholds with at most so many false alarms an hour; lower is better. A stream that is too short " +
      `for a rate allows no alarm at all there. Bars are 95 % intervals (Wilson's)${
        several ? ", averaged over seeds" : ""
      }.`,
    panels: [...Map.groupBy(found, ({ run }) => panelKey(run)).values()].map((of, i) => ({
      id: `group${i + 1}`,
      title: `${groupOf(of[0]!.run)}, ${count(of[0]!.run.bands, "band")}`,
      spec: intervalPlot(
        of.map(({ run, perHour, missed }) => ({
          setting: run.setting,
          x: `${perHour}`,
          ...inPercent(missed),
          note: `${run.setting}, at most ${perHour} false alarms an hour: ${rangeText(missed)} missed`,
        })),
        { x: "at most so many false alarms an hour", y: "words missed (%)", joined: true, extent: [0, 100] },
      ),
    })),
    data: found.map(({ run, perHour, runs, missed }) => ({
      model: run.model,
      frontend: run.frontend,
      setting: run.setting,
      bands: run.bands,
      other: JSON.stringify(run.other),
      runs: runs.join(" "),
      false_alarms_per_hour: perHour,
      miss_rate: missed.value,
      low: missed.low,
      high: missed.high,
    })),
    runs: streamed.map(({ run }) => run.run),
  };
}

/** A drawing for each group and number of bands. */
function panelsOf(
  streamed: readonly StreamedRun[],
  specOf: (of: readonly StreamedRun[]) => Panel["spec"],
): Panel[] {
  return [...Map.groupBy(streamed, ({ run }) => panelKey(run)).values()].map((of, i) => ({
    id: `group${i + 1}`,
    title: of.length === 1
      ? runWords(of[0]!.run)
      : `${groupOf(of[0]!.run)}, ${sizeWords(of.map(({ run }) => run))}`,
    spec: specOf(of),
  }));
}

function panelKey(run: ReportRun): string {
  return JSON.stringify([groupOf(run), run.bands]);
}

function pointsOf({ run, record }: StreamedRun) {
  const { test } = record;
  return curvesOf(record).flatMap(({ whose, curve }) =>
    curve.map(({ threshold, missed, falseAlarms, latencySeconds }) => ({
      run: run.run,
      setting: run.setting,
      thresholds: whose,
      threshold: threshold ?? "infinity",
      missed: test.words ? missed : null,
      words: test.words,
      false_alarms: falseAlarms,
      hours: test.hours,
      false_alarms_per_hour: falseAlarms / test.hours,
      latency_seconds: latencySeconds,
    }))
  );
}
