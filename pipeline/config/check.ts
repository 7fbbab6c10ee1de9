/** Checks composed values against the schema and words what is wrong: origin, key, found, wanted, nearest key. */
import { resolve } from "node:path";
import type { z } from "zod";
import { UserError } from "../../lib/base/errors.ts";
import type { JsonObject } from "../../lib/base/json.ts";
import { kindNames, type Problem } from "../../lib/base/kinds.ts";
import { suggestion } from "../../lib/base/nearest.ts";
import { plainIssues, valueAt } from "../../lib/base/schema_words.ts";
import { fromFile, ONCE } from "../../lib/base/record.ts";
import { corruptProblems, withNoise } from "../../lib/data/corruption/schema.ts";
import { excludeProblems } from "../../lib/data/exclusion/schema.ts";
import { COMPRESSIONS } from "../../lib/frontends/compressions/kinds.ts";
import type { FrontendContext } from "../../lib/frontends/contract.ts";
import {
  frontendProblems,
  orderedParts,
  partsOf,
  partsOfSetting,
  settingOf,
} from "../../lib/frontends/parts.ts";
import { peakRate, scheduleSchema } from "../../lib/train/schedule.ts";
import type { Composed, ConfReader } from "./compose.ts";
import { SELECTIONS } from "../../lib/train/selections/kinds.ts";
import { STREAM_PATHS, streamProblems } from "./stream_schema.ts";
import { asRuns, faultsOf, originOf, shortened } from "./fault_words.ts";
import {
  type ConfiguredKinds,
  FAMILIES,
  type Family,
  loadKinds,
  type RunConfig,
  schemaOf,
} from "./schema.ts";

/** A configuration with the kinds that it names. */
export interface Checked {
  readonly config: RunConfig;
  readonly kinds: ConfiguredKinds;
}

/** So many configurations of the same kinds are each looked at once, as {@link ONCE} has it; a sweep of more is not. */
const FEW = 50;

/** Checks configurations; kinds and schemas are made once for each combination. */
export class ConfigChecker {
  readonly #folders: ConfReader["folders"];
  readonly #known = new Map<
    string,
    { readonly kinds: ConfiguredKinds; readonly schema: ReturnType<typeof schemaOf>; checked: number }
  >();

  constructor(folders: ConfReader["folders"]) {
    this.#folders = folders;
  }

  /** @throws {UserError} "bad-config": one sentence for each thing that is wrong, first things first. */
  async check(composed: Composed): Promise<Checked> {
    const names = kindsIn(composed);
    const task = taskIn(composed);
    const selection = selectionIn(composed);
    const key = JSON.stringify([task, selection, names]);
    let known = this.#known.get(key);
    if (known === undefined) {
      const kinds = await loadKinds(task, selection, names);
      this.#known.set(key, known = { kinds, schema: schemaOf(kinds), checked: 0 });
    }
    const { kinds, schema } = known;
    const result = schema.safeParse(composed.values, known.checked++ < FEW ? ONCE : {});
    if (!result.success) {
      const faults = plainIssues(result.error.issues).flatMap((issue) => faultsOf(issue, composed, schema));
      throw new UserError("bad-config", [...new Set(faults)]);
    }
    const unknown = unknownPart(result.data.frontend.trained ?? [], kinds);
    if (unknown !== undefined) fail(composed, ["frontend", "trained"], unknown.message, unknown.more);
    const config = absolute(configOf(result.data, kinds), kinds, composed, this.#folders);
    const problem = problemsOf(config, kinds)[0];
    if (problem !== undefined) fail(composed, problem.path, problem.message);
    return { config: deepFreeze(config), kinds };
  }
}

/** What a front-end is told of a run. */
export function frontendContext(
  { dataset, frontend, seed, setting, compression }: RunConfig,
  kinds: ConfiguredKinds,
): FrontendContext {
  return {
    sampleRate: dataset.sample_rate,
    clipSamples: kinds.dataset.clipSamples(dataset),
    seed,
    trained: frontend.trained ?? (setting === null ? [] : partsOfSetting(kinds, setting)),
    compression,
  };
}

/** The first name that is none of a part. */
function unknownPart(
  trained: readonly string[],
  kinds: ConfiguredKinds,
): { readonly message: string; readonly more: string } | undefined {
  const parts = partsOf(kinds);
  const unknown = trained.find((part) => !Object.hasOwn(parts, part));
  if (unknown === undefined) return undefined;
  const known = Object.entries(parts).map(([part, words]) => `${part} (${words})`).join(", ");
  const more = Object.hasOwn(COMPRESSIONS, unknown)
    ? ` A compression's part is there where it is the compression: compression=${unknown}.`
    : suggestion(unknown, Object.keys(parts));
  return { message: `wanted some of ${known || "no parts"}, found ${JSON.stringify(unknown)}`, more };
}

type Values = z.output<ReturnType<typeof schemaOf>>;

/** The task's own groups in a place of their own, so that whoever passes them on need not know them. */
function configOf(values: Values, kinds: ConfiguredKinds): RunConfig {
  const { task } = kinds;
  const own = Object.keys(task.groups);
  const entries = Object.entries({ ...values, ...trainedOnce(values, kinds) });
  return {
    ...Object.fromEntries(entries.filter(([key]) => !own.includes(key))),
    groups: Object.fromEntries(entries.filter(([key]) => own.includes(key))),
  } as unknown as RunConfig;
}

/** What is trained, said in one way only, so that what trains the same is the same run. */
function trainedOnce({ frontend, setting }: Values, kinds: ConfiguredKinds) {
  if (frontend.trained === null) return { setting };
  const list = orderedParts(kinds, frontend.trained);
  const named = settingOf(kinds, list);
  return { setting: named, frontend: { ...frontend, trained: named === null ? list : null } };
}

/** With paths that mean the same wherever a task runs, and the noise that is meant. */
function absolute(
  config: RunConfig,
  kinds: ConfiguredKinds,
  { typed }: Composed,
  folders: ConfReader["folders"],
): RunConfig {
  const from = (key: string, path: string) => resolve(typed.has(key) ? folders.typed : folders.files, path);
  const { dataset, init_from, stream } = config;
  const below = (group: string, values: JsonObject, names: readonly string[]) =>
    Object.fromEntries(names.flatMap((name) => {
      const path = values[name];
      return typeof path === "string" ? [[name, from(`${group}.${name}`, path)]] : [];
    }));
  return {
    ...config,
    dataset: withNoise(kinds.dataset, { ...dataset, ...below("dataset", dataset, kinds.dataset.paths) }),
    ...(stream === undefined ? {} : { stream: { ...stream, ...below("stream", stream, STREAM_PATHS) } }),
    init_from: init_from === null ? null : from("init_from", init_from),
  };
}

function taskIn({ values }: Composed): string {
  return String(values["task"]);
}

/** What is no name is told with the rest of what is wrong. */
function selectionIn({ values }: Composed): string {
  const found = valueAt(values, ["trainer", "select"]);
  const known = kindNames(SELECTIONS);
  return typeof found === "string" && known.includes(found) ? found : known[0]!;
}

/** @throws {UserError} "bad-config": a group names no kind of its family. */
function kindsIn(composed: Composed): Record<Family, string> {
  const entries = Object.entries(FAMILIES).map(([family, list]) => {
    const found = valueAt(composed.values, [family, "kind"]);
    const known = kindNames(list);
    if (typeof found === "string" && known.includes(found)) return [family, found];
    if (found === undefined) {
      const value = composed.values[family] ?? null;
      const found = `wanted a kind (${known.join(", ")}) and its values, found ${shortened(value)}`;
      return fail(composed, [family], found, asRuns(family, value));
    }
    return fail(
      composed,
      [family, "kind"],
      `wanted one of the known kinds: ${known.join(", ")}, found ${shortened(found)}`,
      typeof found === "string" ? suggestion(found, known) : "",
    );
  });
  return Object.fromEntries(entries);
}

/** Relations between values that the schema of a single value cannot state. */
function problemsOf(config: RunConfig, kinds: ConfiguredKinds): Problem[] {
  const { dataset, frontend, model, augment, trainer, task, stream } = config;
  const context = frontendContext(config, kinds);
  const below = (group: string, problems: readonly Problem[]) =>
    problems.map(({ path, message }) => ({ path: [group, ...path], message }));
  return [
    ...(kinds.dataset.task === task ? [] : [{
      path: ["dataset", "kind"],
      message: `${dataset.kind} is for deno task ${kinds.dataset.task}, found task ${task}`,
    }]),
    ...frontendProblems(kinds, frontend, context),
    ...kinds.model.check(model, {
      bands: kinds.frontend.bands(frontend),
      channels: kinds.compression.channels?.(config.compression) ?? 1,
    }),
    ...(kinds.task.head in kinds.model.heads ? [] : [{
      path: ["model", "kind"],
      message: `${model.kind} makes no decision for each ${kinds.task.head}, as task ${task} wants`,
    }]),
    ...ratesProblems(config),
    ...frozenProblems(config, context),
    ...below("dataset", kinds.dataset.check(dataset)),
    ...below("dataset", corruptProblems(kinds.dataset, dataset)),
    ...below("dataset", excludeProblems(dataset)),
    ...kinds.task.check({ trainer }),
    ...streamProblems(stream, kinds.task.head),
    ...selectionProblems(config, kinds),
    ...below("augment", kinds.augment.check(augment, { oneLabel: kinds.task.head === "clip" })),
  ];
}

/** A schedule with a rate of its own serves the groups that set none; every other group needs one. */
function ratesProblems({ optim, trainer: { epochs, until_epoch, average } }: RunConfig): Problem[] {
  const { schedule } = optim;
  const unset = Object.keys(optim).find((group) => valueAt(optim, [group, "lr"]) === null);
  const problems: Problem[] = [];
  if (peakRate(fromFile(scheduleSchema, schedule)) === null && unset !== undefined) {
    problems.push({
      path: ["optim", unset, "lr"],
      message:
        `wanted a learning rate, found null, which takes the rate of optim.schedule, and one of kind ${schedule.kind} has none`,
    });
  }
  if (schedule.kind === "cosine_restarts" && schedule.warmup_steps >= schedule.first_cycle_steps) {
    problems.push({
      path: ["optim", "schedule", "warmup_steps"],
      message:
        `wanted less than first_cycle_steps = ${schedule.first_cycle_steps}, found ${schedule.warmup_steps}`,
    });
  }
  if (schedule.kind === "cosine" && schedule.warmup_epochs >= epochs) {
    problems.push({
      path: ["optim", "schedule", "warmup_epochs"],
      message: `wanted less than trainer.epochs = ${epochs}, found ${schedule.warmup_epochs}`,
    });
  }
  if (until_epoch !== null && until_epoch > epochs) {
    problems.push({
      path: ["trainer", "until_epoch"],
      message: `wanted at most trainer.epochs = ${epochs}, found ${until_epoch}`,
    });
  }
  if (average?.kind === "swa" && average.from_epoch > epochs) {
    problems.push({
      path: ["trainer", "average", "from_epoch"],
      message: `wanted at most trainer.epochs = ${epochs}, found ${average.from_epoch}`,
    });
  }
  return problems;
}

/** States that listen to a stream need one with words that are known beforehand. */
function selectionProblems({ stream, dataset, trainer }: RunConfig, kinds: ConfiguredKinds): Problem[] {
  if (!kinds.selection.listens) return [];
  if (stream !== undefined && kinds.dataset.streams?.(dataset) !== undefined) return [];
  const message =
    `wanted a task and a data set of words beside it, which streams can be made of, found ${dataset.kind}`;
  return [{ path: ["trainer", "select"], message: `${message} and ${trainer.select}` }];
}

/** A model that is frozen has to come from somewhere, and something else has to be trained. */
function frozenProblems({ trainer, init_from }: RunConfig, { trained }: FrontendContext): Problem[] {
  if (!trainer.freeze_model) return [];
  const problem = (message: string) => [{ path: ["trainer", "freeze_model"], message }];
  if (init_from === null) {
    return problem(`wanted init_from beside it: a model that is not trained has to come from a checkpoint`);
  }
  if (trained.length > 0) return [];
  return problem(`wanted frontend.trained beside it, as [pcen] or [mel]: nothing else would be trained`);
}

/** @param more Sentences. */
function fail(composed: Composed, path: readonly string[], what: string, more = ""): never {
  throw new UserError("bad-config", `${originOf(composed, path)}: ${path.join(".")}: ${what}.${more}`);
}

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === "object" && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
