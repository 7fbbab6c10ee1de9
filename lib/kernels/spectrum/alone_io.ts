/** Opens {@link AloneSpectrum} with the kernels on disk. */
import { readKernels } from "../wasm/read_kernels_io.ts";
import { AloneSpectrum } from "./alone.ts";
import type { SpectrumPass } from "./pass.ts";

/** Needs permission to read the folder of the compiled kernels, nothing else; works in a worker. */
export async function openSpectrum(pass: SpectrumPass): Promise<AloneSpectrum> {
  return await AloneSpectrum.open(pass, await readKernels(false));
}
