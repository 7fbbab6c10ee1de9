/**
 * Names at the border between files and code: JSON and YAML are snake_case, TypeScript is camelCase. A schema is
 * written once, as the file has it. Keys that are data (words, labels, dotted names) stay: those of `z.record`, and all
 * in an object that may hold others than those named (`catchall`).
 */
import { z } from "zod";
import { UserError } from "./errors.ts";
import { schemaProblem } from "./schema_problem.ts";

type CamelKey<Key> = Key extends `${infer Head}_${infer Tail}`
  ? Head extends "" ? Key : `${Head}${Capitalize<CamelKey<Tail>>}`
  : Key;

/** Any JSON, as `z.json()` has it. */
type AnyJson = z.core.util.JSONType;

/** `T` with the keys of its objects in camelCase, at every depth; those of objects of any keys are data and stay. */
export type Camel<T> = [AnyJson] extends [T] ? T
  : T extends readonly unknown[] ? { readonly [I in keyof T]: Camel<T[I]> }
  : string extends keyof T ? [AnyJson] extends [T[string]] ? T : { readonly [Key in keyof T]: Camel<T[Key]> }
  : T extends object ? { readonly [Key in keyof T as CamelKey<Key>]: Camel<T[Key]> }
  : T;

/** What code sees of values that a schema describes. */
export type Parsed<Schema extends z.ZodType> = Camel<z.output<Schema>>;

/** Values as code has them. @param value Must satisfy the schema: see {@link parseRecord}. */
export function fromFile<Schema extends z.ZodType>(schema: Schema, value: z.output<Schema>): Parsed<Schema> {
  return renamed(schema, value, camelKey) as Parsed<Schema>;
}

/** Values as files have them. */
export function toFile<Schema extends z.ZodType>(schema: Schema, value: Parsed<Schema>): z.output<Schema> {
  return renamed(schema, value, snakeKey) as z.output<Schema>;
}

/** How a schema is to look at a value. */
export type ParseHow = Readonly<{ jitless?: boolean }>;

/**
 * For a value that is looked at once: zod writes and compiles a program for each object of a schema before it first looks
 * at one, which takes longer than to look at a hundred without.
 */
export const ONCE: ParseHow = Object.freeze({ jitless: true });

/** From here on a text holds so much of the same kind that such programs are worth their making. */
const LONG_TEXT = 1 << 16;

/**
 * Checks a value out of a file and names it as code does.
 * @param what Begins the message: `Cannot read the index /x/index.json`. @param remedy Ends it: a sentence.
 * @throws {UserError} `bad-file` if it does not satisfy the schema.
 */
export function parseRecord<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
  remedy: string,
  how: ParseHow = ONCE,
): Parsed<Schema> {
  const parsed = schema.safeParse(value, how);
  if (parsed.success) return fromFile(schema, parsed.data);
  throw new UserError("bad-file", `${what}: ${schemaProblem(parsed.error)}. ${remedy}`, {
    cause: parsed.error,
  });
}

/** The same for JSON text. */
export function parseRecordText<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  what: string,
  remedy: string,
): Parsed<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError("bad-file", `${what}: ${error instanceof Error ? error.message : error}. ${remedy}`, {
      cause: error,
    });
  }
  return parseRecord(schema, value, what, remedy, text.length < LONG_TEXT ? ONCE : {});
}

/** `topDb` of `top_db`. A name that begins with an underscore is left as it is. */
export function camelKey(key: string): string {
  return key.startsWith("_") ? key : key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function snakeKey(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function renamed(schema: z.ZodType, value: unknown, rename: (key: string) => string): unknown {
  if (value === null || typeof value !== "object") return value;
  if (
    schema instanceof z.ZodNullable || schema instanceof z.ZodOptional || schema instanceof z.ZodReadonly ||
    schema instanceof z.ZodDefault
  ) {
    return renamed(schema.unwrap() as z.ZodType, value, rename);
  }
  if (schema instanceof z.ZodArray) {
    return (value as unknown[]).map((item) => renamed(schema.element as z.ZodType, item, rename));
  }
  if (schema instanceof z.ZodTuple) {
    const { items } = schema.def;
    return (value as unknown[]).map((item, i) => renamed(items[i] as z.ZodType, item, rename));
  }
  if (schema instanceof z.ZodRecord) {
    return mapped(value, (key, inner) => [key, renamed(schema.valueType as z.ZodType, inner, rename)]);
  }
  if (schema instanceof z.ZodObject) {
    const { catchall } = schema.def;
    if (catchall !== undefined && !(catchall instanceof z.ZodNever)) return value;
    const shape: Readonly<Record<string, z.ZodType>> = schema.shape;
    const schemaOf = new Map(
      Object.entries(shape).flatMap(([key, inner]) => [[key, inner], [camelKey(key), inner]]),
    );
    return mapped(value, (key, inner) => {
      const own = schemaOf.get(key);
      return own === undefined ? [key, inner] : [rename(key), renamed(own, inner, rename)];
    });
  }
  if (schema instanceof z.ZodUnion) {
    const options = schema.options as readonly z.ZodType[];
    const option = options.find((one) => fits(one, value));
    return option === undefined ? value : renamed(option, value, rename);
  }
  return value;
}

/** Whether a value is one of this option of a union, whichever way its keys are written. */
function fits(option: z.ZodType, value: object): boolean {
  if (option instanceof z.ZodObject) {
    const shape: Readonly<Record<string, z.ZodType>> = option.shape;
    return Object.entries(shape).every(([key, inner]) => {
      const own = (value as Readonly<Record<string, unknown>>)[key];
      return !(inner instanceof z.ZodLiteral) || inner.safeParse(own).success;
    });
  }
  if (option instanceof z.ZodArray || option instanceof z.ZodTuple) return Array.isArray(value);
  return option instanceof z.ZodRecord || option instanceof z.ZodUnion;
}

function mapped(value: object, entry: (key: string, inner: unknown) => [string, unknown]): object {
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => entry(key, inner)));
}
