/** Why a command line cannot be understood, with what was probably meant. */
import type { Parser } from "@optique/core";
import { extractArgumentMetavars, extractCommandNames, extractOptionNames } from "@optique/core/usage";
import { ALIASES, compose } from "../../config/compose.ts";
import { DEFAULT_TASK, TASK_NAMES } from "../../config/tasks.ts";
import type { CommandList, Example } from "./command.ts";
import { OVERRIDE } from "./flags.ts";
import { openProject } from "./project_io.ts";
import { missingWord, unknownCommand, unknownOption } from "./typed_words.ts";

/**
 * @param list All commands.
 * @param parser Of the command that the line begins with, or of all.
 * @param said What the parser says of it.
 * @param examples Of the command.
 */
export function explainWords(
  list: CommandList,
  { usage }: Pick<Parser<"sync", unknown, unknown>, "usage">,
  [name, ...words]: readonly string[],
  said: string,
  examples: readonly Example[] = [],
): string {
  const commands = [...extractCommandNames(usage)].filter((command) => Object.hasOwn(list, command));
  if (name === undefined) return `Cannot tell what to run: wanted one of ${commands.join(", ")}.`;
  const unknown = commands.includes(name) ? undefined : name;
  if (unknown?.startsWith("-")) return unknownOption([unknown], { options: [], keys: [] }) ?? said;
  if (unknown !== undefined) return unknownCommand(unknown, commands);
  const takesValues = extractArgumentMetavars(usage).has(OVERRIDE);
  const known = { options: extractOptionNames(usage), keys: takesValues ? configKeys(name) : [] };
  return unknownOption(words, known) ??
    missingWord(said, [name, ...words].join(" ").trim(), examples.map(([line]) => line)) ?? said;
}

/** Short names first, then groups, then all others. @param command Of a task of its own name, or of the default one. */
function configKeys(command: string): string[] {
  const task = TASK_NAMES.find((name) => name === command) ?? DEFAULT_TASK;
  const { values, origins } = compose(openProject().conf, task, []);
  return [...ALIASES.keys(), ...Object.keys(values), ...origins.keys()].filter((key) => key !== "task");
}
