/** Starts the wasm backend and the kernels from files on disk. */
import { fromFileUrl } from "@std/path";
import { type InstalledKernels, installKernels, type KernelHost } from "./install.ts";
import { readKernels } from "./read_kernels_io.ts";
import { startThread } from "./threads_io.ts";

/**
 * See {@link installKernels}. Needs permission to read the folders of this file and of
 * `@tensorflow/tfjs-backend-wasm`, nothing else.
 */
export function installWasmKernels(
  tf: typeof import("@tensorflow/tfjs"),
  options: { readonly threads: number; readonly guests?: number },
): Promise<InstalledKernels> {
  return installKernels(tf, DISK, options);
}

const DISK: KernelHost = { fetches: false, backendFolder, readKernels, startThread };

/** In the npm cache: the library's loader for Node reads it as a file, so no network is touched. */
async function backendFolder(): Promise<string> {
  const folder = new URL("./", import.meta.resolve("@tensorflow/tfjs-backend-wasm"));
  if (folder.protocol !== "file:") {
    throw new Error(`Cannot read the wasm backend from ${folder.href}: wanted a folder on disk`);
  }
  // Looked at first: the library reports a file that cannot be read only to the console.
  await Deno.stat(new URL("tfjs-backend-wasm-simd.wasm", folder));
  return fromFileUrl(folder);
}
