/** What schemas want, in words: for values that people write. */
import type { z } from "zod";
import { type Json, type JsonObject, ownField } from "./json.ts";

/** As people call them who write YAML. */
const TYPES: Readonly<Record<string, string>> = {
  int: "a whole number",
  array: "a list",
  tuple: "a list",
  object: "keys and values",
  boolean: "true or false",
  string: "text",
};

/** @param kinds What `kind` may be where the issue is, if it chooses between shapes. */
export function wanted(issue: z.core.$ZodIssue, kinds: readonly string[]): string {
  switch (issue.code) {
    case "invalid_type":
      return TYPES[issue.expected] ?? `a ${issue.expected}`;
    case "too_small":
      if (issue.origin === "array" && issue.minimum !== 1) return `at least ${issue.minimum} values`;
      return issue.origin === "string" || issue.origin === "array"
        ? "at least one"
        : `${issue.inclusive ? "at least" : "more than"} ${issue.minimum}`;
    case "too_big":
      return `${issue.inclusive ? "at most" : "less than"} ${issue.maximum}${
        issue.origin === "array" ? " values" : ""
      }`;
    case "invalid_value":
      return issue.values.length === 1
        ? String(issue.values[0])
        : `one of ${issue.values.map(String).join(", ")}`;
    case "invalid_union": {
      const options = issue.errors.flat().map((inner) => wanted(inner, []));
      if (options.length === 0) return `one of the known kinds: ${kinds.join(", ")}`;
      return [...new Set(options)].join(" or ");
    }
    default:
      return issue.message.replace(/^wanted /, "");
  }
}

/** Without what is said of a value beyond that it is of a wrong type: an empty list is no text, and not one that is too short. */
export function plainIssues(issues: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] {
  const keyOf = ({ path }: z.core.$ZodIssue) => JSON.stringify(path);
  const wrong = new Map(issues.filter(({ code }) => code === "invalid_type").map((one) => [keyOf(one), one]));
  return issues.filter((issue) => (wrong.get(keyOf(issue)) ?? issue) === issue);
}

/** The keys the schema knows at `path`, following the `kind` that was chosen. */
export function knownKeys(path: readonly string[], values: JsonObject, whole: z.ZodType): string[] {
  let schema: unknown = whole;
  for (let depth = 0;; depth++) {
    schema = resolveKind(schema, valueAt(values, path.slice(0, depth)));
    const shape = shapeOf(schema);
    if (shape === undefined || depth === path.length) return Object.keys(shape ?? {});
    schema = shape[path[depth]!];
  }
}

/** The `kind`s of the union that `path`, ending in "kind", chooses from. */
export function knownKinds(path: readonly string[], values: JsonObject, whole: z.ZodType): string[] {
  let schema: unknown = whole;
  for (const [depth, key] of path.slice(0, -1).entries()) {
    const chosen = resolveKind(schema, valueAt(values, path.slice(0, depth)));
    schema = (chosen as { shape?: Record<string, unknown> } | undefined)?.shape?.[key];
  }
  return kindOptions(schema).map((option) => String(option.shape?.kind?.value));
}

/** Of an object, or of one that may be null. */
function shapeOf(schema: unknown): Record<string, unknown> | undefined {
  const known = schema as { shape?: Record<string, unknown>; def?: { innerType?: unknown } } | undefined;
  return known?.shape ?? (known?.def?.innerType === undefined ? undefined : shapeOf(known.def.innerType));
}

type KindOption = { readonly shape?: { readonly kind?: { readonly value?: unknown } } };

function kindOptions(schema: unknown): readonly KindOption[] {
  return (schema as { options?: readonly KindOption[] } | undefined)?.options ?? [];
}

function resolveKind(schema: unknown, value: Json | undefined): unknown {
  const options = (schema as { options?: readonly { shape?: { kind?: { value?: unknown } } }[] } | undefined)
    ?.options;
  if (options === undefined) return schema;
  const kind = (value as JsonObject | undefined)?.["kind"];
  return options.find((option) => option.shape?.kind?.value === kind);
}

/** Undefined where there is nothing. */
export function valueAt(values: Json, path: readonly string[]): Json | undefined {
  let node: Json | undefined = values;
  for (const key of path) {
    node = node === null || typeof node !== "object" ? undefined : ownField(node as JsonObject, key);
  }
  return node;
}
