/** A front-end from values that nobody has checked yet. */
import { z } from "zod";
import { UserError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { suggestion } from "../base/nearest.ts";
import { knownKeys, valueAt, wanted } from "../base/schema_words.ts";
import type { FrontendConfig, FrontendContext, FrontendSpec } from "../frontends/contract.ts";
import { loadFrontendKinds, makeFrontend as makeChecked } from "../frontends/front_end.ts";
import { frontendProblems, partsOf } from "../frontends/parts.ts";

/**
 * A front-end from its configuration: the chain of its steps, as plain values.
 *
 * ```ts
 * import { makeFrontend } from "./lib/mod.ts";
 *
 * const frontend = await makeFrontend({
 *   kind: "nnaudio",
 *   n_fft: 480,
 *   hop_samples: 160,
 *   n_mels: 40,
 *   f_min_hz: 0,
 *   f_max_hz: 8000,
 *   power_epsilon: "original",
 *   power: 2,
 *   mask: null,
 *   normalise: "batch",
 *   random_mel: false,
 * }, {
 *   sampleRate: 16000,
 *   clipSamples: 8000,
 *   seed: 0,
 *   trained: ["mel"], // the Mel filters, but not the STFT kernels
 *   compression: { kind: "log", offset: 1e-10 },
 * });
 * console.log(frontend.steps.map(({ step }) => step)); // stft, mel, log, batch_norm
 * ```
 *
 * @param config As its kind's schema wants it; keys that have defaults there may be left out.
 * @throws {UserError} `bad-config` for a kind, a key, a value or a trained part that is not known, or values that do
 *   not fit together.
 */
export async function makeFrontend(config: FrontendConfig, context: FrontendContext): Promise<FrontendSpec> {
  const kinds = await loadFrontendKinds({ kind: kindOf(config) }, { kind: kindOf(context.compression) });
  const what = `Cannot make the front-end ${config.kind}`;
  const whole = check(kinds.frontend.schema, config, what);
  const known = z.object({
    sampleRate: z.int().min(1),
    clipSamples: z.int().min(1).nullable(),
    seed: z.int().min(0),
    trained: z.array(z.enum(Object.keys(partsOf(kinds)))),
    compression: kinds.compression.group,
  });
  check(known, context, what);
  const problem = frontendProblems(kinds, whole, context)[0];
  if (problem === undefined) return makeChecked(whole, context);
  const [, ...path] = problem.path; // below the group of front-ends
  throw new UserError("bad-config", `${what}: ${path.join(".")}: ${problem.message}.`);
}

/** Of what a caller without types may give as well. */
function kindOf(value: unknown): string {
  return String((value as { readonly kind?: unknown } | null | undefined)?.kind);
}

/** @returns With what goes without saying. */
function check<Value>(schema: z.ZodType<Value>, values: object, what: string): Value {
  const { error, data } = schema.safeParse(values);
  if (error === undefined) return data;
  // A mistyped key comes first: it is also why the right one is missing.
  const issue = error.issues.find(({ code }) => code === "unrecognized_keys") ?? error.issues[0]!;
  throw new UserError("bad-config", `${what}: ${sentence(issue, values as JsonObject, schema)}`, {
    cause: error,
  });
}

/** What was found and wanted, and what was probably meant. */
function sentence(issue: z.core.$ZodIssue, values: JsonObject, schema: z.ZodType): string {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0]!;
    const known = knownKeys(path, values, schema);
    return `unknown key ${[...path, key].join(".")}: wanted ${known.join(", ")}.${suggestion(key, known)}`;
  }
  const found: unknown = valueAt(values, path);
  const meant = issue.code === "invalid_value" && typeof found === "string"
    ? suggestion(found, issue.values.map(String))
    : "";
  return `${path.join(".")}: wanted ${wanted(issue, [])}, found ${text(found)}.${meant}`;
}

function text(found: unknown): string {
  if (found === undefined) return "nothing";
  return typeof found === "object" || typeof found === "string" ? JSON.stringify(found) : String(found);
}
