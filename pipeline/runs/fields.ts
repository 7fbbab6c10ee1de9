/** A run as named values that can be filtered, sorted and compared: what it was told, what came out. Pure. */
import type { Json, JsonObject } from "../../lib/base/json.ts";

/** `about` identifies a run, `config` decided it, `metric` came out of it. */
export type FieldKind = "about" | "config" | "metric";

export interface Field {
  readonly kind: FieldKind;
  /** Dotted, as in the configuration: `frontend.n_mels`, `f1.macro`, `last.accuracy`. */
  readonly name: string;
  readonly value: number | string;
}

/** A task's slice, as the stage saw it, under the names that the configuration has for it. */
export function configFields(slice: Json, prefix = ""): Field[] {
  return leavesOf(slice, prefix).map(([name, value]) => ({
    kind: "config",
    name: name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/\.kind$/, ""),
    value: typeof value === "number" ? value : typeof value === "string" ? value : JSON.stringify(value),
  }));
}

/** A: nothing in the front-end was trained, B: the Mel filters, C: the STFT kernels, D: both. */
export function settingOf(slice: Json): string | undefined {
  const frontend = isJsonObject(slice) ? slice["frontend"] : undefined;
  const trainable = frontend !== undefined && isJsonObject(frontend) ? frontend["trainable"] : undefined;
  if (trainable === undefined || !isJsonObject(trainable)) return undefined;
  if (trainable["stft"] === true) return trainable["mel"] === true ? "D" : "C";
  return trainable["mel"] === true ? "B" : "A";
}

/** All single numbers of a `metrics.json`: of the best checkpoint under their names, of the last under `last.`. */
export function metricFields(metrics: Json): Field[] {
  if (!isJsonObject(metrics)) return [];
  const { checkpoints, ...rest } = metrics;
  const fields = numbersOf(rest).filter(({ name }) => name !== "format");
  for (
    const [checkpoint, found] of Object.entries(
      isJsonObject(checkpoints ?? null) ? checkpoints as JsonObject : {},
    )
  ) {
    if (!isJsonObject(found)) continue;
    const prefix = checkpoint === "best" ? "" : `${checkpoint}.`;
    fields.push(...numbersOf(found["figures"] ?? {}, prefix));
    if (typeof found["epoch"] === "number") {
      fields.push({ kind: "metric", name: `${prefix}epoch`, value: found["epoch"] });
    }
  }
  return fields;
}

/** Figures of the epoch that gave the best checkpoint, from a `history.json`. */
export function historyFields(history: Json): Field[] {
  if (!isJsonObject(history) || !Array.isArray(history["epochs"])) return [];
  const best = history["epochs"].find((record) =>
    isJsonObject(record) && record["epoch"] === history["best_epoch"]
  );
  if (best === undefined || !isJsonObject(best)) return [];
  const { epoch: _epoch, lr: _lr, ...figures } = best;
  return numbersOf(figures).map((field) =>
    /^(validation_|steps)/.test(field.name) ? field : {
      ...field,
      name: `training_${field.name}`,
    }
  );
}

function numbersOf(json: Json, prefix = ""): Field[] {
  return leavesOf(json, prefix).flatMap(([name, value]): Field[] =>
    typeof value === "number" ? [{ kind: "metric", name, value }] : []
  );
}

/** Lists count as one value. */
function leavesOf(json: Json, prefix: string): [string, Json][] {
  if (!isJsonObject(json)) return [[prefix.replace(/\.$/, ""), json]];
  return Object.entries(json).flatMap(([key, value]) =>
    isJsonObject(value) ? leavesOf(value, `${prefix}${key}.`) : [[`${prefix}${key}`, value] as [string, Json]]
  );
}

function isJsonObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
