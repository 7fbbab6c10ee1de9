/** How an override can begin or go on, for completion. */
import type { JsonObject } from "../../../lib/base/json.ts";
import { valueAt } from "../../../lib/base/schema_words.ts";
import { ALIASES, type Assignment, compose } from "../../config/compose.ts";
import { SETTINGS } from "../../../lib/frontends/contract.ts";
import type { Candidate } from "./command.ts";
import { continued } from "./names_io.ts";
import { openProject } from "./project_io.ts";
import { DEFAULT_TASK, TASK_NAMES } from "../../config/tasks.ts";

/**
 * `key=` with its present value, or for a group and for a truth value what can follow.
 * @param words After `deno task`; the last one is to be completed.
 */
export async function* overrideWords(words: readonly string[]): AsyncIterable<Candidate> {
  const { conf } = openProject();
  const { values: ofRun, origins } = compose(conf, taskIn(words), await choicesIn(words));
  const store = conf.main("store").values; // no part of a run
  const values: JsonObject = { ...ofRun, store };
  const [typed, begun] = words.at(-1)!.split("=", 2) as [string, string?];
  const path = ALIASES.get(typed) ?? typed.split(".");
  if (begun !== undefined) {
    const next = typeof valueAt(values, path) === "boolean"
      ? ["true", "false"]
      : typed === "setting"
      ? SETTINGS
      : path.join(".") === "frontend.trained"
      ? await listsOfParts(values)
      : conf.choices(typed);
    for (const word of continued(begun, next)) yield [`${typed}=${word}`, ""];
    return;
  }
  const named: (readonly [string, readonly string[]])[] = [...ALIASES];
  const ofStore = Object.keys(store).map((key) => `store.${key}`);
  for (const key of [...Object.keys(values), ...origins.keys(), ...ofStore]) {
    named.push([key, key.split(".")]);
  }
  for (const [name, target] of named) {
    const value = valueAt(values, target);
    if (value === undefined) continue;
    const isGroup = value !== null && typeof value === "object" && !Array.isArray(value);
    const choices = isGroup ? conf.choices(name) : [];
    if (isGroup && choices.length === 0) continue;
    yield [`${name}=`, isGroup ? `one of ${choices.join(", ")}` : `now ${JSON.stringify(value)}`];
  }
}

/** `null`, and each part alone. */
async function listsOfParts(values: JsonObject): Promise<string[]> {
  // Loaded where it is asked for: all commands that run graphs import this file.
  const [{ loadFrontendKinds }, { partsOf }] = await Promise.all([
    import("../../../lib/frontends/front_end.ts"),
    import("../../../lib/frontends/parts.ts"),
  ]);
  const nameOf = (group: string) => ({ kind: String(valueAt(values, [group, "kind"])) });
  const parts = partsOf(await loadFrontendKinds(nameOf("frontend"), nameOf("compression")));
  return ["null", "[]", ...Object.keys(parts).map((part) => `[${part}]`)];
}

/** The command's own, or that of `--task`. */
function taskIn([command, ...words]: readonly string[]): string {
  const typed = [command, words[words.indexOf("--task") + 1]];
  return TASK_NAMES.find((name) => typed.includes(name)) ?? DEFAULT_TASK;
}

/** Which files of groups the words so far choose: they decide which keys there are. */
async function choicesIn(words: readonly string[]): Promise<Assignment[]> {
  const { parseOverride } = await import("../../config/override.ts");
  return words.slice(0, -1).flatMap((text): Assignment[] => {
    if (!/^[a-z]+=/.test(text)) return [];
    try {
      const { path, values } = parseOverride(text);
      return [{ path, value: values[0]!, text, typed: true }];
    } catch {
      return []; // a word that is wrong is told when the command runs
    }
  });
}
