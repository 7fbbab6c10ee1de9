/** What a command of the command line is. Each is one file of the folder above, and a line in its `list.ts`. */
import { command as named, lineBreak, map, type Message, or, type Parser, text } from "@optique/core";

/** `[what follows "deno task", what it does]`; a test parses every one of them. */
export type Example = readonly [line: string, what: string];

/** A word that may come next on a command line, with its meaning. */
export type Candidate = readonly [word: string, meaning: string];

interface CommandWords {
  readonly brief: Message;
  readonly description?: Message;
  readonly examples: readonly Example[];
  /** For programs: help does not show it. */
  readonly hidden?: boolean;
  /** Words that can stand in the place of the last one, besides those that the parser knows of. */
  complete?(words: readonly string[]): Iterable<Candidate> | AsyncIterable<Candidate>;
}

export interface Command extends CommandWords {
  readonly parser: Parser<"sync", Action, unknown>;
}

/** Does what a command line says. @returns The process's exit status. */
export type Action = (commands: CommandList) => number | Promise<number>;

/** Commands are loaded when asked for, so that each starts as fast as it can. */
export type CommandList = Readonly<Record<string, () => Promise<{ readonly command: Command }>>>;

export function defineCommand<Flags, State>(
  { parser, run, ...words }: CommandWords & {
    readonly parser: Parser<"sync", Flags, State>;
    /** @param commands All commands. @returns The process's exit status. */
    run(flags: Flags, commands: CommandList): number | Promise<number>;
  },
): Command {
  return { ...words, parser: map(parser, (flags): Action => (commands) => run(flags, commands)) };
}

/** The parser of command lines that begin with one of these names. */
export async function parserOf(
  commands: CommandList,
  names: readonly string[],
): Promise<Parser<"sync", Action, unknown>> {
  const parsers = names.map(async (name) => {
    const { parser, examples, complete: _, ...words } = (await commands[name]!()).command;
    return named(name, parser, { ...words, ...(examples.length > 0 ? { footer: footer(examples) } : {}) });
  });
  return or(...await Promise.all(parsers));
}

/** The end of a command's help. */
function footer(examples: readonly Example[]): Message {
  const width = Math.max(...examples.map(([line]) => line.length));
  return [
    text("Examples:"),
    ...examples.flatMap(([line, what]) => [
      lineBreak(),
      text(`  deno task ${line.padEnd(width)}   # ${what}`),
    ]),
  ];
}
