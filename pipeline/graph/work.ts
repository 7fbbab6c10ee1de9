/** How the tasks of a run compute: backend, threads, packages. Pure. */
import type { BackendName } from "../../lib/backend/backend_io.ts";
import type { RunConfig } from "../config/schema.ts";
import type { NewTask } from "./builder.ts";

/** How a run computes; `auto` has been decided before the graph is made. */
export interface TensorWork {
  readonly backend: BackendName;
  /** What a task with tensors may use. */
  readonly resources: Pick<NewTask, "gpu" | "threads" | "packages" | "v8Flags">;
}

/** Batches are divided by clip: beyond this, threads get too few of them to be worth waking. */
const MOST_THREADS = 16;
/**
 * V8 leaves out the check of each WebAssembly memory access and joins pairs of 128-bit operations. A wrong address
 * would then corrupt memory where it now stops the program: for those who want the speed.
 */
const FAST_V8_FLAGS = ["--no-wasm-bounds-checks", "--experimental-wasm-revectorize"];
/** Read at run time by every task with tensors on wasm. */
export const WASM_PACKAGES = ["@tensorflow/tfjs-backend-wasm"];

export function tensorWork({ backend: { kind, fast } }: RunConfig, autoBackend: BackendName): TensorWork {
  const backend = kind === "auto" ? autoBackend : kind;
  return {
    backend,
    resources: {
      gpu: backend === "webgpu" ? 1 : 0,
      threads: backend === "wasm" ? MOST_THREADS : 1,
      packages: backend === "cpu" ? [] : WASM_PACKAGES,
      v8Flags: fast && backend === "wasm" ? FAST_V8_FLAGS : [],
    },
  };
}
