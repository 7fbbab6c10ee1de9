/** Where the time of a command goes that finds everything fresh: processes that go further and further, in turn. */
import { fromFileUrl } from "@std/path";
import { Project } from "../support/project.ts";
import { type Sampling, summarize, timeInTurn } from "./timing.ts";

export interface StartupPhase {
  readonly phase: string;
  /** Median time from the start of a process that goes so far, in milliseconds. */
  readonly until_ms: number;
  /** Of the fastest. */
  readonly best_ms: number;
}

export interface Startup {
  /** In the order in which they come. */
  readonly phases: readonly StartupPhase[];
  /** Until the first line of the whole command stands on the terminal. */
  readonly first_line_ms: number;
}

/** Each with the arguments of `deno run`; those that begin with `kws` are the command line's. */
const PHASES = [
  { phase: "Deno alone", run: ["startup/nothing.ts"] },
  { phase: "code that parses the command line", run: ["startup/command_code.ts"] },
  { phase: "code that runs graphs", run: ["startup/all_code.ts"] },
  { phase: "configurations read, composed and checked", flags: ["--print-config"] },
  { phase: "graph, code and inputs looked at, plan made", flags: ["--dry-run"] },
  { phase: "results linked and shown", flags: [] },
] as const;

/** On `kws` with four settings and tones, in a store of its own. */
export async function measureStartup(sampling: Sampling): Promise<Startup> {
  await using project = new Project();
  const command = ["kws", ...project.tiny, "trainer.epochs=1"];
  const finished = await project.run(...command);
  if (finished.code !== 0) throw new Error(`The tiny project did not finish:\n${finished.stderr}`);
  const firstLines: number[] = [];
  const runs = PHASES.map((phase) => async () => {
    if ("run" in phase) return await script(phase.run[0]);
    const begun = performance.now();
    const child = project.start(...command, ...phase.flags);
    const first = Promise.race([firstByte(child.stdout), firstByte(child.stderr)]);
    if (phase.flags.length === 0) firstLines.push(await first - begun);
    const { code } = await child.status;
    if (code !== 0) throw new Error(`${phase.phase}: the command ended with ${code}`);
  });
  const times = await timeInTurn(
    runs.map((run) => async (count: number) => {
      const taken: number[] = [];
      for (let i = 0; i < count; i++) {
        const begun = performance.now();
        await run();
        taken.push(performance.now() - begun);
      }
      return taken;
    }),
    sampling,
  );
  return {
    phases: times.map((of, i) => {
      const { median, min } = summarize(of);
      return { phase: PHASES[i]!.phase, until_ms: median, best_ms: min };
    }),
    first_line_ms: summarize(firstLines).median,
  };
}

/** A module of this folder in a process of its own. */
async function script(name: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", fromFileUrl(new URL(name, import.meta.url))],
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`${name} failed: ${new TextDecoder().decode(stderr)}`);
}

/** When something was written, by the clock; reads on to the end. Never where nothing is written. */
function firstByte(stream: ReadableStream<Uint8Array>): Promise<number> {
  return new Promise((resolve, reject) => {
    (async () => {
      for await (const bytes of stream) if (bytes.length > 0) resolve(performance.now());
    })().catch(reject);
  });
}
