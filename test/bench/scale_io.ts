/**
 * `deno run --allow-all test/bench/scale_io.ts [--only PATTERN]`: how long and in how much memory the bookkeeping works
 * when there is much of it. Stages that would compute are replaced by ones that write a line.
 */
import { TEN_WORDS } from "../../lib/data/words_layout/vocabulary.ts";
import { parseArgs } from "@std/cli/parse-args";
import { encodeWav16 } from "../../lib/audio/wav.ts";
import { openProject } from "../../pipeline/commands/shared/project_io.ts";
import type { Request } from "../../pipeline/commands/shared/request.ts";
import { expandRequest, graphOf } from "../../pipeline/commands/shared/request_io.ts";
import { openCode } from "../../pipeline/engine/code/closure_io.ts";
import { manifestOf } from "../../pipeline/engine/fingerprint.ts";
import { runGraph } from "../../pipeline/engine/run.ts";
import { openStore } from "../../pipeline/engine/store/store_io.ts";
import type { StageRunner } from "../../pipeline/engine/process/stage_runner.ts";
import type { TaskSpec } from "../../pipeline/engine/types.ts";
import { textTable } from "../../pipeline/report/text/table.ts";
import { summarize } from "./timing.ts";

interface Measured {
  readonly what: string;
  /** Median. */
  readonly seconds: number;
  /** Most memory that the process held. */
  readonly megabytes: number;
  readonly runs: number;
}

const PROJECT = openProject();
const CLIPS = 105_829;
const SWEEP = ["seed=range(0,1250)", "setting=A,B,C,D", "backend=wasm"];
const OBJECTS = 100_000;

const CASES: Readonly<Record<string, (folder: string) => Promise<Measured[]>>> = {
  "no-op": measureNoOps,
  index: measureIndex,
  upkeep: measureUpkeep,
};

if (import.meta.main) {
  const { only } = parseArgs(Deno.args, { string: ["only"] });
  const rows: Measured[] = [];
  for (const [name, measure] of Object.entries(CASES)) {
    if (only !== undefined && !only.split(",").includes(name)) continue;
    const folder = Deno.makeTempDirSync({ prefix: "scale-" });
    console.error(`${name} ...`);
    try {
      rows.push(...await measure(folder));
    } finally {
      await new Deno.Command("rm", { args: ["-rf", folder] }).output();
    }
  }
  const right = { align: "right" } as const;
  console.log(textTable(
    [{ title: "what" }, { title: "seconds", ...right }, { title: "MB", ...right }, {
      title: "runs",
      ...right,
    }],
    rows.map((
      { what, seconds, megabytes, runs },
    ) => [what, seconds.toFixed(2), megabytes.toFixed(0), `${runs}`]),
  ));
  console.log(`load ${Deno.loadavg()[0]!.toFixed(1)} of ${navigator.hardwareConcurrency} cores`);
}

/** Runs that find everything fresh. */
async function measureNoOps(folder: string): Promise<Measured[]> {
  const all: Measured[] = [];
  const requests = { compare: ["backend=wasm"], sweep: SWEEP } as const;
  for (const [kind, overrides] of Object.entries(requests)) {
    const store = `${folder}/${kind}`;
    const request = { task: "kws", kind: kind as Request["kind"], overrides } as Request;
    const { graph } = await graphOf(PROJECT, await expandRequest(PROJECT, request), request);
    await fill(store, graph.tasks);
    const args = [kind === "compare" ? "kws" : kind, ...overrides, `--store=${store}`];
    await command(args); // makes the links of the results
    all.push(
      await timed(
        `${graph.tasks.length.toLocaleString("en")} tasks, all fresh`,
        args,
        kind === "compare" ? 15 : 5,
      ),
    );
    const dry = [...args, "--dry-run"];
    all.push(
      await timed(
        `plan of ${graph.tasks.length.toLocaleString("en")} tasks`,
        [...dry],
        kind === "compare" ? 5 : 3,
      ),
    );
  }
  return all;
}

/** A folder with as many recordings as Speech Commands has, each of ten milliseconds. */
async function measureIndex(folder: string): Promise<Measured[]> {
  const root = `${folder}/audio`;
  const bytes = encodeWav16(new Float32Array(160).fill(0.1), 16000);
  const words = [...TEN_WORDS, ..."abcdefghijklmnopqrstuvwxy"];
  for (const word of words) Deno.mkdirSync(`${root}/${word}`, { recursive: true });
  for (let i = 0; i < CLIPS; i++) {
    const speaker = (Math.floor(i / 40) * 2654435761 >>> 0).toString(16).padStart(8, "0");
    Deno.writeFileSync(`${root}/${words[i % words.length]}/${speaker}_nohash_${i % 40}.wav`, bytes);
  }
  const args = [
    "kws",
    "dataset=folder",
    `root=${root}`,
    "dataset.silence=0",
    "backend=wasm",
    `--store=${folder}/store`,
    "--json",
  ];
  const rows: Measured[] = [];
  const digest = await timed(`digest of a folder of ${CLIPS.toLocaleString("en")} clips, first time`, [
    ...args,
    "--dry-run",
  ], 1);
  rows.push(digest);
  // Digests of files that were just written are not remembered; from now on they are.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  await command([...args, "--dry-run"]);
  rows.push(await timed("the same again: stats alone", [...args, "--dry-run"], 3));
  const index = await watched([...args, "--fail-fast"], (line) => /task-done.*"index\//.test(line));
  return [...rows, { what: `index of ${CLIPS.toLocaleString("en")} clips (stage)`, ...index, runs: 1 }];
}

/** `verify` and `gc` on a store with so many objects, small ones: what is measured is the bookkeeping. */
async function measureUpkeep(folder: string): Promise<Measured[]> {
  const store = `${folder}/store`;
  const tasks = Array.from({ length: OBJECTS / 4 }, (_, i): TaskSpec => ({
    name: `train/run${i}`,
    stage: "train",
    module: "pipeline/stages/train.ts",
    slice: { i },
    inputs: {},
    outputs: ["a.json", "b.json", "c.json", "d.json"],
    resources: { threads: 1, gpu: 0 },
    permissions: { net: [], env: [], packages: [] },
  }));
  await fill(store, tasks);
  return [
    await timed(`verify of ${OBJECTS.toLocaleString("en")} objects`, ["verify", `--store=${store}`], 3),
    await timed(`gc of ${OBJECTS.toLocaleString("en")} objects, dry run`, [
      "gc",
      "--keep-days=0",
      `--store=${store}`,
    ], 3),
    await timed(`gc of ${OBJECTS.toLocaleString("en")} objects, all deleted`, [
      "gc",
      "--keep-days=0",
      "--delete",
      `--store=${store}`,
    ], 1),
  ];
}

/** Makes every task done, by stages that write one line to each output. */
async function fill(path: string, tasks: readonly TaskSpec[]): Promise<void> {
  const store = openStore(path);
  const code = openCode(PROJECT.root);
  const runner: StageRunner = {
    run({ spec, request }) {
      for (const output of spec.outputs) writeLine(`${request.outDir}/${output}`, `${spec.name} ${output}`);
      return Promise.resolve({ kind: "done" });
    },
  };
  const manifest = (module: string) =>
    module.startsWith("pipeline/") ? code.manifest(module) : manifestOf({ files: {}, packages: {} });
  const summary = await runGraph({
    graph: { tasks },
    store,
    code: { manifest, current: manifest },
    runner,
    resources: { threads: 8, gpu: 1, jobs: 8 },
  });
  if (summary.failed > 0) throw new Error(`Cannot fill ${path}: ${JSON.stringify(summary)}`);
}

function writeLine(path: string, text: string): void {
  if (path.endsWith("/audio")) {
    Deno.mkdirSync(path);
    Deno.writeTextFileSync(`${path}/line`, text);
  } else Deno.writeTextFileSync(path, path.endsWith("results.json") ? '{"rows":[],"summary":[]}' : text);
}

async function timed(what: string, args: readonly string[], runs: number): Promise<Measured> {
  const all = [];
  for (let i = 0; i < runs; i++) all.push(await command(args));
  const { median } = summarize(all.map(({ seconds }) => seconds));
  return { what, seconds: median, megabytes: Math.max(...all.map(({ megabytes }) => megabytes)), runs };
}

async function command(args: readonly string[]) {
  return await watched(args, () => false);
}

/** Runs the command line until it ends, or until a line of its output says that enough was seen. */
async function watched(args: readonly string[], enough: (line: string) => boolean) {
  const begun = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      `--config=${PROJECT.root}/deno.json`,
      `${PROJECT.root}/pipeline/cli.ts`,
      ...args,
    ],
    cwd: PROJECT.root,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let megabytes = 0;
  const watch = setInterval(() => megabytes = Math.max(megabytes, peakOf(child.pid)), 10);
  const errors = new Response(child.stderr).text();
  let seconds = 0;
  let rest = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    rest += text;
    if (seconds > 0 || !rest.split("\n").some(enough)) continue;
    seconds = (performance.now() - begun) / 1000;
    child.kill("SIGTERM");
  }
  const { success } = await child.status;
  clearInterval(watch);
  if (!success && seconds === 0) throw new Error(`${args.join(" ")} failed: ${await errors}`);
  await errors;
  return { seconds: seconds || (performance.now() - begun) / 1000, megabytes };
}

/** Most memory that a process and its children held so far; what cannot be told counts as nothing. */
function peakOf(pid: number): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    const own = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
    const children = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim();
    return Math.max(own, ...children.split(" ").filter(Boolean).map((child) => peakOf(Number(child))));
  } catch {
    return 0;
  }
}
