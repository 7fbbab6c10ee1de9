/** Addresses of the page's parts, relative to the page: the server and the browser agree on them here. */

export const FILES = {
  backend: "backend/",
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
