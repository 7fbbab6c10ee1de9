/** Opens the numeric backend that all kernels run on. TensorFlow.js is imported only when this is called. */
import { UserError } from "../base/errors.ts";
import { activate, type BackendName, shareIdentity, unavailable } from "./activate.ts";
import { isSoftwareAdapter, requestAdapter } from "./adapter.ts";
import { factsHere } from "./facts_io.ts";

export type { BackendName } from "./activate.ts";

/** How a backend is opened. */
export interface BackendOptions {
  /** Accept a WebGPU adapter that computes on the CPU; for checking results, not for work. Default false. */
  readonly allowSoftware?: boolean;
  /** Threads that wasm kernels may use, from 1; results do not depend on it. Default 1. */
  readonly threads?: number;
  /** Threads with work of their own that may help them. Default 0. */
  readonly guests?: number;
}

/** A backend at work. */
export interface OpenBackend {
  /** As it was asked for. */
  readonly name: BackendName;
  /** What it runs on, for logs: the adapter's name, or how wasm is executed. */
  readonly device: string;
  /** What of the machine decides the last bits of what it computes, by name: `multiply_add`, `adapter`. */
  readonly facts: Readonly<Record<string, string>>;
}

/** Names of the facts that decide results, by backend: Deno brings the compiler of WebGPU's programs. */
const DECISIVE: Readonly<Record<BackendName, readonly string[]>> = {
  webgpu: ["adapter", "deno"],
  wasm: ["multiply_add"],
  cpu: [],
};

/**
 * Makes `name` the backend of every later operation in this process.
 *
 * ```ts
 * import { openBackend } from "./lib/mod.ts";
 *
 * const { device } = await openBackend("wasm", { threads: 2 });
 * console.log(device); // WebAssembly SIMD, 2 threads
 * ```
 *
 * @throws {UserError} `backend-unavailable` if this machine or this process' permissions do not allow it.
 */
export async function openBackend(name: BackendName, options: BackendOptions = {}): Promise<OpenBackend> {
  const device = await openDevice(name, options);
  return { name, device, facts: await factsOf(name) };
}

/** {@link OpenBackend.facts} of a backend, without opening it. */
export async function factsOf(name: BackendName): Promise<OpenBackend["facts"]> {
  return await factsHere(DECISIVE[name]);
}

async function openDevice(name: BackendName, options: BackendOptions): Promise<string> {
  switch (name) {
    case "webgpu":
      return await openWebGpu(options.allowSoftware ?? false);
    case "wasm":
      return await openWasm(options.threads ?? 1, options.guests ?? 0);
    case "cpu":
      return await openCpu();
    default:
      name satisfies never;
      throw new Error(`Unknown backend ${JSON.stringify(name)}`);
  }
}

async function openCpu(): Promise<string> {
  const tf = await import("@tensorflow/tfjs");
  await activate(tf, "cpu");
  return "plain JavaScript";
}

async function openWasm(threads: number, guests: number): Promise<string> {
  const tf = await import("@tensorflow/tfjs");
  const fresh = tf.getBackend() !== "wasm";
  const installed = await installKernels().catch((cause: unknown) => {
    throw unavailable("wasm", cause);
  });
  if (fresh) shareIdentity(tf);
  const count = installed.threads === 1 ? "1 thread" : `${installed.threads} threads`;
  return `WebAssembly SIMD, ${count}${installed.note === undefined ? "" : ` (${installed.note})`}`;

  async function installKernels() {
    const { installWasmKernels } = await import("../kernels/wasm/install_io.ts"); // may not be readable
    return await installWasmKernels(tf, { threads, guests });
  }
}

async function openWebGpu(allowSoftware: boolean): Promise<string> {
  const adapter = await requestAdapter();
  if (adapter === null) {
    throw new UserError(
      "backend-unavailable",
      "Cannot open the webgpu backend: no graphics adapter was found. Install the Vulkan driver of your graphics card " +
        "(on Debian and Ubuntu: mesa-vulkan-drivers for AMD and Intel, the nvidia driver package for NVIDIA), or " +
        "take the wasm backend, which runs everywhere.",
    );
  }
  const device = adapter.info.description || adapter.info.vendor || "unnamed adapter";
  if (!allowSoftware && isSoftwareAdapter(adapter)) {
    throw new UserError(
      "backend-unavailable",
      `Cannot open the webgpu backend: the only adapter is ${
        JSON.stringify(device)
      }, which computes on the CPU and is ` +
        `slower than the wasm backend. Install the Vulkan driver of your graphics card, or take the wasm backend.`,
    );
  }
  const tf = await import("@tensorflow/tfjs");
  await import("@tensorflow/tfjs-backend-webgpu");
  await activate(tf, "webgpu");
  const { installWebGpuKernels } = await import("../kernels/webgpu/runtime.ts");
  installWebGpuKernels();
  return device;
}
