/** How fast matrix products go, and the fastest that arithmetic goes at all, on a number of threads at once. */
import { Worker } from "node:worker_threads";
import asc from "assemblyscript/asc";
import type { ArithmeticCall, ArithmeticStart } from "./arithmetic_worker.ts";
import { peakFlop, type PeakLoop, peakSource } from "./peak_source.ts";
import type { Work } from "./work.ts";

const PAGES = 256;
/** Short calls, many of them: V8 optimises a function between calls, never within one. */
const PEAK_ROUNDS = 20_000;
const PEAK_TIMES = 200;
const TRIALS = 4;
/** The largest product of the front-end: rows of hops of four clips by one of its 160 x 64 panel groups. */
const GEMM = { rows: 104, panels: 8, inner: 160 } as const;
const GEMM_TIMES = 200;
const PANEL_COLUMNS = 8;
const FLOAT_BYTES = 4;

/** The compiled kernels' `tilesByRow` on operands that stay in the second-level cache. */
export async function prepareGemm(threads: number): Promise<Work> {
  const bytes = await Deno.readFile(new URL("../../lib/kernels/wasm/kernels.wasm", import.meta.url));
  const pool = await startThreads(threads, new WebAssembly.Module(bytes));
  const { rows, panels, inner } = GEMM;
  const aStride = inner * FLOAT_BYTES;
  const bRow = PANEL_COLUMNS * FLOAT_BYTES;
  const bPanel = inner * bRow;
  const [a, b] = [1024, 1024 + rows * aStride];
  const c = b + panels * bPanel;
  const cRow = panels * bRow;
  // tilesByRow(M, panels, K, a, aStride, b, bRow, bPanel, c, cRow, cPanel, accumulate)
  const args = [rows, panels, inner, a, aStride, b, bRow, bPanel, c, cRow, bRow, 0];
  const flop = 2 * rows * panels * PANEL_COLUMNS * inner * GEMM_TIMES;
  return {
    rate: { unit: "GFLOP/s", amount: threads * flop / 1e9 },
    run: () => pool.call({ name: "tilesByRow", args, times: GEMM_TIMES }),
    close: () => pool.close(),
  };
}

export async function preparePeak(threads: number): Promise<Work> {
  const pool = await startThreads(threads, await compilePeak());
  const call = (name: PeakLoop) => pool.call({ name, args: [PEAK_ROUNDS, 1024], times: PEAK_TIMES });
  const rates: Record<PeakLoop, number> = { narrow: 0, paired: 0 };
  for (let round = 0; round < TRIALS; round++) {
    for (const name of ["narrow", "paired"] as const) {
      const start = performance.now();
      await call(name);
      // The best of a few: the first calls are not optimised yet, and others use the machine too.
      rates[name] = Math.max(rates[name], peakFlop(name, PEAK_ROUNDS) / (performance.now() - start));
    }
  }
  const best = rates.paired > rates.narrow ? "paired" : "narrow";
  return {
    rate: { unit: "GFLOP/s", amount: threads * PEAK_TIMES * peakFlop(best, PEAK_ROUNDS) / 1e9 },
    run: () => call(best),
    close: () => pool.close(),
  };
}

interface Threads {
  /** Resolves when all threads have made the call. */
  call(call: ArithmeticCall): Promise<void>;
  close(): Promise<unknown>;
}

async function startThreads(threads: number, module: WebAssembly.Module): Promise<Threads> {
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL("./arithmetic_worker.ts", import.meta.url)),
  );
  const tell = async (message: ArithmeticStart | ArithmeticCall) => {
    await Promise.all(workers.map((worker) =>
      new Promise<void>((resolve, reject) => {
        worker.once("message", () => resolve());
        worker.once("error", reject);
        worker.postMessage(message);
      })
    ));
  };
  await tell({ module, pages: PAGES });
  return { call: tell, close: () => Promise.all(workers.map((worker) => worker.terminate())) };
}

async function compilePeak(): Promise<WebAssembly.Module> {
  const written = new Map<string, Uint8Array<ArrayBuffer>>();
  const source = peakSource();
  // deno-fmt-ignore
  const options = [
    "peak.ts", "--outFile", "peak.wasm", "-O3", "--noAssert", "--runtime", "stub", "--importMemory", "--use", "abort=",
    "--enable", "simd,relaxed-simd",
  ];
  const { error, stderr } = await asc.main(options, {
    readFile: (name: string) => name === "peak.ts" ? source : null,
    writeFile: (name: string, content: unknown) => void written.set(name, content as Uint8Array<ArrayBuffer>),
    listFiles: () => [],
  });
  if (error !== null) {
    throw new Error(`The peak loops do not compile:\n${stderr.toString()}`, { cause: error });
  }
  return new WebAssembly.Module(written.get("peak.wasm")!);
}
