/** A stream's figures as text and as CSV. Pure. */
import { stringify } from "@std/csv/stringify";
import type { Interval } from "../../../lib/metrics/interval.ts";
import { RULE_OF_THREE } from "../../../lib/metrics/poisson.ts";
import type { StreamRecord } from "../../../lib/records/stream.ts";
import { textTable } from "./table.ts";
import { count, duration, figure, percent } from "./wording.ts";

/** @param what Begins the text: a run's name. */
export function shownStream(what: string, record: StreamRecord): string[] {
  const { development, test, operatingPoint: point, operating, atRates, common, toleranceSeconds } = record;
  const { smoothing, patience, refractorySeconds, hopSeconds, chosenOn } = point;
  const words = test.words ?? 0;
  return [
    `${what}: listened to ${test.stream} (${duration(3600 * test.hours)}, ${
      test.words === null ? "without labels: every detection counts as a false alarm" : count(words, "word")
    }), a word counts from its start to ${figure(toleranceSeconds)} s behind its end`,
    ...(words === 0 ? [] : [
      "",
      textTable(
        [
          { title: "false alarms an hour" },
          { title: "words missed", align: "right" },
          { title: "95 % interval" },
          { title: "threshold", align: "right" },
          { title: "false alarms" },
        ],
        [
          ...rateRows(atRates, "", test.hours),
          pointRow("operating point", operating, thresholdText(point), test.hours),
          ...(common === undefined ? [] : [
            ...rateRows(common.atRates, ", one threshold", test.hours),
            pointRow(
              "operating point, one threshold",
              common.operating,
              common.threshold.toPrecision(3),
              test.hours,
            ),
          ]),
        ],
      ),
    ]),
    ...(words === 0
      ? [`False alarms: ${alarmsText(operating.falseAlarms, operating.alarmsPerHour, test.hours)}`]
      : []),
    "",
    ...shortText(record),
    `Operating point, chosen on ${development.stream} (${
      count(chosenOn.words, "word")
    }: ${chosenOn.missed} missed, ${count(chosenOn.falseAlarms, "false alarm")} in ${
      duration(3600 * chosenOn.hours)
    }): mean of ${count(smoothing, "decision")}, threshold ${thresholdText(point)}, ${
      count(patience, "decision")
    } in a row, one every ${figure(1000 * hopSeconds)} ms; not again within ${figure(refractorySeconds)} s.`,
    ...ownText(record),
    ...(operating.latency === null ? [] : [
      `Detected ${figure(operating.latency.median)} s behind a word's end (median; nine in ten within ${
        figure(operating.latency.p90)
      } s)${
        operating.repeats === 0
          ? ""
          : `; ${count(operating.repeats, "further detection")} of words that had theirs`
      }.`,
    ]),
  ];
}

function rateRows(atRates: StreamRecord["atRates"], how: string, hours: number): string[][] {
  return atRates.map(({ perHour, missRate, threshold, falseAlarms, alarmsPerHour }) => [
    `at most ${perHour}${how}`,
    rate(missRate),
    range(missRate),
    threshold === null ? "none" : threshold.toPrecision(3),
    alarmsText(falseAlarms, alarmsPerHour, hours),
  ]);
}

function pointRow(
  title: string,
  { missRate, falseAlarms, alarmsPerHour }: StreamRecord["operating"],
  threshold: string,
  hours: number,
): string[] {
  return [title, rate(missRate), range(missRate), threshold, alarmsText(falseAlarms, alarmsPerHour, hours)];
}

/** `0.852`, or of words that have their own `0.818 to 1`. */
export function thresholdText({ threshold, thresholds }: StreamRecord["operatingPoint"]): string {
  const all = Object.values(thresholds ?? { "": threshold });
  const [least, most] = [Math.min(...all), Math.max(...all)].map((value) => value.toPrecision(3));
  return least === most ? least! : `${least} to ${most}`;
}

/** Words' own thresholds, where they have some, and which words they silence. */
function ownText({ operatingPoint: { threshold, thresholds } }: StreamRecord): string[] {
  if (thresholds === undefined) return [];
  const own = Object.entries(thresholds);
  const silent = own.filter(([, value]) => value >= 1).map(([word]) => word);
  return [
    `Thresholds: ${own.map(([word, value]) => `${word} ${value.toPrecision(3)}`).join(", ")}; in the table ${
      threshold.toPrecision(3)
    } stands for them, and those at rates are all moved by as many log odds as it.`,
    ...(silent.length === 0 ? [] : [
      `Hardly ever heard with so few false alarms, which others need more: ${silent.join(", ")}.`,
    ]),
  ];
}

/** Of the rule that is kept, and where words have their own thresholds of one threshold for all. */
export function curvesOf(
  { curve, common, operatingPoint: { thresholds } }: StreamRecord,
): { readonly whose: "word" | "common"; readonly curve: StreamRecord["curve"] }[] {
  return [
    { whose: thresholds === undefined ? "common" : "word", curve },
    ...(common === undefined ? [] : [{ whose: "common", curve: common.curve } as const]),
  ];
}

/** What so short a stream cannot tell. */
export function shortText({ test, atRates }: Pick<StreamRecord, "test" | "atRates">): string[] {
  const open = atRates.filter(({ allowed }) => allowed === 0).map(({ perHour }) => perHour);
  if (open.length === 0) return [];
  const bound = figure(rounded(RULE_OF_THREE / test.hours));
  return [
    `In ${duration(3600 * test.hours)} a rate of ${
      open.join(" or ")
    } an hour allows no alarm at all, and none says no ` +
    `more than fewer than ${bound} an hour: listen for longer to tell (stream.minutes).`,
  ];
}

/** `none in 0.333 h: below 9 an hour`, `3: 9 an hour (1.9 to 26)`. @param perHour With its 95 % interval. */
export function alarmsText(alarms: number, perHour: Interval, hours: number): string {
  if (alarms === 0) {
    return `none in ${figure(rounded(hours, 3))} h: below ${figure(rounded(RULE_OF_THREE / hours))} an hour`;
  }
  const [value, low, high] = [perHour.value, perHour.low, perHour.high].map((rate) => figure(rounded(rate)));
  return `${alarms}: ${value} an hour (${low} to ${high})`;
}

/** To two digits: intervals of rates have no more. */
function rounded(value: number, digits = 2): number {
  return Number(value.toPrecision(digits));
}

function rate(interval: Interval | null): string {
  return interval === null ? "" : percent(interval.value);
}

function range(interval: Interval | null): string {
  return interval === null ? "" : `${percent(interval.low)} to ${percent(interval.high)}`;
}

/** Whole curves, from the lowest threshold to infinity. */
export function detCsv(record: StreamRecord): string {
  const { test } = record;
  const points = curvesOf(record).flatMap(({ whose, curve }) => curve.map((point) => ({ whose, ...point })));
  return csv(points.map(({ whose, threshold, missed, falseAlarms, repeats, latencySeconds }) => ({
    thresholds: whose,
    threshold: threshold ?? "infinity",
    missed,
    words: test.words ?? 0,
    miss_rate: test.words ? missed / test.words : "",
    false_alarms: falseAlarms,
    hours: test.hours,
    false_alarms_per_hour: falseAlarms / test.hours,
    repeats,
    latency_seconds: latencySeconds ?? "",
  })));
}

/** What was tried on the development stream. */
export function triedCsv({ tried, development }: StreamRecord): string {
  return csv(tried.map(({ smoothing, patience, threshold, missed, falseAlarms, latencySeconds }) => ({
    smoothing,
    patience,
    threshold: threshold ?? "infinity",
    missed,
    words: development.words ?? 0,
    false_alarms: falseAlarms,
    hours: development.hours,
    latency_seconds: latencySeconds ?? "",
  })));
}

/** What was detected and what was missed, in the order of time. */
export function detectionsCsv({ detections, missed }: StreamRecord): string {
  const rows = [
    ...detections.map(({ seconds, word, probability, outcome }) => ({
      seconds,
      word,
      outcome: outcome as string,
      probability: probability as number | "",
    })),
    ...missed.map(({ start, word }) => ({
      seconds: start,
      word,
      outcome: "missed",
      probability: "" as const,
    })),
  ];
  return csv(rows.sort((a, b) => a.seconds - b.seconds), ["seconds", "word", "outcome", "probability"]);
}

function csv(
  records: readonly Record<string, string | number>[],
  columns = Object.keys(records[0] ?? {}),
): string {
  return stringify([...records], { columns, crlf: true });
}
