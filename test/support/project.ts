/** Runs the command line as a user does: as a process, in the project or in a copy that a test may change. */
import { fromFileUrl } from "@std/path";
import { openStore, type Store } from "../../pipeline/engine/store/store_io.ts";
import { taskNames } from "../../pipeline/engine/store/task_names_io.ts";
import type { Receipt, RunEvent } from "../../pipeline/engine/types.ts";
import { writeToneFolder } from "./tones.ts";

const ROOT = fromFileUrl(new URL("../..", import.meta.url)).replace(/\/$/, "");

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The checkout itself, with a store and a data set of its own; they are removed when it is disposed of. */
export class Project implements AsyncDisposable {
  /** The code's. */
  readonly root: string;
  /** For what a test writes. */
  readonly folder: string;
  /** A data set of tones. */
  readonly tones: string;
  readonly storePath: string;
  /** Folder of links to what the last runs made. */
  readonly results: string;
  /** What commands are told by the environment: a test file shares that of its process with all that run beside it. */
  readonly env: Record<string, string> = { NO_COLOR: "1" };

  constructor() {
    this.folder = Deno.makeTempDirSync({ prefix: "project-" });
    this.root = this.rootIn(this.folder);
    const data = `${this.folder}/data`;
    this.storePath = `${data}/store`;
    this.results = this.root === ROOT ? `${this.storePath}/results` : `${data}/results`;
    this.tones = `${this.folder}/tones`;
    writeToneFolder(this.tones, { noise: true });
  }

  /** Where the code is, or is put. */
  protected rootIn(_folder: string): string {
    return ROOT;
  }

  store(): Store {
    return openStore(this.storePath);
  }

  /** Of the task that is called so in {@link plainName plain words}, the last to be done. */
  lastReceipt(task: string): Receipt | undefined {
    const store = this.store();
    const found = taskNames(this.storePath).filter((name) => plainName(name) === task)
      .flatMap((name) => store.lastReceipt(name) ?? []);
    return found.sort((a, b) => a.startedAt < b.startedAt ? 1 : -1)[0];
  }

  /** Path of the newest result of a task. */
  output(task: string, name: string): string {
    return this.store().objectPath(this.lastReceipt(task)!.outputs[name]!, name);
  }

  /** Folder of links to the last result of a command: `kws-tones`, whichever folder of that name it read. */
  latest(name: string): string {
    const found = [...Deno.readDirSync(this.results)].filter((entry) => plainName(entry.name) === name)
      .map((entry) => `${this.results}/${entry.name}/latest`);
    const madeAt = (path: string) => Deno.lstatSync(path).mtime!.getTime();
    return found.sort((a, b) => madeAt(b) - madeAt(a))[0]!;
  }

  /** What a run of {@link tiny} is called, in full. @param run In {@link plainName plain words}. */
  runName(run: string): string {
    return this.lastReceipt(`train/${run}`)!.task.slice("train/".length);
  }

  /** Arguments that make a run of `kws` or `sweep` on the tones take seconds. */
  get tiny(): string[] {
    return [
      "dataset=folder",
      `root=${this.tones}`,
      "dataset.targets=[yes,no]",
      "dataset.unknown=0",
      "dataset.silence=1",
      "dataset.split.rule=ranked",
      "dataset.split.validation_percent=25",
      "dataset.split.testing_percent=25",
      "trainer.epochs=2",
      "trainer.batch_size=8",
      "backend=wasm",
    ];
  }

  start(...args: string[]): Deno.ChildProcess {
    return new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--allow-all",
        "--config",
        `${this.root}/deno.json`,
        `${this.root}/pipeline/cli.ts`,
        ...args,
        ...(this.root === ROOT && !args.includes("--store") ? ["--store", this.storePath] : []),
      ],
      cwd: this.root,
      env: this.env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  async run(...args: string[]): Promise<CommandResult> {
    return await finish(this.start(...args));
  }

  /** Runs with `--json` and gives the events back. */
  async events(...args: string[]): Promise<{ result: CommandResult; events: RunEvent[]; ran: string[] }> {
    const result = await this.run(...args, "--json");
    const events = parseEvents(result.stdout);
    const ran = events.flatMap((e) => e.type === "task-done" ? [plainName(e.task)] : []).sort();
    return { result, events, ran };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Deno.Command("chmod", { args: ["-R", "u+w", this.folder] }).output();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** A copy of the code and the configuration, that a test may change, with its store where users have it. */
export class ProjectCopy extends Project {
  protected override rootIn(folder: string): string {
    for (const name of ["deno.json", "deno.lock"]) Deno.copyFileSync(`${ROOT}/${name}`, `${folder}/${name}`);
    for (const name of ["conf", "lib", "pipeline", "data"]) {
      copyTree(`${ROOT}/${name}`, `${folder}/${name}`);
    }
    return folder;
  }

  /** Changes a source file of the copy. */
  edit(path: string, change: (text: string) => string): void {
    const before = Deno.readTextFileSync(`${this.root}/${path}`);
    const after = change(before);
    if (after === before) throw new Error(`The edit of ${path} changed nothing`);
    Deno.writeTextFileSync(`${this.root}/${path}`, after);
  }
}

/** One for all tests of a file: what one of them has made is fresh for the next. */
export function sharedProject(): Project {
  const project = new Project();
  Deno.test.afterAll(() => project[Symbol.asyncDispose]());
  return project;
}

/** A name of a task, run or result without where recordings are and what else is unusual about it. */
export function plainName(name: string): string {
  return name.replace(/\b(tones|timit)-[0-9a-f]{6}\b/, "$1").replace(/(-seed\d+)-[^@]*/, "$1");
}

export async function finish(child: Deno.ChildProcess): Promise<CommandResult> {
  const { code, stdout, stderr } = await child.output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

export function parseEvents(stdout: string): RunEvent[] {
  return stdout.split("\n").filter((line) => line.startsWith("{")).map((line) =>
    JSON.parse(line) as RunEvent
  );
}

export function copyTree(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const entry of Deno.readDirSync(from)) {
    if (from === `${ROOT}/data` && entry.isDirectory) continue;
    const [source, target] = [`${from}/${entry.name}`, `${to}/${entry.name}`];
    if (entry.isDirectory) copyTree(source, target);
    else if (entry.isFile) Deno.copyFileSync(source, target);
  }
}
