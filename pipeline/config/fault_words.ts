/** Words for what is wrong with a configuration: where it was set, key, wanted, found, and what was probably meant. Pure. */
import type { z } from "zod";
import type { Json } from "../../lib/base/json.ts";
import { nearest, suggestion } from "../../lib/base/nearest.ts";
import { knownKeys, knownKinds, valueAt, wanted } from "../../lib/base/schema_words.ts";
import type { Composed } from "./compose.ts";

export function faultsOf(issue: z.core.$ZodIssue, composed: Composed, schema: z.ZodType): string[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(path, composed.values, schema);
    return issue.keys.map((key) => {
      const at = [...path, key];
      return `${originOf(composed, at)}: unknown key ${at.join(".")}.${
        suggestion(key, known) || elsewhere(at, composed) || ` Known keys here: ${known.join(", ")}.`
      }`;
    });
  }
  const found = valueAt(composed.values, path);
  const key = path.join(".");
  if (found === undefined) return [`${key} is not set: it belongs in conf/ or on the command line.`];
  const wants = wanted(issue, knownKinds(path, composed.values, schema));
  return [
    `${originOf(composed, path)}: ${key}: wanted ${wants}, found ${shortened(found)}.${
      otherWriting(issue, key, found)
    }`,
  ];
}

/** Where a value, or the nearest thing around it, was set. */
export function originOf(composed: Composed, path: readonly string[]): string {
  for (let length = path.length; length > 0; length--) {
    const dotted = path.slice(0, length).join(".");
    const exact = composed.origins.get(dotted) ??
      [...composed.origins].find(([key]) => key.startsWith(`${dotted}.`))?.[1];
    if (exact !== undefined) return exact;
  }
  return "configuration";
}

const LONGEST_SHOWN = 200;

export function shortened(value: Json): string {
  // JSON has no word for what is not finite.
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN)}...`;
}

/** For a list where one value is wanted: how runs are written; else nothing. */
export function asRuns(key: string, value: Json): string {
  const isList = Array.isArray(value) && value.length > 0 &&
    value.every((item) => item === null || typeof item !== "object");
  return isList ? ` Write ${key}=${value.join(",")} for a run of each.` : "";
}

/** Lists and runs are told apart by brackets. */
function otherWriting(issue: z.core.$ZodIssue, key: string, found: Json): string {
  if (issue.code === "invalid_type" && issue.expected === "array" && typeof found !== "object") {
    return ` Write '${key}=[${found},...]' for a list: without brackets each value makes a run of its own.`;
  }
  if (issue.code === "invalid_type" && issue.expected === "string" && typeof found !== "object") {
    const inList = /\.\d+$/.test(key);
    return inList
      ? ` Write "${found}" in quotes within the list for text.`
      : ` Write '${key}="${found}"' for text.`;
  }
  if (issue.code === "invalid_value" && typeof found === "string") {
    return suggestion(found, issue.values.map(String));
  }
  return asRuns(key, found);
}

/** Keys of other places that end in the same name, or else in the nearest. */
function elsewhere(at: readonly string[], { origins }: Composed): string {
  const own = at.join(".");
  const others = [...origins.keys()].filter((other) => other !== own && !other.startsWith(`${own}.`));
  const lastOf = (key: string) => key.slice(key.lastIndexOf(".") + 1);
  const ending = (name: string | undefined) => others.filter((other) => other.endsWith(`.${name}`));
  const same = ending(at.at(-1));
  const found = same.length > 0 ? same : ending(nearest(at.at(-1)!, new Set(others.map(lastOf))));
  return found.length === 0 ? "" : ` Did you mean ${found.join(" or ")}?`;
}
