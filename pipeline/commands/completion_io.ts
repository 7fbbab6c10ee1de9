/** `completion` prints a shell's script; `complete`, called by the scripts, what may come next on a command line. */
import { formatMessage } from "@optique/core/message";
import { suggestSync } from "@optique/core/parser";
import { parse } from "@std/yaml";
import { ALIASES, type Assignment, compose } from "../config/compose.ts";
import { parseOverride } from "../config/override.ts";
import { taskNames } from "../engine/store/task_names_io.ts";
import { completionScript, type Shell } from "./completion_scripts.ts";
import { commandLine } from "./declare.ts";
import { openProject, type Project } from "./project_io.ts";

/** What may stand in the place of the last word, with its meaning. */
type Candidates = Iterable<readonly [word: string, meaning: string]>;

/** @returns The process's exit status. */
export function completionCommand({ shell }: { readonly shell: Shell }): number {
  const { root } = openProject();
  const command = [
    Deno.execPath(),
    "run",
    "--quiet",
    "--allow-all",
    `${root}/pipeline/cli.ts`,
    "complete",
    "--",
  ];
  console.log(completionScript(shell, { root, command }));
  return 0;
}

/** @param flags.words All words after `deno task`; the last is the one to complete, empty if it has not begun. */
export function completeCommand({ words }: { readonly words: readonly string[] }): number {
  const last = words.at(-1) ?? "";
  const lines = [...candidates(openProject(), words)]
    .filter(([word]) => word.startsWith(last))
    .map(([word, meaning]) => `${word}\t${meaning.replace(/\s+/g, " ")}`);
  console.log([...new Set(lines)].join("\n"));
  return 0;
}

function* candidates(project: Project, words: readonly string[]): Candidates {
  const [task] = words;
  if (task === undefined || words.length === 1) return yield* denoTasks(project);
  const values = valuesOfOption(project, words.at(-2)!);
  if (values !== undefined) return yield* listed(words.at(-1)!, values);
  for (const suggestion of suggestSync(commandLine, words as [string, ...string[]])) {
    if (suggestion.kind !== "literal" || suggestion.text === "help") continue;
    yield [
      suggestion.text,
      suggestion.description === undefined ? "" : formatMessage(suggestion.description),
    ];
  }
  if (words.at(-1)!.startsWith("-")) return;
  if (TAKING_RUNS.includes(task)) yield* namesInStore(project, "train/", "run");
  if (TAKING_TASKS.includes(task) && words.length === 2) yield* namesInStore(project, "", "task");
  if (TAKING_OVERRIDES.includes(task)) yield* overrides(project, words);
}

const TAKING_TASKS = ["why", "cancel", "logs"];
const TAKING_RUNS = ["export", "demo", "runs"];
const TAKING_OVERRIDES = ["kws", "asr", "sweep", "lr", "evaluate", "status", "why", "graph"];

function* denoTasks({ root }: Project): Candidates {
  // YAML, as deno.json may hold comments and trailing commas, which YAML's flow style takes too.
  const { tasks } = parse(Deno.readTextFileSync(`${root}/deno.json`)) as {
    tasks: Readonly<Record<string, { readonly description?: string }>>;
  };
  for (const [name, { description = "" }] of Object.entries(tasks)) yield [name, description];
}

/** Names after an option that takes some of the project's own. */
function valuesOfOption(project: Project, option: string): readonly string[] | undefined {
  switch (option) {
    case "--model":
    case "--frontend":
    case "--executor":
      return project.conf.choices(option.slice(2));
    case "--config":
      return project.conf.choices("sweep");
    case "--setting":
      return ["A", "B", "C", "D"];
    case "--force":
      return [...taskNamesOf(project)];
    default:
      return undefined;
  }
}

/** The next element of a list with commas. */
function* listed(word: string, values: readonly string[]): Candidates {
  const begun = word.slice(0, word.lastIndexOf(",") + 1);
  const taken = begun.split(",");
  for (const value of values) if (!taken.includes(value)) yield [begun + value, ""];
}

function* namesInStore(project: Project, stage: string, meaning: string): Candidates {
  for (const name of taskNamesOf(project)) {
    if (name.startsWith(stage)) yield [name.slice(stage.length), meaning];
  }
}

function taskNamesOf({ root }: Project): string[] {
  return taskNames(`${root}/data/store`);
}

/** `key=` with its present value, or for a group and for a truth value what can follow. */
function* overrides({ conf }: Project, words: readonly string[]): Candidates {
  const { values, origins } = compose(conf, words[0] === "asr" ? "asr" : "kws", choicesIn(words));
  const [typed, begun] = words.at(-1)!.split("=", 2) as [string, string?];
  const path = ALIASES[typed] ?? typed.split(".");
  if (begun !== undefined) {
    const value = path.reduce<unknown>(
      (at, key) => (at as Record<string, unknown> | undefined)?.[key],
      values,
    );
    const next = typeof value === "boolean"
      ? ["true", "false"]
      : typed === "setting"
      ? ["A", "B", "C", "D"]
      : conf.choices(typed);
    for (const [word] of listed(begun, next)) yield [`${typed}=${word}`, ""];
    return;
  }
  const named = [...Object.entries(ALIASES).map(([alias, target]) => [alias, target] as const)];
  for (const key of [...Object.keys(values), ...origins.keys()]) named.push([key, key.split(".")]);
  for (const [name, target] of named) {
    const value = target.reduce<unknown>(
      (at, key) => (at as Record<string, unknown> | undefined)?.[key],
      values,
    );
    if (value === undefined) continue;
    const isGroup = value !== null && typeof value === "object" && !Array.isArray(value);
    const choices = isGroup ? conf.choices(name) : [];
    if (isGroup && choices.length === 0) continue;
    yield [`${name}=`, isGroup ? `one of ${choices.join(", ")}` : `now ${JSON.stringify(value)}`];
  }
}

/** Which files of groups the words so far choose: they decide which keys there are. */
function choicesIn(words: readonly string[]): Assignment[] {
  return words.slice(0, -1).flatMap((text): Assignment[] => {
    if (!/^[a-z]+=/.test(text)) return [];
    try {
      const { path, values } = parseOverride(text);
      return [{ path, value: values[0]!, text }];
    } catch {
      return []; // a word that is wrong is told when the command runs
    }
  });
}
