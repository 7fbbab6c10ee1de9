/** A small project of its own with stages that run as real processes, to test the engine from outside. */
import { openCode } from "../../pipeline/engine/code/closure_io.ts";
import type { ExecutionRequest, Executor } from "../../pipeline/engine/executor.ts";
import { localExecutor } from "../../pipeline/executors/local/executor_io.ts";
import type { MachineResources } from "../../pipeline/engine/resources.ts";
import { openStore, type Store } from "../../pipeline/engine/store/store_io.ts";
import type { RunEvent, RunSummary, TaskSpec } from "../../pipeline/engine/types.ts";
import { slurmExecutor } from "../../pipeline/executors/slurm/executor_io.ts";
import type { SlurmSettings } from "../../pipeline/executors/slurm/settings.ts";
import { type TempDir, tempDir } from "./temp_dir.ts";
import { until } from "./until.ts";

const ROOT = new URL("../../", import.meta.url).pathname.replace(/\/$/, "");

/** A file in the partial folder of a task that waits for its removal. */
const HELD = "held";

/** Does what its slice says; see {@link Work}. */
const STAGE = `
import { serveStage } from "../pipeline/engine/stage.ts";
import { SIGNATURE } from "../lib/signature.ts";
if (import.meta.main) {
  await serveStage(async (io) => {
    const work = io.slice;
    console.log("a line that is no message");
    console.error("a line of standard error");
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const saved = io.partialDir + "/epoch";
    const there = (file) => [...Deno.readDirSync(io.partialDir)].some(({ name }) => name === file);
    let epoch = 0;
    try { epoch = Number(Deno.readTextFileSync(saved)); } catch { /* starts at 0 */ }
    io.note("info", "starts at " + epoch);
    const begun = epoch;
    for (; epoch < (work.epochs ?? 0); epoch++) {
      await sleep(work.epochMs ?? 0);
      Deno.writeTextFileSync(saved + ".new", String(epoch + 1));
      Deno.renameSync(saved + ".new", saved);
      io.progress({ done: epoch + 1, total: work.epochs, unit: "epochs" });
      while (begun === 0 && epoch + 1 === work.endlessFrom) await sleep(1000);
    }
    if (work.held) Deno.writeTextFileSync(io.partialDir + "/${HELD}", "");
    while (work.held && there("${HELD}")) await sleep(20);
    if (work.fill) Deno.writeFileSync(io.output("out.txt"), new Uint8Array(work.fill));
    if (work.exit !== undefined) Deno.exit(work.exit);
    if (work.throws) throw new Error(work.throws);
    const tried = {};
    for (const [name, code] of Object.entries(work.tries ?? {})) {
      try { tried[name] = "allowed: " + await new Function("return " + code)()(io); }
      catch (error) { tried[name] = error.name; }
    }
    const inputs = Object.keys(io.inputs).map((name) => Deno.readTextFileSync(io.input(name)));
    const text = { signature: SIGNATURE, text: work.text ?? "", inputs, tried };
    if (!work.fill) Deno.writeTextFileSync(io.output("out.txt"), JSON.stringify(text));
  });
}
`;

/** What the stage of these projects understands. */
export interface Work {
  readonly text?: string;
  /** Counts so many epochs, saving each in the partial folder. */
  readonly epochs?: number;
  readonly epochMs?: number;
  /** After this epoch it works until somebody ends it; what goes on from a saved epoch does not. */
  readonly endlessFrom?: number;
  /** After its epochs it waits for {@link EngineProject.release}. */
  readonly held?: boolean;
  /** Ends at once with this status. */
  readonly exit?: number;
  readonly throws?: string;
  /** Writes so many bytes. */
  readonly fill?: number;
  /** Name -> source of a function of the stage's io; what came of it is written to the output. */
  readonly tries?: Readonly<Record<string, string>>;
}

export interface EngineProject extends AsyncDisposable {
  readonly dir: TempDir;
  readonly storePath: string;
  store(): Store;
  /** Folder of the project that a test may change. */
  readonly root: string;
  /** Runs on the project's executor; stages are processes. */
  run(
    tasks: readonly TaskSpec[],
    options?: Partial<ExecutionRequest> & { readonly resources?: MachineResources },
  ): Promise<ProjectRun>;
  /** Runs on another executor than the project's. */
  runOn(
    executor: Executor,
    tasks: readonly TaskSpec[],
    options?: Partial<ExecutionRequest>,
  ): Promise<ProjectRun>;
  /**
   * Runs in a process of its own, the first of a process group.
   *
   * @param host On a machine of this name, as far as processes, network, mounts and the kernel's boot number tell.
   */
  start(tasks: readonly TaskSpec[], host?: string): EngineProcess;
  /** Lets the tasks that are held end, as soon as there is one. */
  release(): Promise<void>;
}

export interface ProjectRun {
  readonly summary: RunSummary;
  readonly events: readonly RunEvent[];
}

export interface EngineProcess {
  /** Also the number of its process group. */
  readonly pid: number;
  /** The next event of a type. @throws {Error} If the process ends before. */
  until(type: RunEvent["type"]): Promise<RunEvent>;
  /** Waits for the end. @returns All events. */
  finish(): Promise<readonly RunEvent[]>;
}

export type ExecutorName = "local" | "slurm";

/** For jobs of a second or two. */
export const QUICK_JOBS: SlurmSettings = {
  kind: "slurm",
  partition: null,
  account: null,
  time: null,
  memory: null,
  cpus: 1,
  gpus: 0,
  gres: "gpu",
  setup: [],
  options: [],
  warnSeconds: 60,
  maxRequeues: 3,
  pollSeconds: 0.2,
  stages: {},
};

export function engineProject(executor: ExecutorName = "local"): EngineProject {
  const dir = tempDir();
  const root = `${dir.path}/project`;
  const modules = [
    "pipeline/engine/stage.ts",
    ...(executor === "slurm" ? ["pipeline/executors/slurm/job_io.ts"] : []),
  ];
  const code = openCode(ROOT);
  for (const name of modules.flatMap((module) => Object.keys(code.manifest(module).files))) {
    dir.write(`project/${name}`, Deno.readTextFileSync(`${ROOT}/${name}`));
  }
  for (const name of ["deno.json", "deno.lock"]) {
    dir.write(`project/${name}`, Deno.readTextFileSync(`${ROOT}/${name}`));
  }
  dir.write("project/lib/signature.ts", 'export const SIGNATURE = "one";\n');
  dir.write("project/stages/stage.ts", STAGE);
  const storePath = `${dir.path}/store`;
  const runOn: EngineProject["runOn"] = (chosen, tasks, options) =>
    runProject(chosen, root, storePath, tasks, options);
  return {
    dir,
    root,
    storePath,
    store: () => openStore(storePath),
    run: (tasks, { resources, ...options } = {}) =>
      runOn(executorOf(executor, root, resources), tasks, options),
    runOn,
    start: (tasks, host) => startProject(dir, [root, storePath], tasks, host),
    async release() {
      const within = (folder: string) =>
        Array.from(Deno.readDirSync(folder), ({ name }) => `${folder}/${name}`);
      const held = () =>
        within(`${storePath}/partial`).flatMap(within).map((attempt) => `${attempt}/${HELD}`).filter(isFile);
      await until(() => held().length > 0);
      held().forEach((file) => Deno.removeSync(file));
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

function executorOf(
  name: ExecutorName,
  projectRoot: string,
  resources: MachineResources = { threads: 2, gpu: 0, jobs: 2 },
): Executor {
  const options = { projectRoot, prepare: () => Promise.resolve() };
  return name === "slurm"
    ? slurmExecutor({ ...options, settings: QUICK_JOBS, detach: false })
    : localExecutor({ ...options, resources });
}

async function runProject(
  executor: Executor,
  root: string,
  storePath: string,
  tasks: readonly TaskSpec[],
  options: Partial<ExecutionRequest> = {},
): Promise<ProjectRun> {
  const events: RunEvent[] = [];
  const summary = await executor.execute({
    graph: { tasks },
    store: openStore(storePath, {
      lockTimes: { pollMs: 20, heartbeatMs: 500, silentMs: 5000, unreadableMs: 500 },
    }),
    code: openCode(root),
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { summary, events };
}

function startProject(
  dir: TempDir,
  project: readonly string[],
  tasks: readonly TaskSpec[],
  host: string | undefined,
): EngineProcess {
  const graph = dir.write("graph.json", JSON.stringify(tasks));
  const script = `${ROOT}/test/support/engine_process.ts`;
  const args = [
    ...(host === undefined ? [] : onHost(dir, host)),
    Deno.execPath(),
    "run",
    "-A",
    "--no-check",
    "--quiet",
    `--config=${ROOT}/deno.json`,
    script,
    ...project,
    graph,
  ];
  const child = new Deno.Command("setsid", { args, stdin: "null", stdout: "piped", stderr: "inherit" })
    .spawn();
  const events: RunEvent[] = [];
  const reader = eventsOf(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<RunEvent | undefined> => {
    const { done, value } = await reader.next();
    if (done === true) return undefined;
    events.push(value);
    return value;
  };
  return {
    pid: child.pid,
    async until(type) {
      for (let event = await next(); event !== undefined; event = await next()) {
        if (event.type === type) return event;
      }
      throw new Error(`The engine ended before ${type}: ${JSON.stringify(events)}`);
    },
    async finish() {
      while (await next() !== undefined);
      await child.status;
      return events;
    },
  };
}

/** What to put before a command, so that it takes itself to be on another machine with the same shared folder. */
function onHost(dir: TempDir, host: string): readonly string[] {
  const boot = dir.write(`boot-${host}`, `${crypto.randomUUID()}\n`);
  const namespaces = ["--net", "--uts", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc"];
  const enter = 'hostname "$0" && mount --bind "$1" /proc/sys/kernel/random/boot_id && shift && exec "$@"';
  return ["unshare", ...namespaces, "sh", "-c", enter, host, boot];
}

async function* eventsOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<RunEvent> {
  let rest = "";
  for await (const bytes of stream) {
    const lines = (rest + new TextDecoder().decode(bytes)).split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield JSON.parse(line);
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
