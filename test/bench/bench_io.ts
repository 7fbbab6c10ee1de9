/**
 * `deno task bench [--json] [--quick] [--only PATTERN]`: how fast this project is on this machine.
 * `deno task bench --peer [--python PATH]`: beside PyTorch, in turn in the same run.
 * `deno task bench --memory`: what trainings hold in memory, and what of it is what.
 * `deno task bench --startup`: where the time goes of a command that finds everything fresh.
 */
import { parseArgs } from "@std/cli/parse-args";
import { UserError } from "../../lib/base/errors.ts";
import { CASES, type NamedCase, selectCases } from "./cases.ts";
import { type Figure, measure, planFigures } from "./figures_io.ts";
import { compareCase, type ComparedCase } from "./peer_io.ts";
import {
  MEMORY_CASES,
  type MemoryCase,
  type MemoryFigure,
  memoryText,
  QUICK_MEMORY_CASES,
} from "./memory_cases.ts";
import { comparedLine, deviceTable, figureTable, gemmShares, peerText, startupText } from "./report.ts";
import { openTorch, type Torch } from "../torch/torch_io.ts";
import type { Sampling } from "./timing.ts";

const FULL: Sampling = { warmups: 2, least: 7, most: 200, budgetMs: 3000 };
const QUICK: Sampling = { warmups: 1, least: 3, most: 3, budgetMs: 0 };
/** From here on, what else runs is more than the odd background job. */
const BUSY_LOAD = 0.5;
const USAGE =
  `deno task bench [--peer [--python PATH] | --memory | --startup] [--json] [--quick] [--threads 1,2] [--only PATTERN]
  --peer     compare with PyTorch
  --python   the Python to ask for it; else the first that has it: python3 on the PATH, /usr/bin/python3
  --memory   measure the memory of trainings, by clips, batch and bands, in the place of times
  --startup  where the time goes of deno task kws when nothing is left to do
  --json     print a JSON array
  --quick    three runs of each case: to see that it works, not how fast it is
  --threads  numbers of threads, parted by commas
  --only     names of cases, parted by commas, with * for any characters: ${
    CASES.map((c) => c.name).join(" ")
  }`;

interface BenchRequest {
  readonly cases: readonly NamedCase[];
  readonly threads: readonly number[];
  readonly sampling: Sampling;
  readonly json: boolean;
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(`error: ${error.message}`);
    Deno.exit(error.reason === "usage" ? 2 : 1);
  }
}

async function main(): Promise<void> {
  const flags = parseArgs(Deno.args, {
    boolean: ["peer", "memory", "startup", "json", "quick", "help"],
    string: ["only", "threads", "python"],
    unknown: (flag: string) => {
      throw new UserError("usage", `Cannot run the benchmark: ${flag} is not known.\n${USAGE}`);
    },
  });
  if (flags.help) return console.log(USAGE);
  if (flags.memory) {
    if (await measureTrainings(flags.quick ? QUICK_MEMORY_CASES : MEMORY_CASES, flags.json) > 0) Deno.exit(1);
    return;
  }
  if (flags.startup) {
    warnOfLoad();
    const { measureStartup } = await import("./startup_io.ts");
    const startup = await measureStartup(flags.quick ? 3 : 15, progress);
    console.log(flags.json ? JSON.stringify(startup, null, 1) : startupText(startup));
    return;
  }
  const sampling = flags.quick ? QUICK : FULL;
  const cases = selectCases(flags.only).filter(({ inPeer }) => inPeer || !flags.peer);
  if (cases.length === 0) {
    throw new UserError("usage", `Cannot run the benchmark: no case is called ${flags.only}.\n${USAGE}`);
  }
  // First, as what is missing is said before anything takes minutes.
  const torch = flags.peer ? await openTorch(flags.python) : null;
  const request = {
    cases,
    threads: parseThreads(flags.threads ?? "1,2"),
    sampling,
    json: flags.json,
  };
  warnOfLoad();
  const failed = torch !== null ? await compareAll(request, torch) : await measureAll(request);
  if (failed > 0) Deno.exit(1);
}

function parseThreads(text: string): number[] {
  const threads = text.split(",").map(Number);
  if (threads.every((count) => Number.isInteger(count) && count >= 1)) return threads;
  throw new UserError(
    "usage",
    `Cannot run the benchmark on ${text} threads: wanted whole numbers from 1.\n${USAGE}`,
  );
}

/** @returns How many cases failed. */
async function measureAll({ cases, threads, sampling, json }: BenchRequest): Promise<number> {
  const figures: Figure[] = [];
  const planned = planFigures(cases, threads);
  for (const { named, configuration } of planned) {
    await attempt(named.name, async () => {
      const figure = await measure(named, configuration, sampling);
      figures.push(figure);
      if (!json) progress(`${figure.case}: ${figure.value.toFixed(2)} ${figure.unit}`);
    });
  }
  console.log(
    json
      ? JSON.stringify(figures, null, 1)
      : [figureTable(figures), gemmShares(figures), deviceTable(figures)].filter((text) => text !== "").join(
        "\n\n",
      ),
  );
  return planned.length - figures.length;
}

/** @returns How many cases failed. */
async function measureTrainings(cases: readonly MemoryCase[], json: boolean): Promise<number> {
  const { measureMemory } = await import("./memory_io.ts"); // with a tensor library, which nothing else here needs
  const figures: MemoryFigure[] = [];
  for (const wanted of cases) {
    const name = Object.values(wanted).join(" ");
    await attempt(name, async () => {
      const figure = await measureMemory(wanted);
      figures.push(figure);
      if (!json) progress(`${name}: ${(figure.phases.end / 1e6).toFixed(0)} MB`);
    });
  }
  console.log(json ? JSON.stringify(figures, null, 1) : memoryText(figures));
  return cases.length - figures.length;
}

/** @returns How many cases failed. */
async function compareAll(
  { cases, threads, sampling, json }: BenchRequest,
  torch: Torch,
): Promise<number> {
  const compared: ComparedCase[] = [];
  for (const count of threads) {
    for (const named of cases) {
      await attempt(named.name, async () => {
        const result = await compareCase(named, count, sampling, torch);
        compared.push(result);
        if (!json) progress(comparedLine(result));
      });
    }
  }
  const rows = compared.flatMap(({ comparisons }) => comparisons);
  console.log(json ? JSON.stringify(rows, null, 1) : peerText(compared, torch));
  return threads.length * cases.length - compared.length;
}

/** One case that fails costs the others nothing: they took minutes. */
async function attempt(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    console.error(`${name} failed: ${error instanceof Error ? error.message : error}`);
  }
}

function warnOfLoad(): void {
  const load = Deno.loadavg()[0]!;
  if (load < BUSY_LOAD) return;
  console.error(
    `warning: something else uses this machine (load ${
      load.toFixed(1)
    } of ${navigator.hardwareConcurrency} cores): ` +
      `times are longer than they need be, above all those on 2 threads.`,
  );
}

/** On standard error, which is not part of what is asked for. */
function progress(text: string): void {
  console.error(`load ${Deno.loadavg()[0]!.toFixed(1)}  ${text}`);
}
