/** What a task was told, value by value, under the names that the configuration has for it. Pure. */
import type { Json, JsonObject } from "../../../lib/base/json.ts";

/**
 * Dotted names and values: those of a front-end's steps stand under the front-end, as they do in the configuration
 * (`frontend.n_mels`), a kind under its group's own name (`model`), and which steps there are in one value
 * (`frontend.steps`), as some have no values of their own. Other lists are one value.
 */
export function sliceValues(slice: Json, prefix = ""): [string, Exclude<Json, JsonObject>][] {
  if (!isObject(slice)) return [[prefix, slice]];
  const { steps, ...rest } = slice;
  return [
    ...Object.entries(rest).flatMap(([key, value]) =>
      sliceValues(value, key === "kind" ? prefix || key : dotted(prefix, key))
    ),
    ...(isList(steps)
      ? ofSteps(steps, prefix)
      : steps === undefined
      ? []
      : sliceValues(steps, dotted(prefix, "steps"))),
  ];
}

/** The first step that has a key gives its value; another value of a later one is named after that step. */
function ofSteps(steps: readonly Json[], prefix: string): [string, Exclude<Json, JsonObject>][] {
  const found = new Map<string, Exclude<Json, JsonObject>>();
  const order = steps.flatMap((spec) => isObject(spec) ? String(spec["step"]) : []).join(" > ");
  if (order !== "") found.set(dotted(prefix, "steps"), order);
  for (const spec of steps) {
    if (!isObject(spec)) continue;
    const { step, trained: _, ...values } = spec;
    for (const [name, value] of sliceValues(values, prefix)) {
      const known = found.get(name);
      if (known === undefined) found.set(name, value);
      else if (JSON.stringify(known) !== JSON.stringify(value)) {
        found.set(dotted(dotted(prefix, String(step)), name.slice(prefix.length + 1)), value);
      }
    }
  }
  return [...found];
}

function dotted(prefix: string, key: string): string {
  return prefix === "" ? key : `${prefix}.${key}`;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
