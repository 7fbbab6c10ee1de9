/** Opens {@link SpectrumBatches} with the kernels on disk. */
import { ownKernels } from "../wasm/own_kernels_io.ts";
import { SpectrumBatches } from "./batches.ts";
import type { SpectrumPass } from "./pass.ts";

/** Needs permission to read the folder of the compiled kernels, nothing else. @param threads From 1. */
export async function openBatches(pass: SpectrumPass, threads: number): Promise<SpectrumBatches> {
  return new SpectrumBatches(await ownKernels(threads), pass);
}
