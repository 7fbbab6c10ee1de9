/** That the benchmark runs, says what it should, and compares like with like. How fast anything is, no test asserts. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { CASES, peerVariants, selectCases } from "./cases.ts";
import type { Figure } from "./figures_io.ts";
import type { MemoryFigure } from "./memory_cases.ts";
import { checkSame, type ComparedCase, type Comparison } from "./peer_io.ts";
import { FINGERPRINTED, PHASES } from "../../pipeline/commands/shared/phases_io.ts";
import { peerText, startupText } from "./report.ts";
import { phaseTimes, type StartupRun, summarizeStartup } from "./startup.ts";
import { summarize, timeInTurn } from "./timing.ts";

const BENCH = fromFileUrl(new URL("bench_io.ts", import.meta.url));

async function bench(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", BENCH, ...args],
    env: { NO_COLOR: "1" },
  });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("bench --json prints one figure for each case and configuration", async () => {
  const { code, stdout, stderr } = await bench("--quick", "--only", "linear-A", "--json");
  assertEquals(code, 0, stderr);
  const figures = JSON.parse(stdout) as Figure[];
  assertEquals(figures.map(({ case: name, threads, fast, unit }) => [name, threads, fast, unit]), [
    ["linear-A", 1, false, "ms"],
    ["linear-A", 2, false, "ms"],
    ["linear-A", 1, true, "ms"],
    ["linear-A", 2, true, "ms"],
  ]);
  for (const { value, best, worst, runs, peak_mb, load } of figures) {
    assert(0 < best && best <= value && value <= worst, `${best} <= ${value} <= ${worst}`);
    assert(runs >= 3 && load >= 0, `${runs} runs, load ${load}`);
    if (Deno.build.os === "linux") assert(peak_mb! > 50, `${peak_mb} MB`);
  }
});

Deno.test("bench ends with status 2 and names the cases when none is selected", async () => {
  const { code, stderr } = await bench("--only", "linear-E");
  assertEquals(code, 2);
  assertStringIncludes(stderr, "no case is called linear-E");
  assertStringIncludes(stderr, "bc_resnet-D");
});

Deno.test("bench refuses flags and numbers of threads that it does not know", async () => {
  for (const [given, said] of [["--fast", "--fast is not known"], ["--threads=0", "on 0 threads"]] as const) {
    const { code, stderr } = await bench(given);
    assertEquals(code, 2);
    assertStringIncludes(stderr, said);
  }
});

Deno.test("checkSame() throws when losses or trained values differ", () => {
  checkSame("case", { loss: 2.5, trained: 7 }, { loss: 2.5001, trained: 7 });
  assertThrows(
    () => checkSame("case", { loss: 2.5, trained: 7 }, { loss: 2.501, trained: 7 }),
    Error,
    "loss",
  );
  assertThrows(() => checkSame("case", { loss: NaN, trained: 7 }, { loss: 2.5, trained: 7 }), Error, "loss");
  assertThrows(
    () => checkSame("case", { loss: 2.5, trained: 7 }, { loss: 2.5, trained: 8 }),
    Error,
    "values",
  );
});

Deno.test({
  name: "bench --memory tells what a training holds after each of its steps",
  ignore: Deno.build.os !== "linux", // no other system tells
  fn: async () => {
    const { code, stdout, stderr } = await bench("--memory", "--quick", "--json");
    assertEquals(code, 0, stderr);
    const figures = JSON.parse(stdout) as MemoryFigure[];
    assertEquals(figures.map((figure) => figure.case.setting), ["A", "B"]);
    for (const { phases, parts } of figures) {
      const { start, code: loaded, backend, step, end } = phases;
      assert(20e6 < start && start < loaded && loaded < backend && backend <= step && step <= end, stdout);
      assert(parts.webAssembly > 16e6 && parts.heap > 1e6 && parts.heap < end, stdout);
    }
  },
});

Deno.test("bench counts what a step asks of a graphics device, without one", async () => {
  const { code, stdout, stderr } = await bench("--quick", "--only", "webgpu-linear-A", "--json");
  assertEquals(code, 0, stderr);
  const [figure, ...others] = JSON.parse(stdout) as Figure[];
  assertEquals([figure!.case, figure!.unit, others], ["webgpu-linear-A", "ms", []]);
  const { programs, ofOptimizer, bindGroups, submissions, heldBytes } = figure!.device!;
  assert(0 < bindGroups && bindGroups <= programs, `${bindGroups} of ${programs}`); // some come again
  assert(programs > ofOptimizer && ofOptimizer > 0 && submissions > 0, JSON.stringify(figure!.device));
  assert(heldBytes > 100 * 40 * 101 * 4, `${heldBytes} bytes are less than the features of a batch`);
});

Deno.test("bench --peer says which Python has no PyTorch before it measures anything", async () => {
  const { code, stdout, stderr } = await bench("--peer", "--python", "/nowhere/python3");
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(stderr, "none of /nowhere/python3 is a Python that has torch");
});

Deno.test("peerVariants() caches by hand only where something is frozen", () => {
  const variants = (name: string) => peerVariants(selectCases(name)[0]!.work);
  assertEquals(variants("linear-B"), ["written", "cached", "compiled"]);
  assertEquals(variants("asr-bc_resnet-D"), ["written", "compiled"]);
  assertEquals(variants("features-logmel"), ["stft", "conv1d", "compiled"]);
});

Deno.test("peerText() has PyTorch's version, its fastest way, and what failed with the reason", () => {
  const comparison = (name: string, ours_ms: number): Comparison => ({
    case: name,
    threads: 2,
    torch: "2.13.0",
    ours_ms,
    peer_ms: 3,
    peer: "cached",
    ratio: 3 / ours_ms,
    peers_ms: { written: 60, cached: 3, compiled: null },
  });
  const compared: ComparedCase = {
    comparisons: [comparison("linear-A", 2), comparison("linear-A-fast", 1)],
    bestRatios: [1.4, 2.9],
    oursPeakMb: [100, 101],
    peerPeakMb: 300,
    failed: [{ variant: "compiled", reason: "InvalidCxxCompiler: no compiler\nand more" }],
    load: 0.1,
  };
  const lines = peerText([compared], { python: "/a/python3", version: "2.13.0" }).split("\n");
  const cells = lines.map((line) => line.trim().split(/ {2,}/));
  assertStringIncludes(lines[0]!, "fastest of PyTorch 2.13.0");
  assertEquals(cells[2]!.slice(0, 8), ["linear-A", "2", "2.00", "60.0", "3.00", "failed", "cached", "1.50"]);
  assertEquals(cells[3]!.slice(0, 8), [
    "linear-A-fast",
    "2",
    "1.00",
    "60.0",
    "3.00",
    "failed",
    "cached",
    "3.00",
  ]);
  assertEquals(lines[5], "compiled failed: InvalidCxxCompiler: no compiler In linear-A (threads 2).");
});

Deno.test("selectCases() takes whole names, with * for any characters", () => {
  const names = (patterns?: string) => selectCases(patterns).map(({ name }) => name);
  assertEquals(names("linear-A"), ["linear-A"]);
  assertEquals(names("infer1-*,peak"), [
    "infer1-linear",
    "infer1-linear-cached",
    "infer1-bc_resnet",
    "infer1-bc_resnet-cached",
    "peak",
  ]);
  assertEquals(names(), CASES.map(({ name }) => name));
  assertEquals(new Set(names()).size, CASES.length);
});

Deno.test("timeInTurn() alternates, leaves warm-up runs out and keeps to its budget", async () => {
  const asked: string[] = [];
  const runner = (name: string, ms: number) => (runs: number) => {
    asked.push(`${name}${runs}`);
    return Promise.resolve(Array.from({ length: runs }, () => ms));
  };
  const sampling = { warmups: 2, least: 3, most: 8, budgetMs: 100 };
  const [slow, quick] = await timeInTurn([runner("a", 70), runner("b", 20)], sampling);
  assertEquals(asked.slice(0, 6), ["a2", "b2", "a1", "b3", "a1", "b3"]);
  assertEquals(slow!.length, 3);
  assert(quick!.length >= 6 && quick!.length <= 9, `${quick!.length}`);
});

Deno.test("summarize() gives median, extremes and count", () => {
  assertEquals(summarize([3, 1, 2]), { median: 2, min: 1, max: 3, runs: 3 });
  assertEquals(summarize([4, 1, 2, 3]), { median: 2.5, min: 1, max: 4, runs: 4 });
  assertThrows(() => summarize([]), RangeError);
});

/** Each phase a millisecond longer than the one before; the process took 10 ms to start and 5 to end. */
function startupRun(shift = 0): StartupRun {
  let at = 0;
  const marks = PHASES.map((phase, i) => [phase, at += i + 1 + shift] as const);
  return {
    timeline: { origin: 1010, marks, measures: [[FINGERPRINTED, 3]] },
    started: 1000,
    gone: 1015 + at,
    typed: 40 + at,
    firstLine: 12,
    bare: 15 + at,
  };
}

Deno.test("phaseTimes() parts a command's time without rest, code apart from the plan", () => {
  const times = phaseTimes(startupRun());
  assertEquals(times, [
    ["Deno started", 10],
    ["code of the command line loaded", 1],
    ["command line understood", 2],
    ["code of graphs loaded", 3],
    ["configurations read and checked", 4],
    ["graph made", 5],
    ["store opened", 6],
    ["code fingerprinted", 3],
    ["store looked up, plan made", 4],
    ["results marked as used", 8],
    ["results read and linked", 9],
    ["results shown", 10],
    ["process ended", 5],
  ]);
  const { started, gone } = startupRun();
  assertEquals(times.reduce((sum, [, ms]) => sum + ms, 0), gone - started);
});

Deno.test("phaseTimes() says of which phase nothing was noted", () => {
  const run = startupRun();
  const marks = run.timeline.marks.filter(([phase]) => phase !== "graph made");
  const without = { ...run, timeline: { ...run.timeline, marks } };
  assertThrows(() => phaseTimes(without), Error, 'noted nothing of "graph made"');
});

Deno.test("startupText() shows medians and the best of all runs", () => {
  const text = startupText(summarizeStartup([startupRun(), startupRun(2), startupRun(1)]));
  assertStringIncludes(text, "results shown                           11.0  10.0");
  assertStringIncludes(text, "deno task itself                        25.0  25.0");
  assertStringIncludes(text, "all of it, as it is typed              105.0  95.0");
  assertStringIncludes(text, "First line after 12 ms. Medians of 3 runs.");
});
