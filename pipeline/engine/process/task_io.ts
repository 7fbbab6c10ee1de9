/** Runs a stage as a process of this machine. */
import type { StageRunner, TaskLaunch, TaskResult } from "./stage_runner.ts";
import { cachePackages, packageFolders } from "../code/packages_io.ts";
import { denoArguments, stageEnvironment } from "./permissions.ts";
import type { StageMessage } from "../stage.ts";
import { linesOf, parseStageLine } from "./stage_output.ts";

export interface ProcessRunnerOptions {
  /** Folder of `deno.json` and `deno.lock`. */
  readonly projectRoot: string;
  /** Runs once, before the first process; brings in the npm packages unless another is given; once more for each other lock. */
  readonly prepare?: (lock?: string) => Promise<void>;
  /** Names of variables that each process gets besides those that all do; what a stage may read of them stays as it is. */
  readonly variables?: readonly string[];
}

/** After being asked to end, a process has this long before it is made to. */
const TERM_GRACE_MS = 5_000;
/** An interrupt from the terminal reaches the stage before it reaches the scheduler; it gets this long to follow. */
const ABORT_GRACE_MS = 150;
/** Signals that somebody sends to stop a process, unlike those of a crash. */
const STOP_SIGNALS: readonly string[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

export function processRunner(options: ProcessRunnerOptions): StageRunner {
  const projectRoot = Deno.realPathSync(options.projectRoot);
  const prepare = options.prepare ?? ((lock) => cachePackages(projectRoot, lock));
  const known = new Map<string, Promise<readonly string[]>>();
  /** By lock file. */
  const preparing = new Map<string | undefined, Promise<void>>();

  const folderOf = (name: string, lock: string | undefined): Promise<readonly string[]> => {
    const folder = known.get(name) ??
      packageFolders(projectRoot, [name], lock).then((found) => found.get(name) ?? []);
    known.set(name, folder);
    return folder;
  };

  return {
    async run(launch) {
      const { spec, request } = launch;
      const { packages: wanted, lock } = spec.permissions;
      const prepared = preparing.get(lock) ?? prepare(lock);
      preparing.set(lock, prepared);
      const folders = prepared.then(() => Promise.all(wanted.map((name) => folderOf(name, lock))));
      const packages = (await Promise.race([folders, untilAborted(launch.signal)]))?.flat();
      if (packages === undefined || launch.signal.aborted) return { kind: "cancelled" };
      const args = denoArguments({
        projectRoot,
        module: spec.module,
        request,
        permissions: spec.permissions,
        packageFolders: packages,
        v8Flags: spec.v8Flags ?? [],
      });
      const child = new Deno.Command(Deno.execPath(), {
        args: [...args],
        cwd: projectRoot,
        clearEnv: true,
        env: stageEnvironment(spec.permissions, Deno.env.toObject(), options.variables),
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      return await converse(child, launch);
    },
  };
}

function untilAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}

async function converse(child: Deno.ChildProcess, launch: TaskLaunch): Promise<TaskResult> {
  const stop = stopper(child);
  launch.signal.addEventListener("abort", stop.end);
  if (launch.signal.aborted) stop.end();
  const outcome: { last?: StageMessage; trouble?: unknown } = {};
  const guard = (action: () => void): void => {
    try {
      action();
    } catch (error) { // the log cannot be written: the rest of the stage's work would be lost too
      outcome.trouble ??= error;
      stop.end();
    }
  };
  try {
    const [lifeline] = await Promise.all([
      openLifeline(child, launch),
      readMessages(child.stdout, (line, message) => {
        if (message === undefined) guard(() => launch.log.write(line));
        else if (message.type === "progress" || message.type === "note") {
          guard(() => launch.onReport(message));
        } else outcome.last = message;
      }),
      readMessages(child.stderr, (line) => guard(() => launch.log.write(line))),
    ]);
    const status = await child.status;
    await lifeline.abort().catch(() => {}); // the process has ended and its pipe with it
    if (outcome.trouble !== undefined) throw outcome.trouble;
    return await resultOf(status, outcome.last, launch);
  } finally {
    stop.cancel();
    launch.signal.removeEventListener("abort", stop.end);
  }
}

/** Sends the request and keeps the pipe open: when this process dies, however it dies, the stage sees its end. */
async function openLifeline(
  child: Deno.ChildProcess,
  launch: TaskLaunch,
): Promise<WritableStreamDefaultWriter> {
  const writer = child.stdin.getWriter();
  const request = JSON.stringify({ ...launch.request, attached: true });
  // A process that ends before it has read all is judged by its status.
  await writer.write(new TextEncoder().encode(`${request}\n`)).catch(() => {});
  return writer;
}

async function readMessages(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string, message: StageMessage | undefined) => void,
): Promise<void> {
  for await (const line of linesOf(stream)) onLine(line, parseStageLine(line));
}

async function resultOf(
  status: Deno.CommandStatus,
  last: StageMessage | undefined,
  launch: TaskLaunch,
): Promise<TaskResult> {
  if (status.signal !== null && !launch.signal.aborted && STOP_SIGNALS.includes(status.signal)) {
    await new Promise((resolve) => setTimeout(resolve, ABORT_GRACE_MS));
  }
  if (launch.signal.aborted) return { kind: "cancelled" };
  if (last?.type === "failed") {
    const { reason, message, stack } = last;
    return { kind: "failed", reason, message, ...(stack === undefined ? {} : { stack }) };
  }
  if (status.success && last?.type === "done") return { kind: "done", environment: last.environment };
  if (status.signal !== null) return killed(status.signal, launch.spec.name);
  const how = status.success ? "ended without saying that it was done" : `ended with status ${status.code}`;
  return { kind: "failed", reason: "unexpected", message: `The process of ${launch.spec.name} ${how}.` };
}

function killed(signal: Deno.Signal, task: string): TaskResult {
  const reason = STOP_SIGNALS.includes(signal) ? "interrupted" : "unexpected";
  const guess = signal === "SIGKILL" ? "; the system does this when memory runs out" : "";
  return { kind: "failed", reason, message: `The process of ${task} was ended by ${signal}${guess}.` };
}

function stopper(child: Deno.ChildProcess): { readonly end: () => void; readonly cancel: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const send = (signal: Deno.Signal): void => {
    try {
      child.kill(signal);
    } catch {
      // It has ended already.
    }
  };
  return {
    end() {
      if (timer !== undefined) return;
      send("SIGTERM");
      timer = setTimeout(() => send("SIGKILL"), TERM_GRACE_MS);
    },
    cancel: () => clearTimeout(timer),
  };
}
