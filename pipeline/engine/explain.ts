/** Says in people's words why a task would run. */
import { type Json, type JsonObject, ownField } from "../../lib/base/json.ts";
import type { CodeManifest, FieldChange, Fingerprint, TaskState } from "./types.ts";

/**
 * All differences between two fingerprints, the most telling first: configuration, inputs, sources, packages, then
 * the rest. Objects are compared field by field, as are the items of lists of objects; other lists as a whole.
 */
export function compareFingerprints(before: Fingerprint, after: Fingerprint): readonly FieldChange[] {
  const changes: FieldChange[] = [];
  compare("slice", before.slice, after.slice, changes);
  compare("inputs", before.inputs, after.inputs, changes);
  changes.push(...compareFiles(before.code, after.code));
  compare("code.packages", before.code.packages, after.code.packages, changes);
  compare("stage", before.stage, after.stage, changes);
  compare("format", before.format, after.format, changes);
  return changes;
}

/** Which files differ, and of these which declarations, as far as that is known. */
function compareFiles(before: CodeManifest, after: CodeManifest): readonly FieldChange[] {
  const files: FieldChange[] = [];
  compare("code.files", before.files, after.files, files);
  return files.flatMap((file) => {
    const name = file.field.slice("code.files.".length);
    const [old, now] = [before, after].map(({ declarations }) => ownField(declarations, name));
    const parts: FieldChange[] = [];
    if (isObject(old) && isObject(now)) compare(file.field, old, now, parts);
    // `code.files.lib/x.ts: f`
    const named = parts.map((part) => ({
      ...part,
      field: `${file.field}: ${part.field.slice(file.field.length + 1)}`,
    }));
    return named.length > 0 ? named : [file];
  });
}

/** One short sentence for a task's line: `slice.trainer.epochs: 10 -> 20`, `input features changed`, `never ran`. */
export function firstReason(state: TaskState): string {
  switch (state.kind) {
    case "fresh":
      return "fresh";
    case "pending":
      return `waits for ${state.waitsFor.join(", ")}`;
    case "stale":
      if (state.forced) return "forced";
      return changesReason(state.changes);
    default:
      state satisfies never;
      throw new Error("Unknown task state");
  }
}

/** The first of the changes as a short sentence; see {@link firstReason}. */
export function changesReason(changes: readonly FieldChange[] | undefined): string {
  if (changes === undefined) return "never ran";
  const first = changes[0];
  // The last receipt has this very key, and yet it does not count: an object of it is gone.
  if (first === undefined) return "its stored result is missing or damaged";
  return packageUpgrade(first, changes) ?? describeChange(first);
}

/** One change as text: long digests are cut to eight digits, long values to where they begin to differ. */
export function describeChange(change: FieldChange): string {
  const { field, before, after } = change;
  if (field.startsWith("code.files.")) return `code: ${field.slice("code.files.".length)} ${verb(change)}`;
  if (field.startsWith("code.packages.")) {
    return `package ${field.slice("code.packages.".length)} ${verb(change)}`;
  }
  if (field.startsWith("inputs.")) return `input ${field.slice("inputs.".length)} ${verb(change)}`;
  const texts = [textOf(before), textOf(after)] as const;
  const from = Math.max(...texts.map(({ length }) => length)) <= LONGEST
    ? 0
    : Math.max(0, commonLength(...texts) - LONGEST / 4);
  const [was, is] = texts.map((text) => excerpt(text, from));
  return `${field}: ${was} -> ${is}`;
}

function compare(path: string, before: Json | undefined, after: Json | undefined, into: FieldChange[]): void {
  if (isObject(before) && isObject(after)) {
    for (const name of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
      compare(`${path}.${name}`, ownField(before, name), ownField(after, name), into);
    }
  } else if (isList(before) && isList(after) && before.length === after.length && before.every(isObject)) {
    before.forEach((item, i) => compare(`${path}[${i}]`, item, after[i], into));
  } else if (before !== after && !(isList(before) && isList(after) && sameText(before, after))) {
    into.push({ field: path, before, after });
  }
}

/** A locked version that changed is one package gone and another come; people think of it as one change. */
function packageUpgrade(first: FieldChange, changes: readonly FieldChange[]): string | undefined {
  const prefix = "code.packages.";
  if (!first.field.startsWith(prefix)) return undefined;
  const parts = (change: FieldChange): readonly [string, string] => {
    const id = change.field.slice(prefix.length);
    const at = id.indexOf("@", 1);
    return [id.slice(0, at), id.slice(at + 1)];
  };
  const [name, version] = parts(first);
  const other = changes.slice(1).find((change) =>
    change.field.startsWith(prefix) && parts(change)[0] === name &&
    (change.before === undefined) !== (first.before === undefined)
  );
  if (other === undefined || (first.before !== undefined && first.after !== undefined)) return undefined;
  const otherVersion = parts(other)[1];
  return first.before === undefined
    ? `package ${name}: ${otherVersion} -> ${version}`
    : `package ${name}: ${version} -> ${otherVersion}`;
}

function verb(change: FieldChange): string {
  if (change.before === undefined) return "added";
  return change.after === undefined ? "removed" : "changed";
}

/** Of a value in a sentence, in characters. */
const LONGEST = 60;

function textOf(value: Json | undefined): string {
  if (value === undefined) return "(none)";
  if (typeof value === "string" && DIGEST.test(value)) return value.slice(0, 8);
  return JSON.stringify(value).replace(DIGESTS, (digest) => digest.slice(0, 8));
}

const DIGEST = /^[0-9a-f]{64}$/;
const DIGESTS = /[0-9a-f]{64}/g;

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

function excerpt(text: string, from: number): string {
  const end = from + LONGEST;
  return `${from > 0 ? "..." : ""}${text.slice(from, end)}${end < text.length ? "..." : ""}`;
}

function sameText(a: Json, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !isList(value);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
