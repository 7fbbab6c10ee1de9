/** That the benchmark runs, says what it should, and compares like with like. How fast anything is, no test asserts. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { CASES, selectCases } from "./cases.ts";
import type { Figure } from "./figures_io.ts";
import { checkSame } from "./peer_io.ts";
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
