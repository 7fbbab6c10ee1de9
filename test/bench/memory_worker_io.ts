/** The process of one training, as the pipeline has it, that tells what it holds after each of its steps. */
import type { Json } from "../../lib/base/json.ts";
import type { MemoryFigure } from "./memory_cases.ts";

export interface MemoryRequest {
  readonly inputs: Readonly<Record<string, string>>;
  /** Of the stage. */
  readonly slice: unknown;
  readonly outDir: string;
  readonly threads: number;
}

export type MemoryReply = Pick<MemoryFigure, "phases" | "parts">;

if (import.meta.main) {
  console.log(JSON.stringify(await measured(JSON.parse(Deno.args[0]!) as MemoryRequest)));
  Deno.exit(0); // kernels' threads would keep the process
}

/** Modules are loaded step by step, so that each step's share can be told. */
async function measured({ inputs, slice, outDir, threads }: MemoryRequest): Promise<MemoryReply> {
  const start = peakBytes();
  const [{ stage }, { openBackend }, { fakeIo }, tf] = await Promise.all([
    import("../../pipeline/stages/train.ts"),
    import("../../lib/backend/backend_io.ts"),
    import("../pipeline/stages/fake_io.ts"),
    import("@tensorflow/tfjs"),
  ]);
  const code = peakBytes();
  await openBackend("wasm", { threads });
  const backend = peakBytes();
  let step: number | undefined;
  const io = {
    ...fakeIo(slice as Json, outDir, inputs),
    threads,
    progress: () => void (step ??= peakBytes()),
  };
  await stage.run(io);
  const end = peakBytes();
  const { heapTotal: heap, external } = Deno.memoryUsage();
  const { wasm } = tf.backend() as unknown as {
    readonly wasm: { readonly asm: { readonly memory: WebAssembly.Memory } };
  };
  return {
    phases: { start, code, backend, step: step ?? end, end },
    parts: { heap, external, webAssembly: wasm.asm.memory.buffer.byteLength },
  };
}

/** VmHWM of this process. @throws {Error} Where the system does not tell. */
function peakBytes(): number {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(Deno.readTextFileSync("/proc/self/status"))?.[1];
  if (kib === undefined) {
    throw new Error("Cannot measure memory: /proc/self/status has no VmHWM, which Linux has");
  }
  return Number(kib) * 1024;
}
