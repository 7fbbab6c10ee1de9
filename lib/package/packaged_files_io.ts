/** The modules of TensorFlow.js' WebAssembly backend for the package, in which this stands for `backend_files_io.ts`. */

/** The names that the backend asks for. Kernels here take SIMD in any case, and its own threads are not used. */
const NAMES = [
  "tfjs-backend-wasm.wasm",
  "tfjs-backend-wasm-simd.wasm",
  "tfjs-backend-wasm-threaded-simd.wasm",
];

/** Whether they are fetched, rather than read. */
export function fetchesFiles(): boolean {
  return (globalThis as { readonly process?: unknown }).process === undefined ||
    (globalThis as { readonly document?: unknown }).document !== undefined;
}

/** As `setWasmPaths` takes them. */
export function backendFiles(): Promise<string | Readonly<Record<string, string>>> {
  if (!fetchesFiles()) {
    const { pathname } = new URL("./", import.meta.resolve("@tensorflow/tfjs-backend-wasm"));
    return Promise.resolve(decodeURIComponent(pathname).replace(/^\/(?=[A-Za-z]:)/, ""));
  }
  const { href } = new URL("./tfjs-backend-wasm-simd.wasm", import.meta.url);
  return Promise.resolve(Object.fromEntries(NAMES.map((name) => [name, href])));
}
