/** How kernels divide a batch, and are told which frames of its clips count. */
import type { WasmKernels } from "./runtime.ts";

/** So many that threads that are not equally fast end at nearly the same time. */
const MOST_SHARES = 20;

/** Partial sums over the batch: their number does not depend on that of threads, so results do not either. */
export function sharesOf(batch: number): number {
  return Math.min(MOST_SHARES, batch);
}

/** Writes how many frames of each clip count, as int32 `[batch]`. */
export function writeFrames(
  kernels: WasmKernels,
  address: number,
  validFrames: Int32Array | undefined,
  batch: number,
  frames: number,
): void {
  kernels.writeIntegers(address, validFrames ?? new Int32Array(batch).fill(frames));
}
