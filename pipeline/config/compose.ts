/**
 * Composes a configuration: the main file, then one file of each group in the listed order, then overrides. Each
 * value keeps the place it came from. Pure: files are read through {@link ConfReader}.
 */
import { UserError } from "../../lib/base/errors.ts";
import { type Json, type JsonObject, ownField, setField } from "../../lib/base/json.ts";
import { suggestion } from "../../lib/base/nearest.ts";
import { valueAt } from "../../lib/base/schema_words.ts";
import type { Override } from "./override.ts";
import { leaves, type YamlSource } from "./yaml_source.ts";

/** Access to the `conf/` folder. */
export interface ConfReader {
  /** `main("kws")` is `conf/kws.yaml`. */
  main(name: string): YamlSource;
  /** Names of the choices of a group, sorted; empty if there is no such group. */
  choices(group: string): readonly string[];
  choice(group: string, name: string): YamlSource;
  /** Absolute: what relative paths in files are relative to, and those that are typed. */
  readonly folders: { readonly files: string; readonly typed: string };
}

/** One concrete assignment of an override: exactly one value. */
export interface Assignment {
  readonly path: readonly string[];
  readonly value: Json;
  readonly text: string;
  /** On the command line, not in a file. */
  readonly typed: boolean;
}

export interface Composed {
  readonly values: JsonObject;
  /** Dotted path of each value -> where it was set: `conf/optim/sgd.yaml:3` or `n_mels=40`. */
  readonly origins: ReadonlyMap<string, string>;
  /** Dotted paths of what was typed. */
  readonly typed: ReadonlySet<string>;
  /** Of each group the file, and whether it would be this one if nobody had asked for it. */
  readonly choices: ReadonlyMap<string, { readonly name: string; readonly usual: boolean }>;
  /** Dotted path -> value, of all that is not as the files have it; null: what is not there any more. */
  readonly changes: ReadonlyMap<string, Json>;
}

/** Short names for values that are typed often. */
export const ALIASES: ReadonlyMap<string, readonly string[]> = new Map([
  ["root", ["dataset", "root"]],
  ["test_root", ["dataset", "test_root"]],
  ["n_mels", ["frontend", "n_mels"]],
  ["epochs", ["trainer", "epochs"]],
  ["normalise", ["frontend", "normalise"]],
  ["optim.lr", ["optim", "model", "lr"]],
]);

/** Keys of the main file that steer composition and are no part of a run's configuration. */
const STEERING = ["defaults", "compare", "beside", "quick"];

/** @throws {UserError} "bad-config": an unknown group or choice. */
export function compose(reader: ConfReader, mainName: string, assignments: readonly Assignment[]): Composed {
  return composer(reader, mainName)(assignments);
}

/** Composes many configurations of one main file: what choices of files give is merged once for each combination. */
export function composer(
  reader: ConfReader,
  mainName: string,
): (assignments: readonly Assignment[]) => Composed {
  const main = reader.main(mainName);
  const groups = groupDefaults(main);
  const merged = new Map<string, { readonly files: Layers; readonly choices: Composed["choices"] }>();
  return (assignments) => {
    const chosen = assignments.filter((a) => isGroupChoice(a, groups));
    const choices = chooseFiles(reader, main, groups, chosen);
    const key = JSON.stringify(choices.map(({ name }) => name));
    let base = merged.get(key);
    if (base === undefined) {
      const usual = usualChoices(reader, main, groups, choices);
      merged.set(key, base = { files: mergeFiles(reader, main, choices), choices: usual });
    }
    const layers = base.files.copy();
    const own = assignments.filter((a) => !chosen.includes(a));
    for (const { path, value } of own) layers.forgetOtherKind(path, value);
    for (const { path, value, text } of own) layers.set(path, value, text);
    const typed = new Set(own.filter((a) => a.typed).map(({ path }) => path.join(".")));
    const changes = new Map(
      own.flatMap(({ path }) => [...changesBelow(path, base.files.values, layers.values)]),
    );
    return { values: layers.values, origins: layers.origins, typed, choices: base.choices, changes };
  };
}

/** Which choices are those that all others lead to. */
function usualChoices(
  reader: ConfReader,
  main: YamlSource,
  groups: Readonly<Record<string, string>>,
  choices: readonly Choice[],
): Composed["choices"] {
  const asked = choices.map(({ group, name, from }): Assignment => ({
    path: [group],
    value: name,
    text: from,
    typed: false,
  }));
  return new Map(choices.map(({ group, name }) => {
    const usual = chooseFiles(reader, main, groups, asked.filter(({ path }) => path[0] !== group));
    return [group, { name, usual: usual.some((choice) => choice.group === group && choice.name === name) }];
  }));
}

/** What differs at and below a path, by dotted path. */
function* changesBelow(
  path: readonly string[],
  before: JsonObject,
  after: JsonObject,
): Iterable<[string, Json]> {
  const flat = (values: JsonObject) => {
    const value = valueAt(values, path);
    return new Map(
      value === undefined ? [] : [...leaves(value, path)].map(([inner, leaf]) => [inner.join("."), leaf]),
    );
  };
  const [old, now] = [flat(before), flat(after)];
  for (const [name, value] of now) {
    if (JSON.stringify(value) !== JSON.stringify(old.get(name))) yield [name, value];
  }
  const isBelow = (name: string, other: string) => `${name}.`.startsWith(`${other}.`);
  for (const name of old.keys()) {
    if (![...now.keys()].some((other) => isBelow(name, other) || isBelow(other, name))) yield [name, null];
  }
}

/**
 * Of each group the file that is asked for, else that which another group's file prefers, else the main file's. What a
 * preferred file prefers counts too, whatever the order of groups.
 *
 * @throws {UserError} `bad-config`: no such file, no such group, or preferences that go in circles.
 */
function chooseFiles(
  reader: ConfReader,
  main: YamlSource,
  groups: Readonly<Record<string, string>>,
  chosen: readonly Assignment[],
): Choice[] {
  let preferred: ReadonlyMap<string, Choice> = new Map();
  for (let pass = 0; pass <= Object.keys(groups).length; pass++) {
    const choices = Object.entries(groups).map(([group, byDefault]): Choice => {
      const override = chosen.findLast((a) => a.path[0] === group);
      const choice = override !== undefined
        ? { group, name: String(override.value), from: override.text }
        : preferred.get(group) ??
          { group, name: byDefault, from: `${main.file}: defaults.${group}: ${byDefault}` };
      checkChoice(reader, choice);
      return choice;
    });
    const found = preferencesOf(reader, groups, choices);
    const settled = found.size === preferred.size &&
      [...found].every(([group, { name }]) => preferred.get(group)?.name === name);
    if (settled) return choices;
    preferred = found;
  }
  throw new UserError(
    "bad-config",
    `Cannot use ${[...preferred.values()].map(({ from }) => from).join(" with ")}: they go in circles. ` +
      "Choose the groups in question on the command line.",
  );
}

/** Of two files that prefer different files of a group, the later's counts. */
function preferencesOf(
  reader: ConfReader,
  groups: Readonly<Record<string, string>>,
  choices: readonly Choice[],
): Map<string, Choice> {
  const preferred = new Map<string, Choice>();
  for (const { group, name } of choices) {
    const source = reader.choice(group, name);
    for (const [other, value] of Object.entries((source.values["prefers"] ?? {}) as JsonObject)) {
      const from = `${source.file}: prefers.${other}: ${value}`;
      if (other === group || reader.choices(other).length === 0) {
        const others = Object.keys(groups).filter((known) => known !== group);
        throw new UserError(
          "bad-config",
          `Cannot use ${from}: ${other} is no other group; wanted one of ${others.join(", ")}.${
            suggestion(other, others)
          }`,
        );
      }
      // A group of another task's: files are shared between tasks.
      if (Object.hasOwn(groups, other)) preferred.set(other, { group: other, name: String(value), from });
    }
  }
  return preferred;
}

/** A file of a group. */
interface Choice {
  readonly group: string;
  readonly name: string;
  /** Who chose it, for messages. */
  readonly from: string;
}

function checkChoice(reader: ConfReader, { group, name, from }: Choice): void {
  const known = reader.choices(group);
  if (known.includes(name)) return;
  throw new UserError(
    "bad-config",
    `Cannot use ${from}: conf/${group}/ has no ${name}.yaml, only ${known.join(", ")}.${
      suggestion(name, known)
    }`,
  );
}

/** The main file, then of each group what the main file says whichever file is chosen, and that file. */
function mergeFiles(reader: ConfReader, main: YamlSource, choices: readonly Choice[]): Layers {
  const layers = new Layers();
  const isChosen = (key: string) => choices.some(({ group }) => group === key);
  for (const [key, value] of Object.entries(main.values)) {
    if (!STEERING.includes(key) && !isChosen(key)) layers.merge([key], value, main, [key]);
  }
  for (const choice of choices) {
    const { group, name } = choice;
    const source = reader.choice(group, name);
    const { also, prefers: _, ...own } = source.values;
    const always = main.values[group];
    if (always !== undefined) layers.merge([group], always, main, [group]);
    layers.merge([group], own, source, []);
    for (const [section, values] of Object.entries((also ?? {}) as JsonObject)) {
      layers.merge([section], values, source, ["also", section]);
    }
  }
  return layers;
}

/** What the main file compares by default, as `compare: {setting: [A, B]}`. */
export function defaultAxes(main: YamlSource): Override[] {
  return overridesIn((main.values["compare"] ?? {}) as JsonObject, `${main.file}: compare`);
}

/** The runs that the main file adds where no value is typed, as `beside: [{trainer: spotter, setting: A}]`. */
export function besideByDefault(main: YamlSource): Override[][] {
  const runs = (main.values["beside"] ?? []) as JsonObject[];
  return runs.map((run, i) => overridesIn(run, `${main.file}: beside.${i}`));
}

/** What the main file sets for a quick look, as `quick: {trainer: quick}`. */
export function quickByDefault(main: YamlSource): Override[] {
  return overridesIn((main.values["quick"] ?? {}) as JsonObject, `${main.file}: quick`);
}

function overridesIn(values: JsonObject, place: string): Override[] {
  return Object.entries(values).map(([key, value]) => ({
    path: key.split("."),
    values: (Array.isArray(value) ? value : [value]) as Json[],
    text: `${place}.${key}`,
  }));
}

/** Replaces a short name by what it stands for. */
export function expandAlias(path: readonly string[]): readonly string[] {
  return ALIASES.get(path.join(".")) ?? path;
}

function groupDefaults(main: YamlSource): Record<string, string> {
  const defaults = main.values["defaults"];
  if (
    defaults === undefined || defaults === null || typeof defaults !== "object" || Array.isArray(defaults)
  ) {
    throw new UserError(
      "bad-config",
      `Cannot use ${main.file}: it must list a default choice for each group under "defaults".`,
    );
  }
  return Object.fromEntries(Object.entries(defaults).map(([group, name]) => [group, String(name)]));
}

function isGroupChoice(assignment: Assignment, groups: Readonly<Record<string, string>>): boolean {
  return assignment.path.length === 1 && Object.hasOwn(groups, assignment.path[0]!) &&
    typeof assignment.value === "string";
}

/** Values merged so far and where each came from. */
class Layers {
  readonly #root: JsonObject;
  readonly origins: Map<string, string>;

  constructor(root: JsonObject = {}, origins = new Map<string, string>()) {
    this.#root = root;
    this.origins = origins;
  }

  /** One that can be changed without changing this one. */
  copy(): Layers {
    return new Layers(structuredClone(this.#root), new Map(this.origins));
  }

  get values(): JsonObject {
    return this.#root;
  }

  /** @param sourcePath Where `value` stands in the source's text. */
  merge(path: readonly string[], value: Json, source: YamlSource, sourcePath: readonly string[]): void {
    for (const [inner, leaf] of leaves(value)) {
      const line = source.line([...sourcePath, ...inner]);
      this.set([...path, ...inner], leaf, line === undefined ? source.file : `${source.file}:${line}`);
    }
  }

  /**
   * Before a value within a group becomes of another kind (`optim.schedule.kind=constant`): what files say of the one
   * that it was falls away. A group's own kind is chosen with its file.
   */
  forgetOtherKind(path: readonly string[], kind: Json): void {
    const [whole, last] = [path.slice(0, -1), path.at(-1)];
    const value = last === "kind" && whole.length > 1 ? valueAt(this.#root, whole) : undefined;
    if (value === null || typeof value !== "object" || Array.isArray(value)) return;
    const inner = value as JsonObject;
    if (ownField(inner, "kind") === kind) return;
    const below = `${whole.join(".")}.`;
    for (const known of [...this.origins.keys()]) if (known.startsWith(below)) this.origins.delete(known);
    setField(valueAt(this.#root, whole.slice(0, -1)) as JsonObject, whole.at(-1)!, {});
  }

  set(path: readonly string[], value: Json, origin: string): void {
    let node = this.#root;
    for (const key of path.slice(0, -1)) {
      const inner = ownField(node, key);
      const isObject = inner !== null && typeof inner === "object" && !Array.isArray(inner);
      const next = isObject ? inner as JsonObject : {};
      if (!isObject) setField(node, key, next);
      node = next;
    }
    const dotted = path.join(".");
    for (const known of this.origins.keys()) if (known.startsWith(`${dotted}.`)) this.origins.delete(known);
    setField(node, path.at(-1)!, structuredClone(value));
    this.origins.set(dotted, origin);
    if (value !== null && typeof value === "object" && !Array.isArray(value)) {
      for (const [inner] of leaves(value)) this.origins.set([dotted, ...inner].join("."), origin);
    }
  }
}
