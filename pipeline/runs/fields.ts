/** A run as named values that can be filtered, sorted and compared: what it was told, what came out. Pure. */
import type { Json } from "../../lib/base/json.ts";
import { conditionKey } from "../../lib/records/condition.ts";
import type { History } from "../../lib/records/history.ts";
import type { Metrics } from "../../lib/records/metrics.ts";
import type { StreamRecord } from "../../lib/records/stream.ts";
import { sliceValues } from "../report/text/slice_values.ts";

/** `about` identifies a run, `config` decided it, `metric` came out of it. */
export type FieldKind = "about" | "config" | "metric";

export interface Field {
  readonly kind: FieldKind;
  /** Dotted, as in the configuration: `frontend.n_mels`, `f1_macro`, `last.accuracy`. */
  readonly name: string;
  readonly value: number | string;
}

/** Field that a run has only if something of it was changed in the store: names of files, whose figures are left out. */
export const DAMAGED = "damaged";

/** A task's slice, as the stage saw it. */
export function configFields(slice: Json, prefix?: string): Field[] {
  return sliceValues(slice, prefix).map(([name, value]) => ({
    kind: "config",
    name,
    value: typeof value === "number" || typeof value === "string" ? value : JSON.stringify(value),
  }));
}

/**
 * Figures of the checkpoint that counts under their names, of the last under `last.`; of a condition that the run was
 * tested under besides, those of the one that counts: `snr20.accuracy`.
 */
export function metricFields(
  { condition, columns, checkpoints, tested, count, trainedParameters, leftOut }: Metrics,
): Field[] {
  if (condition !== null) {
    const { values } = checkpoints[tested];
    return columns.flatMap(({ name }, i) => metric(`${conditionKey(condition)}.${name}`, values[i] ?? null));
  }
  const of = ({ epoch, values }: Metrics["checkpoints"]["best"], prefix: string) => [
    ...columns.map(({ name }, i) => metric(prefix + name, values[i] ?? null)),
    metric(`${prefix}epoch`, epoch),
  ];
  return [
    ...of(checkpoints[tested], ""),
    ...of(checkpoints.last, "last."),
    { kind: "config" as const, name: "trainer.test", value: tested },
    metric("tested", count),
    metric("left_out", leftOut.length),
    metric("trained_parameters", trainedParameters),
  ].flat();
}

/** Figures of the epoch that gave the best checkpoint, and what ended the training if that was not its last epoch. */
export function historyFields({ bestEpoch, epochs, stopped }: History): Field[] {
  const best = epochs.find(({ epoch }) => epoch === bestEpoch);
  if (best === undefined) return [];
  return [
    metric("training_loss", best.loss),
    metric("training_accuracy", best.accuracy),
    metric("validation_loss", best.validationLoss),
    metric("validation_accuracy", best.validationAccuracy),
    metric("steps", best.steps),
    metric("trained_epochs", epochs.length),
    stopped === undefined
      ? []
      : [{ kind: "about" as const, name: STOPPED, value: stopText(epochs.length, stopped) }],
  ].flat();
}

/** Why a training ended before it had all its epochs. */
export const STOPPED = "stopped";

/** A number of epochs that time decided is nothing that another run can be held to. */
function stopText(epochs: number, { by }: NonNullable<History["stopped"]>): string {
  return `epoch ${epochs}: ${by}${by === "minutes" ? " (not reproducible)" : ""}`;
}

/** Before figures of a stream. */
export const STREAM = "stream";

/** What the checkpoint that counts did on the stream that it was tested on: shares of words, alarms an hour, seconds. */
export function streamFields({ operating, operatingPoint, atRates, test }: StreamRecord): Field[] {
  return [
    metric(`${STREAM}.misses`, operating.missRate?.value ?? null),
    metric(`${STREAM}.alarms_per_hour`, operating.alarmsPerHour.value),
    metric(`${STREAM}.latency_seconds`, operating.latency?.median ?? null),
    metric(`${STREAM}.threshold`, operatingPoint.threshold),
    metric(`${STREAM}.hours`, test.hours),
    ...atRates.map(({ perHour, missRate }) =>
      metric(`${STREAM}.misses_at_${String(perHour).replace(".", "_")}_per_hour`, missRate?.value ?? null)
    ),
  ].flat();
}

/** Nothing for what is not there. */
function metric(name: string, value: number | null): Field[] {
  return value === null ? [] : [{ kind: "metric", name, value }];
}
