/** A stream's figures as curves that can be drawn. Pure. */
import type { Interval } from "../../../lib/metrics/interval.ts";
import type { AlarmCurve, DetCurve } from "../../../lib/plots/det_plot.ts";
import type { StreamRecord } from "../../../lib/records/stream.ts";
import { alarmsText } from "../text/stream.ts";
import { percent } from "../text/wording.ts";

/** On a stream whose words somebody labelled; else nothing. @param setting Tells several curves apart. */
export function detCurve(record: StreamRecord, setting?: string): DetCurve | undefined {
  const { curve, common, test: { words, hours }, operating } = record;
  const { missRate, alarmsPerHour } = operating;
  if (words === null || words === 0 || missRate === null) return undefined;
  const points = (of: StreamRecord["curve"]) =>
    of.map(({ threshold, missed, falseAlarms }) => ({
      threshold,
      alarmsPerHour: falseAlarms / hours,
      missRate: missed / words,
    }));
  return {
    ...(setting === undefined ? {} : { setting }),
    points: points(curve),
    ...(common === undefined ? {} : { common: points(common.curve) }),
    operating: { alarmsPerHour, missRate },
    note: operatingWords(record),
  };
}

export function alarmCurve(record: StreamRecord, setting?: string): AlarmCurve {
  const { curve, test: { hours }, operating: { alarmsPerHour }, operatingPoint: { threshold } } = record;
  return {
    ...(setting === undefined ? {} : { setting }),
    points: curve.map(({ threshold, falseAlarms }) => ({ threshold, alarmsPerHour: falseAlarms / hours })),
    operating: { threshold, alarmsPerHour },
    note: operatingWords(record),
  };
}

/** `operating point: 12.0 % missed (5.0 % to 25.1 %), false alarms none in 0.333 h: below 9 an hour` */
function operatingWords({ operating, test }: StreamRecord): string {
  const { missRate, falseAlarms, alarmsPerHour } = operating;
  const missed = missRate === null ? "" : `${rangeText(missRate)} missed, `;
  return `operating point: ${missed}false alarms ${alarmsText(falseAlarms, alarmsPerHour, test.hours)}`;
}

/** `12.0 % (5.0 % to 25.1 %)` */
export function rangeText({ value, low, high }: Interval): string {
  return `${percent(value)} (${percent(low)} to ${percent(high)})`;
}
