/** Starts TensorFlow.js' wasm backend together with this project's kernels, on the same memory. */
import type { WorkerStart } from "./control.ts";
import { Pool, type Thread } from "./pool.ts";
import { allocatorOf, provideWasmKernels, type WasmBackend, WasmKernels, wasmKernels } from "./runtime.ts";
import { openStamped } from "./stamp.ts";
import { withSharedMemory } from "./share_memory.ts";

export interface InstalledKernels {
  /** Threads that kernels use, the calling one included. */
  readonly threads: number;
  /** Why there are fewer threads than asked for; to be told once. */
  readonly note?: string;
}

/** How files are found and threads started where this runs. */
export interface KernelHost {
  /** Folder with the backend's own modules, or where each is, as `setWasmPaths` takes it. @throws {Error} If they are not there. */
  backendFolder(): Promise<string | Readonly<Record<string, string>>>;
  /** Whether modules are fetched, rather than read by the library's loader for Node. */
  readonly fetches: boolean;
  /** The compiled kernels as a file. @param shared For a memory that threads share. */
  readKernels(shared: boolean): Promise<Uint8Array<ArrayBuffer>>;
  startThread(start: WorkerStart): Promise<Thread>;
}

/**
 * Makes wasm the backend in use, with kernels on `threads` threads. Results do not depend on that number. Calling it
 * again changes nothing.
 *
 * @param options.threads From 1. @param options.guests Threads that may join them later: see {@link Pool.invite}.
 */
export async function installKernels(
  tf: typeof import("@tensorflow/tfjs"),
  host: KernelHost,
  options: { readonly threads: number; readonly guests?: number },
): Promise<InstalledKernels> {
  const { guests = 0 } = options;
  // Pages that are not isolated from others have no such class.
  const canShare = globalThis.SharedArrayBuffer !== undefined;
  await startBackend(tf, host, options.threads + guests > 1 && canShare);
  const present = wasmKernels();
  if (present !== undefined) return { threads: present.threads };

  const backend = tf.backend() as unknown as WasmBackend;
  const { memory } = backend.wasm.asm;
  const shared = canShare && memory.buffer instanceof SharedArrayBuffer;
  const threads = shared ? options.threads : 1;
  const { module, units } = await openStamped(await host.readKernels(shared));
  const pool = await Pool.open({
    module,
    memory,
    threads,
    guests: shared ? guests : 0,
    allocate: allocatorOf(backend),
    release: (address) => backend.wasm._free(address),
    startThread: (start) => host.startThread(start),
  });
  provideWasmKernels(backend, new WasmKernels(backend, pool, units));
  if (threads === options.threads) return { threads };
  return {
    threads,
    note: `computing on 1 thread instead of ${options.threads}: no shared memory was available`,
  };
}

async function startBackend(
  tf: typeof import("@tensorflow/tfjs"),
  host: KernelHost,
  shared: boolean,
): Promise<void> {
  if (tf.getBackend() === "wasm") return;
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  // Its own threaded build brings a memory of its own making and threads that do not start everywhere.
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  // Fetching leaves it to WebAssembly.instantiate to compile, which can be stood in for; streaming does not.
  setWasmPaths(await host.backendFolder(), host.fetches);
  const restore = shared ? shareNextMemory() : () => {};
  try {
    if (!await tf.setBackend("wasm")) throw new Error("The wasm backend did not start");
    await tf.ready();
  } finally {
    restore();
  }
}

/**
 * Until the returned function is called, the first module with a memory of its own gets a shared one. The backend
 * offers no way to pass in either memory or module, and its own threaded build does not start threads here.
 */
function shareNextMemory(): () => void {
  const { instantiate } = WebAssembly;
  const restore = () => void Object.assign(WebAssembly, { instantiate });
  Object.assign(WebAssembly, {
    instantiate(source: BufferSource | WebAssembly.Module, imports?: WebAssembly.Imports) {
      if (source instanceof WebAssembly.Module) return instantiate(source, imports);
      const bytes = ArrayBuffer.isView(source)
        ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
        : new Uint8Array(source);
      const patched = withSharedMemory(bytes);
      if (patched === null) return instantiate(source, imports);
      restore();
      return instantiate(patched, imports);
    },
  });
  return restore;
}
