/** The command line's entry: parses, hands over to one command, and words what goes wrong. */
import { runParser } from "@optique/core/facade";
import { formatMessage } from "@optique/core/message";
import { COMMANDS } from "./commands/list.ts";
import { type Action, type CommandList, parserOf } from "./commands/shared/command.ts";
import { explainWords } from "./commands/shared/explain_words_io.ts";
import { reached } from "./commands/shared/phases_io.ts";
import { UserError } from "../lib/base/errors.ts";
import { explainSystemError } from "../lib/base/system_error_io.ts";
import { OutputClosed, tell, tellError } from "./reporters/print_io.ts";

/** Exit status of a command line that cannot be understood, as of most Unix programs. */
const USAGE_STATUS = 2;
/** 128 + SIGPIPE, as of other programs whose output nobody reads on. */
const UNREAD_STATUS = 141;

/** Loads the command that is asked for, or all of them to say which there are. */
async function parse([name = ""]: readonly string[]): Promise<Action> {
  const names = Object.hasOwn(COMMANDS, name) ? [name] : Object.keys(COMMANDS);
  const list: CommandList = COMMANDS;
  const examples = names.length === 1 ? (await list[name]!()).command.examples : [];
  const isTerminal = Deno.stdout.isTerminal();
  const parser = await parserOf(COMMANDS, names);
  return runParser(parser, "deno task", Deno.args, {
    help: { command: true, option: { names: ["-h", "--help"] }, onShow: () => Deno.exit(0) },
    aboveError: "none",
    stderr: () => {},
    onError: (_status, words) => {
      const said = formatMessage(words).replace(/\s*\n+/g, " ");
      throw new UserError("usage", explainWords(COMMANDS, parser, Deno.args, said, examples));
    },
    showDefault: true,
    colors: isTerminal && !Deno.noColor,
    ...(isTerminal ? { maxWidth: Deno.consoleSize().columns } : {}),
  });
}

function report(thrown: unknown, debug: boolean): number {
  if (thrown instanceof OutputClosed) return UNREAD_STATUS;
  const error = explainSystemError(thrown, "go on");
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const faults = error instanceof UserError ? error.faults : [message];
  tellError(debug && stack !== undefined ? stack.split("\n") : faults);
  if (error instanceof UserError) {
    return error.reason === "usage" || error.reason === "bad-config" ? USAGE_STATUS : 1;
  }
  if (!debug) tell("This is a fault of the program, not of yours; --debug shows where it happened.");
  return 1;
}

if (import.meta.main) {
  try {
    reached("code of the command line loaded");
    const act = await parse(Deno.args);
    reached("command line understood");
    Deno.exit(await act(COMMANDS));
  } catch (error) {
    // Looked for apart from the parse, so that errors of the parse itself can be traced too.
    Deno.exit(report(error, Deno.args.includes("--debug")));
  }
}
