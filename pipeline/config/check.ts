/** Checks composed values against the schema and words what is wrong: origin, key, found, wanted, nearest key. */
import type { z } from "zod";
import { UserError } from "../../lib/base/errors.ts";
import type { Json, JsonObject } from "../../lib/base/json.ts";
import { suggestion } from "../../lib/base/nearest.ts";
import type { Composed } from "./compose.ts";
import { type AsrConfig, type KwsConfig, type RunConfig, SCHEMAS, type TaskName } from "./schema.ts";

/** @throws {UserError} "bad-config": one sentence for each thing that is wrong, first things first. */
export function checkConfig(composed: Composed): RunConfig {
  const result = schemaOf(composed.values).safeParse(composed.values);
  if (!result.success) {
    const sentences = result.error.issues.map((issue) => sentence(issue, composed));
    throw new UserError("bad-config", [...new Set(sentences)].join("\n"));
  }
  checkAcrossFields(result.data, composed);
  return deepFreeze(result.data);
}

function schemaOf(values: JsonObject) {
  return SCHEMAS[values["task"] as TaskName];
}

/** Relations between values that the schema of a single value cannot state. */
function checkAcrossFields(config: RunConfig, composed: Composed): void {
  const { dataset, frontend, model } = config;
  const nyquist = dataset.sample_rate / 2;
  if (frontend.f_min_hz >= frontend.f_max_hz || frontend.f_max_hz > nyquist) {
    fail(
      composed,
      ["frontend", "f_max_hz"],
      `wanted f_min_hz < f_max_hz <= ${nyquist} (half the sample rate), found ${frontend.f_min_hz} and ${frontend.f_max_hz}`,
    );
  }
  if (frontend.hop_samples > frontend.n_fft) {
    fail(
      composed,
      ["frontend", "hop_samples"],
      `wanted at most n_fft = ${frontend.n_fft}, found ${frontend.hop_samples}`,
    );
  }
  if (frontend.n_fft % 2 === 1) {
    fail(composed, ["frontend", "n_fft"], `wanted an even number, found ${frontend.n_fft}`);
  }
  checkFrontend(config, composed);
  if (model.kind === "bc_resnet" && frontend.n_mels < 8) {
    fail(
      composed,
      ["frontend", "n_mels"],
      `BC-ResNet halves the height three times and wants 8 to 128 Mel bands, found ${frontend.n_mels}`,
    );
  }
  checkRates(config, composed);
  if (config.task === "kws") checkKws(config, composed);
  else checkAsr(config, composed);
}

function checkKws({ dataset, frontend }: KwsConfig, composed: Composed): void {
  if (frontend.n_fft / 2 >= dataset.clip_samples) {
    fail(
      composed,
      ["frontend", "n_fft"],
      `wanted less than twice the clip's ${dataset.clip_samples} samples, found ${frontend.n_fft}`,
    );
  }
  if (dataset.kind === "folder" && dataset.root === null) {
    fail(
      composed,
      ["dataset", "root"],
      `dataset=folder wants root=/path/to/the/folder with one folder of wav files for each word`,
    );
  }
  if (dataset.kind === "spoken_mini" && dataset.voices > dataset.clips_per_word) {
    fail(
      composed,
      ["dataset", "voices"],
      `each voice says each word at least once, so wanted at most clips_per_word = ${dataset.clips_per_word}, found ${dataset.voices}`,
    );
  }
  if ("split" in dataset && dataset.split.validation_percent + dataset.split.testing_percent >= 100) {
    fail(
      composed,
      ["dataset", "split", "validation_percent"],
      `validation and testing together leave nothing to train on`,
    );
  }
  if (new Set(dataset.targets).size !== dataset.targets.length) {
    fail(composed, ["dataset", "targets"], `a word is listed twice: ${dataset.targets.join(", ")}`);
  }
}

function checkAsr({ dataset, trainer }: AsrConfig, composed: Composed): void {
  if (dataset.kind !== "spoken_sentences" && dataset.root === null) {
    const what = dataset.kind === "timit"
      ? "the LDC's TIMIT folder, with TRAIN and TEST in it"
      : "a folder with Kaldi data folders in it";
    fail(composed, ["dataset", "root"], `dataset=${dataset.kind} wants root=/path/to ${what}`);
  }
  if (trainer.clips_per_epoch !== null && trainer.clips_per_epoch < trainer.batch_size) {
    fail(
      composed,
      ["trainer", "clips_per_epoch"],
      `wanted null or at least batch_size = ${trainer.batch_size}, found ${trainer.clips_per_epoch}`,
    );
  }
}

/** A schedule with a rate of its own serves the groups that set none; every other group needs one. */
function checkRates({ optim }: RunConfig, composed: Composed): void {
  const { schedule } = optim;
  const unset = (["model", "stft", "mel"] as const).find((group) => optim[group].lr === null);
  if (schedule.kind === "constant" && unset !== undefined) {
    fail(
      composed,
      ["optim", unset, "lr"],
      `wanted a learning rate, found null, which takes the rate of optim.schedule, and a constant one has none`,
    );
  }
  if (schedule.kind === "cosine_restarts" && schedule.warmup_steps >= schedule.first_cycle_steps) {
    fail(
      composed,
      ["optim", "schedule", "warmup_steps"],
      `wanted less than first_cycle_steps = ${schedule.first_cycle_steps}, found ${schedule.warmup_steps}`,
    );
  }
}

function checkFrontend({ frontend, setting }: RunConfig, composed: Composed): void {
  const { mask } = frontend;
  const bins = frontend.n_fft / 2 + 1;
  if (mask !== null && (mask.start >= mask.end || mask.end > bins)) {
    fail(
      composed,
      ["frontend", "mask"],
      `wanted start < end <= ${bins} (the bins of n_fft = ${frontend.n_fft}), found ${mask.start} and ${mask.end}`,
    );
  }
  const trainsStft = setting === "C" || setting === "D";
  if (frontend.power === 1 && trainsStft && frontend.power_epsilon === 0) {
    fail(
      composed,
      ["frontend", "power_epsilon"],
      `setting ${setting} trains the STFT through a magnitude, whose slope is infinite at 0; wanted original, a ` +
        `number above 0, or frontend.power=2`,
    );
  }
  if (frontend.kind !== "fastaudio") return;
  const trainsFilters = setting === "B" || setting === "D";
  if (frontend.filter === "rectangular" && trainsFilters) {
    fail(
      composed,
      ["frontend", "filter"],
      `setting ${setting} trains the filters, but rectangular ones are 0 or 1 at every bin, so that centres and ` +
        `widths have no gradient; wanted triangular or gaussian, or setting=A or C`,
    );
  }
}

function fail(composed: Composed, path: readonly string[], what: string): never {
  throw new UserError("bad-config", `${origin(composed, path)}: ${path.join(".")}: ${what}.`);
}

function sentence(issue: z.core.$ZodIssue, composed: Composed): string {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(path, composed.values);
    return issue.keys.map((key) => {
      const at = [...path, key];
      return `${origin(composed, at)}: unknown key ${at.join(".")}.${
        suggestion(key, known) || ` Known keys here: ${known.join(", ")}.`
      }`;
    }).join("\n");
  }
  const found = valueAt(composed.values, path);
  if (found === undefined) return `${path.join(".")} is not set: it belongs in conf/ or on the command line.`;
  return `${origin(composed, path)}: ${path.join(".")}: wanted ${
    wanted(issue, knownKinds(path, composed.values))
  }, found ${JSON.stringify(found)}.`;
}

/** @param kinds What `kind` may be where the issue is, if it chooses between shapes. */
export function wanted(issue: z.core.$ZodIssue, kinds: readonly string[]): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.expected === "int"
        ? "a whole number"
        : `${/^[aeiou]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`;
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

/** The keys the schema knows at `path`, following the `kind` that was chosen. */
function knownKeys(path: readonly string[], values: JsonObject): string[] {
  let schema: unknown = schemaOf(values);
  for (let depth = 0;; depth++) {
    schema = resolveKind(schema, valueAt(values, path.slice(0, depth)));
    const shape = shapeOf(schema);
    if (shape === undefined || depth === path.length) return Object.keys(shape ?? {});
    schema = shape[path[depth]!];
  }
}

/** The `kind`s of the union that `path`, ending in "kind", chooses from. */
function knownKinds(path: readonly string[], values: JsonObject): string[] {
  let schema: unknown = schemaOf(values);
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

function valueAt(values: Json, path: readonly string[]): Json | undefined {
  let node: Json | undefined = values;
  for (const key of path) {
    node = node === null || typeof node !== "object" ? undefined : (node as JsonObject)[key];
  }
  return node;
}

/** Where a value, or the nearest thing around it, was set. */
function origin(composed: Composed, path: readonly string[]): string {
  for (let length = path.length; length > 0; length--) {
    const dotted = path.slice(0, length).join(".");
    const exact = composed.origins.get(dotted) ??
      [...composed.origins].find(([key]) => key.startsWith(`${dotted}.`))?.[1];
    if (exact !== undefined) return exact;
  }
  return "configuration";
}

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === "object" && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
