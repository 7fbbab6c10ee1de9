/** Opens a network as a stream with the kernels on disk. */
import { readKernels } from "../kernels/wasm/read_kernels_io.ts";
import type { NetworkState } from "../nn/types.ts";
import { openStream, type StreamOptions } from "./open.ts";
import type { NetworkStream } from "./stream.ts";

/** See `openStream`. Needs permission to read the folder of the compiled kernels, nothing else. */
export async function openNetworkStream(options: StreamOptions, state: NetworkState): Promise<NetworkStream> {
  return await openStream(options, state, await readKernels(false));
}
