/** Starts TensorFlow.js' wasm backend together with this project's kernels, on the same memory. */
import { fromFileUrl } from "@std/path";
import { sha256 } from "../../base/digest.ts";
import { MODULES } from "./modules.ts";
import { Pool } from "./pool.ts";
import { provideWasmKernels, type WasmBackend, WasmKernels, wasmKernels } from "./runtime.ts";
import { withSharedMemory } from "./share_memory.ts";

export interface InstalledKernels {
  /** Threads that kernels use, the calling one included. */
  readonly threads: number;
  /** Why there are fewer threads than asked for; to be told once. */
  readonly note?: string;
}

/**
 * Makes wasm the backend in use, with kernels on `threads` threads. Results do not depend on that number. Needs
 * permission to read the folders of this file and of `@tensorflow/tfjs-backend-wasm`, nothing else. Calling it
 * again changes nothing.
 *
 * @param options.threads From 1.
 */
export async function installWasmKernels(
  tf: typeof import("@tensorflow/tfjs"),
  options: { readonly threads: number },
): Promise<InstalledKernels> {
  await startBackend(tf, options.threads > 1);
  const present = wasmKernels();
  if (present !== undefined) return { threads: present.threads };

  const backend = tf.backend() as unknown as WasmBackend;
  const { memory } = backend.wasm.asm;
  const shared = memory.buffer instanceof SharedArrayBuffer;
  const threads = shared ? options.threads : 1;
  const pool = await Pool.open({
    module: await loadModule(shared),
    memory,
    threads,
    allocate: (bytes) => backend.wasm._malloc(bytes) >>> 0,
    release: (address) => backend.wasm._free(address),
  });
  provideWasmKernels(backend, new WasmKernels(backend, pool));
  if (threads === options.threads) return { threads };
  return {
    threads,
    note: `computing on 1 thread instead of ${options.threads}: no shared memory was available`,
  };
}

async function loadModule(shared: boolean): Promise<WebAssembly.Module> {
  const file = shared
    ? new URL("./kernels_shared.wasm", import.meta.url)
    : new URL("./kernels.wasm", import.meta.url);
  const bytes = await Deno.readFile(file);
  if (sha256(bytes) !== MODULES[shared ? "shared" : "plain"]) {
    throw new Error(`${file.pathname} is not what modules.ts names: run "deno task kernels:build"`);
  }
  return new WebAssembly.Module(bytes);
}

async function startBackend(tf: typeof import("@tensorflow/tfjs"), shared: boolean): Promise<void> {
  if (tf.getBackend() === "wasm") return;
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  // A path in the npm cache: the library's loader for Node reads it as a file, so no network is touched.
  const folder = new URL("./", import.meta.resolve("@tensorflow/tfjs-backend-wasm"));
  if (folder.protocol !== "file:") {
    throw new Error(`Cannot read the wasm backend from ${folder.href}: wanted a folder on disk`);
  }
  // Looked at first: the library reports a file that cannot be read only to the console.
  await Deno.stat(new URL("tfjs-backend-wasm-simd.wasm", folder));
  setWasmPaths(fromFileUrl(folder));
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
