/** The command line's entry: parses, hands over to one command, and words what goes wrong. */
import { parseArgs } from "@std/cli/parse-args";
import { run } from "@optique/run";
import { commandLine } from "./commands/declare.ts";
import { UserError } from "../lib/base/errors.ts";
import { explainSystemError } from "../lib/base/system_error_io.ts";

type CommandValue = ReturnType<typeof parse>;

/** Exit status of a command line that cannot be understood, as of most Unix programs. */
const USAGE_STATUS = 2;

function parse() {
  return run(commandLine, {
    programName: "deno task",
    args: Deno.args,
    help: "both",
    aboveError: "none",
    errorExitCode: USAGE_STATUS,
    showDefault: true,
    colors: Deno.stdout.isTerminal() && !Deno.noColor,
  });
}

/** Commands are loaded when asked for, so that each starts as fast as it can. */
async function dispatch(value: CommandValue): Promise<number> {
  switch (value.command) {
    case "kws":
    case "asr":
      return await (await import("./commands/run_io.ts")).runCommand({
        ...value,
        kind: "compare",
        task: value.command,
      });
    case "sweep":
      return await (await import("./commands/run_io.ts")).runCommand({ ...value, kind: value.command });
    case "report":
      return await (await import("./commands/run_io.ts")).reportCommand(value);
    case "lr":
      return await (await import("./commands/lr_io.ts")).lrCommand(value);
    case "evaluate":
      return await (await import("./commands/evaluate_io.ts")).evaluateCommand(value);
    case "export":
      return await (await import("./commands/export_io.ts")).exportCommand(value);
    case "status":
      return await (await import("./commands/inspect_io.ts")).statusCommand(value);
    case "why":
      return await (await import("./commands/inspect_io.ts")).whyCommand(value);
    case "cancel":
      return await (await import("./commands/jobs_io.ts")).cancelCommand(value);
    case "logs":
      return await (await import("./commands/jobs_io.ts")).logsCommand(value);
    case "graph":
      return await (await import("./commands/inspect_io.ts")).graphCommand(value);
    case "runs":
      return (await import("./commands/runs_io.ts")).runsCommand(value);
    case "runs compare":
      return (await import("./commands/runs_io.ts")).compareCommand(value);
    case "demo":
      return await (await import("./commands/demo_io.ts")).demoCommand(value);
    case "verify":
      return await (await import("./commands/upkeep_io.ts")).verifyCommand(value);
    case "gc":
      return await (await import("./commands/upkeep_io.ts")).gcCommand(value);
    case "completion":
      return (await import("./commands/completion_io.ts")).completionCommand(value);
    case "complete":
      return (await import("./commands/completion_io.ts")).completeCommand(value);
    default:
      throw value satisfies never;
  }
}

function report(thrown: unknown, debug: boolean): number {
  const error = explainSystemError(thrown, "go on");
  const label = Deno.stderr.isTerminal() && !Deno.noColor ? "\x1b[31merror\x1b[0m" : "error";
  if (error instanceof UserError) {
    console.error(`${label}: ${debug ? error.stack ?? error.message : error.message}`);
    return error.reason === "usage" || error.reason === "bad-config" ? USAGE_STATUS : 1;
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  console.error(`${label}: ${debug ? stack ?? message : message}`);
  if (!debug) console.error("This is a fault of the program, not of yours; --debug shows where it happened.");
  return 1;
}

if (import.meta.main) {
  // Looked for apart from the full parse, so that errors of the parse itself can be traced too.
  const { debug } = parseArgs(Deno.args, { boolean: ["debug"] });
  try {
    Deno.exit(await dispatch(parse()));
  } catch (error) {
    Deno.exit(report(error, debug === true));
  }
}
