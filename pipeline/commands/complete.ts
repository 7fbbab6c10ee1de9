/** `complete`: called by the completion scripts: what may come next on a command line, one `word<TAB>meaning` a line. */
import { argument, message, multiple, object, string, type Suggestion, type Usage } from "@optique/core";
import { formatMessage } from "@optique/core/message";
import { suggestSync } from "@optique/core/parser";
import { parse } from "@std/yaml";
import { z } from "zod";
import { type Candidate, type CommandList, defineCommand, parserOf } from "./shared/command.ts";
import { openProject } from "./shared/project_io.ts";
import { printRow } from "../reporters/print_io.ts";

export const command = defineCommand({
  brief: message`Say what may come next on a command line.`,
  examples: [],
  hidden: true,
  parser: object({ words: multiple(argument(string({ metavar: "WORD" }))) }),
  run: printCandidates,
});

/** @param flags.words All words after `deno task`; the last is the one to complete, empty if it has not begun. */
async function printCandidates(
  { words }: { readonly words: readonly string[] },
  commands: CommandList,
): Promise<number> {
  const [name = "", ...others] = words;
  const last = words.at(-1) ?? "";
  const candidates = others.length === 0 ? denoTasks() : await next(commands, name, words);
  const meanings = new Map([...candidates].filter(([word]) => word.startsWith(last)));
  for (const [word, meaning] of meanings) printRow(word, meaning.replace(/\s+/g, " "));
  return 0;
}

const tasksSchema = z.object({
  tasks: z.record(z.string(), z.object({ description: z.string().default("") })),
});

function denoTasks(): Iterable<Candidate> {
  // YAML, as deno.json may hold comments and trailing commas, which YAML's flow style takes too.
  const text = Deno.readTextFileSync(`${openProject().root}/deno.json`);
  const { tasks } = tasksSchema.parse(parse(text));
  return Object.entries(tasks).map(([name, { description }]) => [name, description]);
}

async function next(commands: CommandList, name: string, words: readonly string[]): Promise<Candidate[]> {
  if (!Object.hasOwn(commands, name)) return [];
  const parser = await parserOf(commands, [name]);
  const suggested = (...line: string[]) => suggestSync(parser, [name, ...line]).flatMap(candidateOf);
  const line = words.slice(1, -1);
  const [option, last] = [line.at(-1) ?? "", words.at(-1)!];
  if (takesValue(parser.usage, option)) {
    // Written as one word: for a word of its own the parser offers what can stand beside the option, too.
    const value = `${option}=`;
    return suggested(...line.slice(0, -1), value + last).filter(([word]) => word.startsWith(value))
      .map(([word, meaning]) => [word.slice(value.length), meaning]);
  }
  const { complete } = (await commands[name]!()).command;
  const further = last.startsWith("-") ? [] : await Array.fromAsync(complete?.(words) ?? []);
  return [...suggested(...line, last), ...further];
}

function takesValue(usage: Usage, option: string): boolean {
  return usage.some((term) => {
    if (term.type === "option") {
      return term.metavar !== undefined && term.names.some((name) => name === option);
    }
    if (term.type === "exclusive") return term.terms.some((terms) => takesValue(terms, option));
    return "terms" in term && takesValue(term.terms, option);
  });
}

function candidateOf(suggestion: Suggestion): Candidate[] {
  if (suggestion.kind !== "literal") return [];
  const { text, description } = suggestion;
  return [[text, description === undefined ? "" : formatMessage(description)]];
}
