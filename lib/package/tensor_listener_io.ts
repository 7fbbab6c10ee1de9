/** What has no form for streams listens in windows, by TensorFlow.js. Loaded only where a model needs it. */
import * as tf from "@tensorflow/tfjs";
import { activate, shareIdentity } from "../backend/activate.ts";
import { isSoftwareAdapter, requestAdapter } from "../backend/adapter.ts";
import { UserError } from "../base/errors.ts";
import { installKernels } from "../kernels/wasm/install.ts";
import { type Listener, listenerOf, type ListenerOptions } from "../live/listener.ts";
import { kernels } from "./assets_io.ts";
import { backendFiles, fetchesFiles } from "./backend_files_io.ts";

/** What computes with tensors here. */
export type TensorBackend = "webgpu" | "wasm" | "cpu";

/**
 * @param why Why it takes tensors, for errors.
 * @throws {UserError} `bad-file` as `listenerOf` does, `backend-unavailable` if nothing computes here.
 */
export async function tensorListener(
  bytes: Uint8Array,
  name: string,
  options: ListenerOptions,
  why: string,
): Promise<{ readonly listener: Listener; readonly backend: TensorBackend }> {
  const backend = await openTensors().catch((cause: unknown) => {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(
      "backend-unavailable",
      `Cannot listen with ${name}: ${text}. It needs tensors: ${why}`,
      {
        cause,
      },
    );
  });
  return { listener: await listenerOf(bytes, name, options), backend };
}

/**
 * Makes ready what computes: WebGPU where there is hardware for it, else WebAssembly with this library's kernels. What a
 * program has chosen for itself stays.
 */
export async function openTensors(): Promise<TensorBackend> {
  const chosen = tf.getBackend() as string | undefined;
  if (chosen !== undefined && chosen !== "") {
    await tf.ready();
    return chosen as TensorBackend;
  }
  const adapter = await requestAdapter();
  if (adapter !== null && !isSoftwareAdapter(adapter)) {
    await import("@tensorflow/tfjs-backend-webgpu");
    await activate(tf, "webgpu");
    const { installWebGpuKernels } = await import("../kernels/webgpu/runtime.ts");
    installWebGpuKernels();
    return "webgpu";
  }
  tf.enableProdMode();
  await installKernels(tf, {
    fetches: fetchesFiles(),
    backendFolder: backendFiles,
    readKernels: kernels,
    startThread: () => Promise.reject(new Error("one thread is all there is")),
  }, { threads: 1 });
  shareIdentity(tf);
  return "wasm";
}
