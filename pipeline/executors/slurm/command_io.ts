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
}

/**
 * @param input For its standard input.
 * @throws {UserError} "cluster": there is no such command, or it takes too long. "interrupted": nobody waits any more.
 */
export async function askSlurm(
  command: string,
  args: readonly string[],
  { seconds, signal }: Patience,
  input = "",
): Promise<Answer> {
  if (signal.aborted) throw stopped(command);
  const child = start(command, args);
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(() => over.reject(tooLong(command, seconds)), seconds * 1000);
  const onAbort = (): void => over.reject(stopped(command));
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([converse(child, input), over.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    end(child);
  }
}

async function converse(child: Deno.ChildProcess, input: string): Promise<Answer> {
  // A command that refuses its arguments does not read on.
  const [{ success, code, stdout, stderr }] = await Promise.all([
    child.output(),
    new Blob([input]).stream().pipeTo(child.stdin).catch(() => {}),
  ]);
  const text = new TextDecoder();
  return { success, code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

function start(command: string, args: readonly string[]): Deno.ChildProcess {
  const umask = Deno.umask(SUBMIT_UMASK);
  try {
    return new Deno.Command(command, { args: [...args], stdin: "piped", stdout: "piped", stderr: "piped" })
      .spawn();
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
