/** Addresses of the page's parts, relative to the page: the server, what is exported and the browser agree on them here. */

export const FILES = {
  /** With the name that the library looks for. */
  backend: "backend/tfjs-backend-wasm-simd.wasm",
  kernels: "kernels.wasm",
  sharedKernels: "kernels_shared.wasm",
  thread: "thread.js",
  worker: "worker.js",
  capture: "capture.js",
  models: "models.json",
} as const;

export function modelAddress(id: string): string {
  return `models/${id}.safetensors`;
}

/** Of a file of embeddings. @param digest Of its bytes. */
export function backgroundAddress(digest: string): string {
  return `backgrounds/${digest.slice(0, 16)}.safetensors`;
}

/** The id of the element that holds a part in base 64, where the page has all of them inside. */
export function partElement(address: string): string {
  return `part:${address}`;
}
