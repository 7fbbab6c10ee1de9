/** The modules of TensorFlow.js' WebAssembly backend, as the repository has them: in the npm cache. */
import { fromFileUrl } from "@std/path";

/** Whether they are fetched, rather than read. */
export function fetchesFiles(): boolean {
  return false;
}

/** As `setWasmPaths` takes them. */
export function backendFiles(): Promise<string> {
  return Promise.resolve(fromFileUrl(new URL("./", import.meta.resolve("@tensorflow/tfjs-backend-wasm"))));
}
