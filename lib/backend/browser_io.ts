/** Opens a backend in a browser's worker. */
import * as tf from "@tensorflow/tfjs";
import { installKernels, type KernelHost } from "../kernels/wasm/install.ts";
import { activate, shareIdentity } from "./activate.ts";
import { isSoftwareAdapter, requestAdapter } from "./adapter.ts";

/** Addresses of what the page's server has to offer. */
export interface BrowserFiles {
  /** Folder with the wasm backend's own modules, ending in a slash. */
  readonly backend: string;
  /** The compiled kernels for memory that threads share. */
  readonly sharedKernels: string;
  /** Those for memory of one thread. */
  readonly kernels: string;
  /** Script of a thread: `worker_browser.ts`, bundled. */
  readonly thread: string;
}

/** A backend at work in a browser. */
export interface OpenBrowserBackend {
  /** What was chosen. */
  readonly name: "webgpu" | "wasm";
  /** For people: the adapter's name, or the number of threads. */
  readonly device: string;
}

/**
 * Makes a backend that of every later operation in this worker.
 * @param wanted `auto`: WebGPU where there is hardware for it, else WebAssembly.
 * @param threads For WebAssembly; one where the page is not isolated from others.
 * @throws {Error} If WebGPU is wanted and there is no adapter, or a file is missing.
 */
export async function openBrowserBackend(
  wanted: "auto" | "webgpu" | "wasm",
  files: BrowserFiles,
  threads: number,
): Promise<OpenBrowserBackend> {
  if (wanted !== "wasm") {
    const adapter = await requestAdapter();
    const usable = adapter !== null && (wanted === "webgpu" || !isSoftwareAdapter(adapter));
    if (usable) return await openWebGpu(adapter);
    if (wanted === "webgpu") throw new Error("this browser has no WebGPU adapter");
  }
  tf.enableProdMode();
  const installed = await installKernels(tf, servedBy(files), { threads });
  shareIdentity(tf);
  return { name: "wasm", device: `${installed.threads} ${installed.threads === 1 ? "thread" : "threads"}` };
}

async function openWebGpu({ info }: GPUAdapter): Promise<OpenBrowserBackend> {
  await import("@tensorflow/tfjs-backend-webgpu");
  await activate(tf, "webgpu");
  const { installWebGpuKernels } = await import("../kernels/webgpu/runtime.ts");
  installWebGpuKernels();
  return { name: "webgpu", device: info.description || info.vendor || "unnamed adapter" };
}

function servedBy(files: BrowserFiles): KernelHost {
  return {
    fetches: true,
    backendFolder: () => Promise.resolve(files.backend),
    readKernels: async (shared) => {
      const response = await fetch(shared ? files.sharedKernels : files.kernels);
      return new Uint8Array(await response.arrayBuffer());
    },
    startThread: (start) => {
      const worker = new Worker(files.thread, { type: "module" });
      return new Promise((resolve, reject) => {
        worker.onmessage = () => resolve(worker);
        worker.onerror = ({ message }) => reject(new Error(`Cannot start a kernel thread: ${message}`));
        worker.postMessage(start);
      });
    },
  };
}
