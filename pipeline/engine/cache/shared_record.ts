/**
 * What a shared cache has of a result: a record by its key, and objects by the SHA-256 of their bytes. A file is an object
 * as it is, a folder one as a tar archive. Pure: nothing in a record counts before it was compared with what was asked for.
 */
import { z } from "zod";
import { sha256Json } from "../../../lib/base/digest.ts";
import type { Json, JsonObject } from "../../../lib/base/json.ts";
import { schemaProblem } from "../../../lib/base/schema_problem.ts";
import { taskKey } from "../fingerprint.ts";
import {
  type CodeManifest,
  ENGINE_FORMAT,
  type Fingerprint,
  type Receipt,
  type StoredOutput,
  type TaskKey,
} from "../types.ts";

/** Raised when the layout of caches or records changes. */
export const CACHE_FORMAT = 1;
/** A record is a slice of a configuration and a list of outputs; more is something else. */
export const MOST_RECORD_BYTES = 4 << 20;

/** One of the files that a cache consists of. */
export interface SharedObject {
  /** Of its bytes, and its name. */
  readonly sha256: string;
  readonly bytes: number;
}

export interface SharedRecord {
  readonly receipt: Receipt;
  /** Archives of the outputs that are folders, by the outputs' names. */
  readonly archives: Readonly<Record<string, SharedObject>>;
}

/** Path of a record, relative to the cache's root. */
export function recordName(key: string): string {
  return `receipts/${key.slice(0, 2)}/${key}.json`;
}

/** Path of an object, relative to the cache's root. */
export function sharedName(sha256: string): string {
  return `objects/${sha256.slice(0, 2)}/${sha256}`;
}

const digest = z.string().regex(/^[0-9a-f]{64}$/, "wanted a SHA-256");
const size = z.int().min(0);
/** Of outputs and inputs, which become parts of paths. */
const name = z.string().regex(/^[\w][\w.+@=-]{0,199}$/, "wanted the name of a file");
const words = z.string().max(1000);

const object = z.object({ sha256: digest, bytes: size });
const output = z.object({ kind: z.enum(["file", "tree"]), digest, bytes: size, files: size });

const receipt = z.object({
  format: z.literal(ENGINE_FORMAT),
  key: digest,
  task: words.min(1),
  fingerprint: z.object({
    format: z.literal(ENGINE_FORMAT),
    stage: words,
    code: digest,
    slice: z.json(),
    inputs: z.record(z.string(), digest),
  }),
  outputs: z.record(name, output),
  startedAt: words,
  seconds: z.number(),
  attempts: size,
  host: words,
  deno: words,
  // A path in the store, which is printed and linked to.
  log: z.string().regex(/^(?:logs\/[\w.%=+-]+)?$/, "wanted the path of a log"),
  environment: z.record(z.string(), words).optional(),
  v8Flags: z.array(words).optional(),
});

const record = z.object({
  cache: z.literal(CACHE_FORMAT),
  // Of the rest: tells what was damaged on the way, as the key covers only what the result was made from.
  sha256: digest,
  receipt,
  archives: z.record(name, object),
});

export function sharedRecordText({ receipt, archives }: SharedRecord): string {
  const { fingerprint } = receipt;
  const stored = { ...receipt, fingerprint: { ...fingerprint, code: fingerprint.code.digest } };
  return `${
    JSON.stringify({ cache: CACHE_FORMAT, sha256: sumOf(stored, archives), receipt: stored, archives })
  }\n`;
}

/** @param receipt As it is written. */
function sumOf(receipt: unknown, archives: unknown): string {
  // As JSON has it: without what is undefined.
  return sha256Json(JSON.parse(JSON.stringify({ receipt, archives })) as Json);
}

/** A record, or what is wrong with it. */
export type SharedRecordReading =
  | { readonly kind: "found"; readonly record: SharedRecord }
  | { readonly kind: "wrong"; readonly problem: string };

/**
 * @param key That it was asked for by.
 * @param code The manifest of a digest. @throws {Error} If it has none.
 */
export function readSharedRecord(
  text: string,
  key: TaskKey,
  code: (digest: string) => CodeManifest,
): SharedRecordReading {
  const wrong = (problem: string): SharedRecordReading => ({ kind: "wrong", problem });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return wrong("it is not JSON");
  }
  const parsed = record.safeParse(value);
  if (!parsed.success) return wrong(schemaProblem(parsed.error));
  const { receipt: stored, archives } = parsed.data;
  const { receipt: written, archives: packed } = value as {
    readonly receipt: unknown;
    readonly archives: unknown;
  };
  if (sumOf(written, packed) !== parsed.data.sha256) {
    return wrong("its bytes are not those that were written");
  }
  let fingerprint: Fingerprint;
  try {
    fingerprint = { ...stored.fingerprint, code: code(stored.fingerprint.code) } as Fingerprint;
  } catch (error) {
    return wrong((error as Error).message);
  }
  if (stored.key !== key) return wrong(`it is that of the key ${stored.key.slice(0, 8)}`);
  if (taskKey(fingerprint) !== key) return wrong("its key does not follow from its content");
  const outputs = Object.entries(stored.outputs);
  const bare = outputs.find(([name, { kind, files }]) =>
    kind === "tree" && files > 0 && !Object.hasOwn(archives, name)
  );
  if (bare !== undefined) return wrong(`it names no archive of the folder ${bare[0]}`);
  return { kind: "found", record: { receipt: { ...stored, fingerprint } as unknown as Receipt, archives } };
}

/** The key of a record and the objects that it needs, for who keeps records and knows nothing of the code. */
export function keptRecord(
  text: string,
): { readonly key: string; readonly objects: readonly SharedObject[] } | string {
  let key: unknown;
  try {
    key = (JSON.parse(text) as { receipt: { key: unknown } }).receipt.key;
  } catch {
    return "it is no record";
  }
  // The digest stands for the code in the key, so that its lists are not needed.
  const code = (digest: string) => ({ digest, files: {}, packages: {}, declarations: {} });
  const reading = readSharedRecord(text, String(key) as TaskKey, code);
  if (reading.kind === "wrong") return reading.problem;
  const { receipt, archives } = reading.record;
  const objects = Object.keys(receipt.outputs).flatMap((name) => objectOf({ receipt, archives }, name) ?? []);
  return { key: receipt.key, objects };
}

/** What an output is as an object of the cache; nothing for a folder without files. */
export function objectOf({ receipt, archives }: SharedRecord, output: string): SharedObject | undefined {
  const { kind, digest, bytes, files } = receipt.outputs[output]!;
  if (kind === "file") return { sha256: digest, bytes };
  return files === 0 ? undefined : archives[output]!;
}

/** Whether two results have the same outputs. */
export function sameResults(a: Receipt, b: Receipt): boolean {
  const text = ({ outputs }: Receipt) =>
    JSON.stringify(
      Object.keys(outputs).sort().map((name) => {
        const { kind, digest } = outputs[name] as StoredOutput;
        return [name, kind, digest];
      }),
    );
  return text(a) === text(b);
}

/** What the root of a cache says of itself. */
export const CACHE_FILE = "cache.json";

export function cacheFileText(): string {
  return `${JSON.stringify({ cache: CACHE_FORMAT } satisfies JsonObject)}\n`;
}

/** Why what stands in the place of that file is none of a cache of this format; nothing if it is. */
export function cacheFileProblem(text: string): string | undefined {
  const format = formatIn(text);
  if (format === CACHE_FORMAT) return undefined;
  return typeof format === "number"
    ? `it is a cache of the format ${format}, wanted ${CACHE_FORMAT}: use the same version of this project everywhere`
    : `it is no cache: its ${CACHE_FILE} is something else`;
}

function formatIn(text: string): unknown {
  try {
    return (JSON.parse(text) as { readonly cache?: unknown } | null)?.cache;
  } catch {
    return undefined;
  }
}
