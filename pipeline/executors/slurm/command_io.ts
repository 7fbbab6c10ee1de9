/** Runs one of Slurm's commands, and waits for it no longer than makes sense. */
import { UserError } from "../../../lib/base/errors.ts";
import { SUBMIT_UMASK } from "./batch_script.ts";

export interface Answer {
  readonly success: boolean;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Patience {
  /** So long a command may take: a controller that is busy keeps its commands waiting, one that hangs for ever. */
  readonly seconds: number;
  /** Aborted: nobody waits any more. */
  readonly signal: AbortSignal;
  /** The command is ended as soon as it has said this on standard error: nothing more is wanted of it. */
  readonly enough?: RegExp;
  /** Folders that the command is looked for in, as in PATH; absent: in those of this process. */
  readonly path?: string;
}

/** What a cluster is reached by. */
const ACCESS = ["SLURM_CONF", "SLURM_CONF_SERVER", "SLURM_JWT"];
/** What users set once for all that they submit: whose jobs these are, and where they go. */
const HABITS = [
  "SBATCH_ACCOUNT",
  "SBATCH_CONSTRAINT",
  "SBATCH_PARTITION",
  "SBATCH_QOS",
  "SBATCH_RESERVATION",
  "SBATCH_TIMELIMIT",
];

/**
 * The environment of Slurm's commands. All else that they read there would make other commands of them: inside a job
 * its limits, elsewhere a filter that hides jobs from `squeue`, or a question that `scancel` asks before it acts.
 */
export function commandEnvironment(all: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(all).filter(([name]) =>
      !/^(?:SLURM|SBATCH|SQUEUE|SACCT|SCANCEL|SCONTROL)_/.test(name) ||
      ACCESS.includes(name) || HABITS.includes(name)
    ),
  );
}

/**
 * @param input For its standard input.
 * @throws {UserError} "cluster": there is no such command, or it takes too long. "interrupted": nobody waits any more.
 */
export async function askSlurm(
  command: string,
  args: readonly string[],
  { seconds, signal, enough, path }: Patience,
  input = "",
): Promise<Answer> {
  if (signal.aborted) throw stopped(command);
  const child = start(command, args, path);
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(() => over.reject(tooLong(command, seconds)), seconds * 1000);
  const onAbort = (): void => over.reject(stopped(command));
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([converse(child, input, enough), over.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    end(child);
  }
}

async function converse(
  child: Deno.ChildProcess,
  input: string,
  enough: RegExp | undefined,
): Promise<Answer> {
  const heard = Promise.withResolvers<Answer>();
  const onText = (stderr: string): void => {
    if (enough?.test(stderr) === true) {
      heard.resolve({ success: false, code: ENDED_STATUS, stdout: "", stderr });
    }
  };
  const whole = Promise.all([
    child.status,
    textOf(child.stdout),
    textOf(child.stderr, onText),
    // A command that refuses its arguments does not read on.
    new Blob([input]).stream().pipeTo(child.stdin).catch(() => {}),
  ]).then(([{ success, code }, stdout, stderr]): Answer => ({ success, code, stdout, stderr }));
  return await Promise.race([whole, heard.promise]);
}

/** 128 + SIGKILL. */
const ENDED_STATUS = 137;

/** @param onText Gets all that was read so far. */
async function textOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onText: (text: string) => void = () => {},
): Promise<string> {
  let text = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) onText(text += piece);
  return text;
}

function start(command: string, args: readonly string[], path?: string): Deno.ChildProcess {
  const umask = Deno.umask(SUBMIT_UMASK);
  try {
    return new Deno.Command(command, {
      args: [...args],
      clearEnv: true,
      env: { ...commandEnvironment(Deno.env.toObject()), ...(path === undefined ? {} : { PATH: path }) },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      // In a process group of its own: Ctrl-C of a terminal is for this program, which ends the command if need be.
      detached: true,
    }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UserError(
      "cluster",
      `Cannot reach Slurm: there is no command ${command} on this machine. Run this where jobs are submitted, such ` +
        `as the cluster's login node, or without --executor.`,
    );
  } finally {
    Deno.umask(umask);
  }
}

/** What it may have started and left its pipes to is waited for no more than it is. */
function end(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended.
  }
  child.unref();
}

function tooLong(command: string, seconds: number): UserError {
  return new UserError(
    "cluster",
    `Cannot reach Slurm: ${command} did not answer within ${seconds} s. Ask whoever runs the cluster whether its ` +
      `controller is well, and run the same command again.`,
  );
}

function stopped(command: string): UserError {
  return new UserError("interrupted", `Stopped before ${command} answered.`);
}
