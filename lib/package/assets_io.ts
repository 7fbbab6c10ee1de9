/**
 * What the package holds besides code, as the repository has it: in the package another module is in this one's place,
 * which has the kernels in itself, so that no bundler can lose them.
 */
import type { WorkletScript } from "./microphone_io.ts";

/** The compiled kernels for memory of one thread. */
export async function kernels(): Promise<Uint8Array<ArrayBuffer>> {
  // The name is computed so that the file is no part of anybody's code: each kernel's own digest is.
  const file = "kernels";
  const response = await fetch(new URL(`../kernels/wasm/${file}.wasm`, import.meta.url));
  return new Uint8Array(await response.arrayBuffer());
}

/** The worklet: only what is bundled has one. */
export const worklet: WorkletScript = { address: "capture.js", text: "" };
