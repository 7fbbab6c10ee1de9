/** What networks did on streams, as the page tells it. Pure. */
import type { Figure } from "../../../lib/plots/spec.ts";
import type { StreamRecord } from "../../../lib/records/stream.ts";
import { runWords } from "../figures/score_words.ts";
import { rangeText } from "../figures/stream_curves.ts";
import { type StreamedRun, streamFigures } from "../figures/stream_figures.ts";
import { alarmsText, shortText, thresholdText } from "../text/stream.ts";
import { count, duration, figure } from "../text/wording.ts";
import { type HtmlCell, sortableTable } from "./markup.ts";
import type { ReportData } from "./report_data.ts";

export interface StreamParts {
  /** Paragraphs. */
  readonly text: readonly string[];
  readonly figures: readonly Figure[];
  /** HTML; empty where no run listened to a stream. */
  readonly table: string;
}

/** Of all runs that listened to one. */
export function streamParts({ runs, streams }: Pick<ReportData, "runs" | "streams">): StreamParts {
  const streamed = runs.flatMap((run): StreamedRun[] => {
    const record = streams.get(run.run);
    return record === undefined ? [] : [{ run, record }];
  });
  if (streamed.length === 0) return { text: [], figures: [], table: "" };
  return {
    text: [
      ...bestText(streamed),
      ...streamed.flatMap(commonText),
      ...distinct(streamed, ({ record }) => [sourceText(record)]),
      ...distinct(streamed, ({ record }) => shortText(record)),
    ],
    figures: streamFigures(streamed),
    table: `${missesTable(streamed)}\n${pointsTable(streamed)}`,
  };
}

function distinct(streamed: readonly StreamedRun[], of: (one: StreamedRun) => readonly string[]): string[] {
  return [...new Set(streamed.flatMap(of))];
}

/** The run whose operating point misses least. */
function bestText(streamed: readonly StreamedRun[]): string[] {
  const known = streamed.filter(({ record }) => record.operating.missRate !== null);
  if (known.length === 0) return [];
  const rate = ({ record }: StreamedRun) => record.operating.missRate!.value;
  const { run, record: { operating, test } } = known.reduce((a, b) => rate(b) < rate(a) ? b : a);
  return [
    `${known.length === 1 ? "" : "Fewest missed: "}${runWords(run)} misses ${
      rangeText(operating.missRate!)
    } of ${count(test.words!, "word")} at its operating point; false alarms: ${
      alarmsText(operating.falseAlarms, operating.alarmsPerHour, test.hours)
    }.`,
  ];
}

/** What words' own thresholds are worth, where they were chosen. */
function commonText({ run, record: { common, test } }: StreamedRun): string[] {
  if (common === undefined || common.operating.missRate === null) return [];
  const { missRate, falseAlarms, alarmsPerHour } = common.operating;
  return [
    `Each word of ${
      runWords(run)
    } has a threshold of its own. With one for all words, chosen likewise, it misses ${
      rangeText(missRate)
    }; false alarms: ${alarmsText(falseAlarms, alarmsPerHour, test.hours)}.`,
  ];
}

/** What was listened to. */
function sourceText(
  { test, development, operatingPoint: { chosenOn }, toleranceSeconds }: StreamRecord,
): string {
  const said = test.words === null
    ? "without labels, so that every detection counts as a false alarm"
    : `with ${count(test.words, "word")}, each of which counts from its start to ${
      figure(toleranceSeconds)
    } s behind its end`;
  return `Listened to ${test.stream} (${
    duration(3600 * test.hours)
  }) ${said}. Threshold, smoothing and patience were chosen ` +
    `on another stream, ${development.stream} (${
      duration(3600 * chosenOn.hours)
    }), for the fewest misses with at most ${figure(chosenOn.allowedPerHour)} false alarms an hour.`;
}

function missesTable(streamed: readonly StreamedRun[]): string {
  const rates = [...new Set(streamed.flatMap(({ record }) => record.atRates.map(({ perHour }) => perHour)))];
  const own = streamed.some(({ record }) => record.common !== undefined);
  return sortableTable(
    "Words missed at the best threshold with at most so many false alarms an hour, and at the operating point, with 95 % intervals" +
      (own ? ". Where words have thresholds of their own, these are moved together for each rate" : ""),
    [
      { title: "run" },
      { title: "words", numeric: true, once: true },
      ...rates.map((rate) => ({ title: `${rate} an hour`, numeric: true })),
      { title: "operating point", numeric: true },
      ...(own ? [{ title: "with one threshold", numeric: true }] : []),
    ],
    streamed.map(({ run, record: { test, atRates, operating, common } }) => [
      { text: run.run, run: run.run },
      { text: test.words === null ? "not labelled" : String(test.words), value: test.words },
      ...rates.map((rate) => missCell(atRates.find(({ perHour }) => perHour === rate)?.missRate ?? null)),
      missCell(operating.missRate),
      ...(own ? [missCell((common?.operating ?? operating).missRate)] : []),
    ]),
  );
}

function pointsTable(streamed: readonly StreamedRun[]): string {
  return sortableTable(
    "Operating points: the mean over so many decisions reaches the threshold so many times in a row; latency from a word's end; repeats: further detections of a word",
    [
      { title: "run" },
      { title: "false alarms" },
      { title: "threshold", numeric: true },
      { title: "mean of", numeric: true },
      { title: "in a row", numeric: true },
      { title: "latency (median)", numeric: true },
      { title: "nine in ten within", numeric: true },
      { title: "repeats", numeric: true },
    ],
    streamed.map(({ run, record: { operatingPoint, operating, test } }) => [
      { text: run.run, run: run.run },
      {
        text: alarmsText(operating.falseAlarms, operating.alarmsPerHour, test.hours),
        value: operating.alarmsPerHour.value,
      },
      { text: thresholdText(operatingPoint), value: operatingPoint.threshold },
      whole(operatingPoint.smoothing),
      whole(operatingPoint.patience),
      secondsCell(operating.latency?.median ?? null),
      secondsCell(operating.latency?.p90 ?? null),
      whole(operating.repeats),
    ]),
  );
}

function missCell(rate: StreamRecord["operating"]["missRate"]): HtmlCell {
  return rate === null ? { text: "", value: null } : { text: rangeText(rate), value: rate.value };
}

function secondsCell(seconds: number | null): HtmlCell {
  return { text: seconds === null ? "" : `${figure(seconds)} s`, value: seconds };
}

function whole(value: number): HtmlCell {
  return { text: String(value), value };
}
