/** What opening a backend takes wherever it runs. */
import { UserError } from "../base/errors.ts";

/** What computes: a graphics card, WebAssembly, plain JavaScript. */
export type BackendName = "webgpu" | "wasm" | "cpu";

export async function activate(tf: typeof import("@tensorflow/tfjs"), name: BackendName): Promise<void> {
  tf.enableProdMode(); // only turns off the library's advertisement and its warnings about itself
  const opened = await tf.setBackend(name).catch((cause: unknown) => {
    throw unavailable(name, cause);
  });
  if (!opened) throw unavailable(name, undefined);
  await tf.ready();
}

export function unavailable(name: BackendName, cause: unknown): UserError {
  const why = cause === undefined
    ? "it did not start"
    : cause instanceof Error
    ? cause.message
    : String(cause);
  const advice = name === "webgpu" ? " The wasm backend runs everywhere." : "";
  return new UserError("backend-unavailable", `Cannot open the ${name} backend: ${why}.${advice}`, { cause });
}

/**
 * Lets copies of a tensor share its memory on wasm, as they do on the other backends. The library's own Identity
 * kernel copies every tensor that is kept for a backward pass. Sound because no operation writes into its inputs:
 * variables are assigned new memory.
 */
export function shareIdentity(tf: typeof import("@tensorflow/tfjs")): void {
  tf.unregisterKernel("Identity", "wasm");
  tf.registerKernel({
    kernelName: "Identity",
    backendName: "wasm",
    kernelFunc: ({ inputs, backend }) => {
      const x = inputs["x"] as import("@tensorflow/tfjs").TensorInfo;
      (backend as { incRef(id: object): void }).incRef(x.dataId);
      return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
    },
  });
}
