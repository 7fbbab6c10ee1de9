/** Opens {@link AloneWaveFilters} with the kernels on disk. */
import { readKernels } from "../wasm/read_kernels_io.ts";
import { AloneWaveFilters } from "./alone.ts";
import type { WaveFilters } from "../../audio/wave_filters.ts";

/** Needs permission to read the folder of the compiled kernels, nothing else; works in a worker. */
export async function openWaveFilters(): Promise<WaveFilters> {
  return await AloneWaveFilters.open(await readKernels(false));
}
