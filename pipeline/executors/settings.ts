/** Where tasks run: `conf/executor/NAME.yaml` and what is typed as `executor.KEY=VALUE`. No part of any task's key. */
import { z } from "zod";
import { UserError } from "../../lib/base/errors.ts";
import type { Json, JsonObject } from "../../lib/base/json.ts";
import { suggestion } from "../../lib/base/nearest.ts";
import { wanted } from "../config/check.ts";
import type { ConfReader } from "../config/compose.ts";
import type { Override } from "../config/override.ts";
import type { YamlSource } from "../config/yaml_source.ts";

const GROUP = "executor";

const word = z.string().regex(/^[\w.,+@-]+$/, "wanted a name of letters, digits and _ . , + @ -").nullable();

const resources = {
  partition: word,
  account: word,
  time: z.union([z.int().min(1), z.string()]).transform(String).pipe(
    z.string().regex(
      /^(?:\d+|\d+:\d+|\d+:\d+:\d+|\d+-\d+(?::\d+){0,2})$/,
      'wanted minutes, "hours:minutes:seconds" or "days-hours"',
    ),
  ).nullable(),
  memory: z.string().regex(/^\d+[KMGT]?$/, "wanted a size such as 4G or 800M").nullable(),
  cpus: z.int().min(1).max(4096),
  gpus: z.int().min(0).max(64),
};

const slurm = z.strictObject({
  kind: z.literal("slurm"),
  ...resources,
  extra_lines: z.array(z.string().regex(/^[^\n]*$/, "wanted one line each")),
  warn_seconds: z.int().min(1).max(65535),
  max_requeues: z.int().min(0).max(10000),
  poll_seconds: z.number().min(0.1).max(3600),
  stages: z.record(z.string(), z.strictObject(resources).partial()),
});

const executorSchema = z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("local") }), slurm]);

export type ExecutorConfig = z.infer<typeof executorSchema>;
export type SlurmConfig = z.infer<typeof slurm>;

/** Whether an override speaks of the executor and not of a run. */
export function isExecutorOverride({ path }: Override): boolean {
  return path[0] === GROUP;
}

/**
 * @param overrides Those of the executor.
 * @throws {UserError} "bad-config": no such file, an unknown key, a wrong value, or several values for one key.
 */
export function executorConfig(
  reader: ConfReader,
  name: string,
  overrides: readonly Override[],
): ExecutorConfig {
  const known = reader.choices(GROUP);
  if (!known.includes(name)) {
    throw new UserError(
      "bad-config",
      `Cannot use --executor ${name}: conf/${GROUP}/ has no ${name}.yaml, only ${known.join(", ")}.${
        suggestion(name, known)
      }`,
    );
  }
  const source = reader.choice(GROUP, name);
  const values = structuredClone(source.values) as Record<string, Json>;
  for (const override of overrides) set(values, override);
  const result = executorSchema.safeParse(values);
  if (result.success) return result.data;
  const sentences = result.error.issues.map((issue) => sentence(issue, values, { source, overrides }));
  throw new UserError("bad-config", [...new Set(sentences)].join("\n"));
}

function set(values: Record<string, Json>, { path, values: given, text }: Override): void {
  if (given.length !== 1 || path.length < 2) {
    throw new UserError(
      "bad-config",
      `Cannot use ${text}: wanted one value of a key of ${GROUP}, as in ${GROUP}.time=120; --executor chooses the file.`,
    );
  }
  let node = values;
  for (const key of path.slice(1, -1)) {
    const next = node[key];
    const inner = typeof next === "object" && next !== null && !Array.isArray(next) ? { ...next } : {};
    node[key] = inner as JsonObject;
    node = inner as Record<string, Json>;
  }
  node[path.at(-1)!] = given[0]!;
}

function sentence(
  issue: z.core.$ZodIssue,
  values: JsonObject,
  { source, overrides }: { readonly source: YamlSource; readonly overrides: readonly Override[] },
): string {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const keys = path[0] === "stages" ? Object.keys(resources) : Object.keys(slurm.shape);
    return issue.keys.map((key) =>
      `${originOf([...path, key])}: unknown key ${[GROUP, ...path, key].join(".")}.${suggestion(key, keys)}`
    ).join("\n");
  }
  const found = path.reduce<Json | undefined>((node, key) => (node as JsonObject | undefined)?.[key], values);
  return `${originOf(path)}: ${[GROUP, ...path].join(".")}: wanted ${wanted(issue, [])}, found ${
    found === undefined ? "nothing" : JSON.stringify(found)
  }.`;

  function originOf(at: readonly string[]): string {
    const typed = overrides.findLast(({ path: [, ...key] }) => key.join(".") === at.join("."));
    const line = source.line(at);
    return typed?.text ?? (line === undefined ? source.file : `${source.file}:${line}`);
  }
}
