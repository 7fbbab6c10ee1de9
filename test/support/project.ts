/** Runs the command line as a user does: as a process, in a copy of the project that a test may change. */
import { fromFileUrl } from "@std/path";
import type { RunEvent } from "../../pipeline/engine/types.ts";
import { writeToneFolder } from "./tones.ts";

const ROOT = fromFileUrl(new URL("../..", import.meta.url));

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A copy of the project with a store of its own; removed when disposed. */
export class ProjectCopy implements AsyncDisposable {
  readonly root: string;
  /** A data set of tones, outside the copy's own folders. */
  readonly tones: string;

  constructor() {
    this.root = Deno.makeTempDirSync({ prefix: "project-" });
    this.tones = `${this.root}/tones`;
    for (const name of ["deno.json", "deno.lock"]) {
      Deno.copyFileSync(`${ROOT}${name}`, `${this.root}/${name}`);
    }
    for (const name of ["conf", "lib", "pipeline", "data"]) {
      copyTree(`${ROOT}${name}`, `${this.root}/${name}`);
    }
    writeToneFolder(this.tones, { noise: true });
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
      ],
      cwd: this.root,
      env: { NO_COLOR: "1" },
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
    const ran = events.flatMap((e) => e.type === "task-done" ? [e.task] : []).sort();
    return { result, events, ran };
  }

  /** Changes a source file of the copy. */
  edit(path: string, change: (text: string) => string): void {
    const before = Deno.readTextFileSync(`${this.root}/${path}`);
    const after = change(before);
    if (after === before) throw new Error(`The edit of ${path} changed nothing`);
    Deno.writeTextFileSync(`${this.root}/${path}`, after);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Deno.Command("chmod", { args: ["-R", "u+w", this.root] }).output();
    await Deno.remove(this.root, { recursive: true });
  }
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

function copyTree(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const entry of Deno.readDirSync(from)) {
    if (from === `${ROOT}data` && entry.isDirectory) continue;
    const [source, target] = [`${from}/${entry.name}`, `${to}/${entry.name}`];
    if (entry.isDirectory) copyTree(source, target);
    else if (entry.isFile) Deno.copyFileSync(source, target);
  }
}
