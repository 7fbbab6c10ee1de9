/** Where tasks run: `conf/executor/NAME.yaml` and what is typed as `executor.KEY=VALUE`. No part of any task's key. */
import { z } from "zod";
import { UserError } from "../../lib/base/errors.ts";
import { type Json, type JsonObject, ownField, setField } from "../../lib/base/json.ts";
import { kindNames, loadKind } from "../../lib/base/kinds.ts";
import { suggestion } from "../../lib/base/nearest.ts";
import { fromFile, ONCE, type Parsed } from "../../lib/base/record.ts";
import { plainIssues, wanted } from "../../lib/base/schema_words.ts";
import type { ConfReader } from "../config/compose.ts";
import type { Override } from "../config/override.ts";
import type { YamlSource } from "../config/yaml_source.ts";
import type { ExecutorKind, OpenExecutor, Placement } from "./contract.ts";
import { DEFAULT_EXECUTOR } from "./default.ts";
import { EXECUTORS } from "./kinds.ts";

const GROUP = "executor";

/** An executor with its settings. */
export interface ChosenExecutor {
  readonly settings: Parsed<z.ZodObject>;
  /** How many graphics cards a task gets that computes on one; null: those of this machine. */
  readonly gpus: number | null;
  /** @throws {UserError} "usage", "bad-config": see `ExecutorKind`. */
  open(placement: Placement): Promise<OpenExecutor>;
}

/** Whether an override speaks of the executor and not of a run. */
export function isExecutorOverride({ path }: Override): boolean {
  return path[0] === GROUP;
}

/**
 * @param name As typed after `--executor`.
 * @param typed All overrides; those of the executor count.
 * @throws {UserError} "usage": settings of no executor. "bad-config": no such file, an unknown key, a wrong value, or
 *   several values for one key.
 */
export async function chooseExecutor(
  reader: ConfReader,
  name: string | undefined,
  typed: readonly Override[],
): Promise<ChosenExecutor> {
  const overrides = typed.filter(isExecutorOverride);
  const known = reader.choices(GROUP);
  if (name === undefined && overrides.length > 0) {
    throw new UserError(
      "usage",
      `Cannot use ${overrides[0]!.text}: tasks run on this machine. Add --executor ${
        known.filter((other) => other !== DEFAULT_EXECUTOR).join(" or ")
      }.`,
    );
  }
  const file = name ?? DEFAULT_EXECUTOR;
  if (!known.includes(file)) {
    throw new UserError(
      "bad-config",
      `Cannot use --executor ${file}: conf/${GROUP}/ has no ${file}.yaml, only ${known.join(", ")}.${
        suggestion(file, known)
      }`,
    );
  }
  const source = reader.choice(GROUP, file);
  const values = structuredClone(source.values) as Record<string, Json>;
  for (const override of overrides) set(values, override);
  const from = { values, source, overrides };
  const { kind: kindName } = values;
  const kinds = kindNames(EXECUTORS);
  if (typeof kindName !== "string" || !kinds.includes(kindName)) {
    fail([problem(from, ["kind"], `wanted one of ${kinds.join(", ")}, ${found(kindName)}`)]);
  }
  const kind: ExecutorKind = await loadKind<ExecutorKind>(EXECUTORS, kindName, "executor");
  const result = kind.schema.safeParse(values, ONCE);
  if (!result.success) {
    fail(plainIssues(result.error.issues).flatMap((issue) => faultsOf(issue, kind.schema, from)));
  }
  const settings = fromFile(kind.schema, result.data);
  const problems = kind.check(settings);
  if (problems.length > 0) fail(problems.map(({ path, message }) => problem(from, path, message)));
  return {
    settings,
    gpus: kind.gpus(settings),
    open: (placement) => kind.open(settings, placement),
  };
}

function set(values: JsonObject, { path, values: given, text }: Override): void {
  if (given.length !== 1 || path.length < 2) {
    throw new UserError(
      "bad-config",
      `Cannot use ${text}: wanted one value of a key of ${GROUP}, as in ${GROUP}.KEY=VALUE; --executor chooses the file.`,
    );
  }
  let node = values;
  for (const key of path.slice(1, -1)) {
    const next = ownField(node, key);
    const isObject = typeof next === "object" && next !== null && !Array.isArray(next);
    const inner = isObject ? { ...next as JsonObject } : {};
    setField(node, key, inner);
    node = inner;
  }
  setField(node, path.at(-1)!, given[0]!);
}

/** Where values come from. */
interface Sources {
  readonly values: JsonObject;
  readonly source: YamlSource;
  readonly overrides: readonly Override[];
}

function fail(faults: readonly string[]): never {
  throw new UserError("bad-config", [...new Set(faults)]);
}

function faultsOf(issue: z.core.$ZodIssue, schema: z.ZodObject, from: Sources): string[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const keys = keysAt(schema, path);
    return issue.keys.map((key) => {
      const at = [...path, key];
      return `${originOf(from, at)}: unknown key ${[GROUP, ...at].join(".")}.${suggestion(key, keys)}`;
    });
  }
  const value = path.reduce<Json | undefined>(
    (node, key) => node === null || typeof node !== "object" ? undefined : ownField(node as JsonObject, key),
    from.values,
  );
  return [problem(from, path, `wanted ${wanted(issue, [])}, ${found(value)}`)];
}

function problem(from: Sources, path: readonly string[], message: string): string {
  return `${originOf(from, path)}: ${[GROUP, ...path].join(".")}: ${message}.`;
}

function found(value: Json | undefined): string {
  return `found ${value === undefined ? "nothing" : JSON.stringify(value)}`;
}

function originOf({ source, overrides }: Sources, at: readonly string[]): string {
  // Of a list and of an object the override that gives the whole of it.
  const typed = overrides.findLast(({ path: [, ...key] }) => key.every((part, i) => part === at[i]));
  const line = source.line(at);
  return typed?.text ?? (line === undefined ? source.file : `${source.file}:${line}`);
}

/** The keys that a schema knows at a path. */
function keysAt(schema: unknown, path: readonly string[]): readonly string[] {
  const [key, ...rest] = path;
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) {
    return keysAt(schema.unwrap(), path);
  }
  if (schema instanceof z.ZodRecord) return keysAt(schema.valueType, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  return key === undefined ? Object.keys(schema.shape) : keysAt(schema.shape[key], rest);
}
