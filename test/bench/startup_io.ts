/** Where the time of a command goes that finds everything fresh: it notes how far it is, and is run again and again. */
import { fromFileUrl } from "@std/path";
import { Project } from "../support/project.ts";
import { type Startup, type StartupRun, summarizeStartup, type Timeline } from "./startup.ts";

const PRELOADED = fromFileUrl(new URL("startup/marks.ts", import.meta.url));

/**
 * On `kws` with four settings and tones, in a store of its own.
 *
 * @param rounds How often, after one round that does not count.
 * @param tell Hears how it goes.
 */
export async function measureStartup(rounds: number, tell: (line: string) => void): Promise<Startup> {
  await using project = new Project();
  const command = ["kws", ...project.tiny, "trainer.epochs=1", "--store", project.storePath];
  const begun = performance.now();
  tell("Making a small store: four settings, trained on tones.");
  await finished(["task", ...command], project);
  tell(`It is made (${((performance.now() - begun) / 1000).toFixed(0)} s); now nothing is left to do.`);
  const runs: StartupRun[] = [];
  for (let round = 0; round <= rounds; round++) {
    const run = await once(project, command);
    if (round > 0) runs.push(run);
    const said = `${run.typed.toFixed(0)} ms, first line after ${run.firstLine.toFixed(0)} ms`;
    tell(`${round === 0 ? "to warm up" : `round ${round} of ${rounds}`}: ${said}`);
  }
  return summarizeStartup(runs);
}

/** As it is typed, without `deno task`, and with what it notes on its way. */
async function once(project: Project, command: readonly string[]): Promise<StartupRun> {
  const typed = await finished(["task", ...command], project);
  const bare = await finished(["run", "--allow-all", "pipeline/cli.ts", ...command], project);
  const noted = await finished(
    ["run", "--allow-all", "--preload", PRELOADED, "pipeline/cli.ts", ...command],
    project,
  );
  const timeline: Timeline = JSON.parse(noted.stderr.trimEnd().split("\n").at(-1)!);
  return {
    timeline,
    started: noted.started,
    gone: noted.gone,
    typed: typed.gone - typed.started,
    bare: bare.gone - bare.started,
    firstLine: typed.firstLine - typed.started,
  };
}

interface Finished {
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly firstLine: number;
  readonly gone: number;
  readonly stderr: string;
}

/** @param args Of deno. @throws {Error} If it does not end well, or says nothing. */
async function finished(args: readonly string[], { root, env }: Project): Promise<Finished> {
  const started = now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: root,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [out, err, { code }] = await Promise.all([read(child.stdout), read(child.stderr), child.status]);
  const gone = now();
  // What deno task says itself is not the command's.
  const spoken = [...out, ...err].filter(({ text }) => !/^Task kws /.test(text));
  const stderr = err.map(({ text }) => text).join("");
  if (code !== 0 || spoken.length === 0) {
    throw new Error(`deno ${args.join(" ")} ended with ${code}:\n${stderr}`);
  }
  return { started, firstLine: Math.min(...spoken.map(({ at }) => at)), gone, stderr };
}

async function read(
  stream: ReadableStream<Uint8Array>,
): Promise<{ readonly text: string; readonly at: number }[]> {
  const decoder = new TextDecoder();
  const pieces = [];
  for await (const bytes of stream) pieces.push({ text: decoder.decode(bytes, { stream: true }), at: now() });
  return pieces;
}

/** Finer than the clock of dates, and of the same origin in all processes. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
