/** Opens {@link OwnKernels} with the kernels on disk. */
import { OwnKernels } from "./own_kernels.ts";
import { readKernels } from "./read_kernels_io.ts";
import { startThread } from "./threads_io.ts";

const opened = new Map<number, Promise<OwnKernels>>();

/**
 * For the whole process, as threads take longer to start than most work takes. Needs permission to read the folder of this
 * file, nothing else.
 *
 * @param threads From 1.
 */
export function ownKernels(threads: number): Promise<OwnKernels> {
  const found = opened.get(threads) ?? open(threads);
  opened.set(threads, found);
  return found;
}

async function open(threads: number): Promise<OwnKernels> {
  return await OwnKernels.open(await readKernels(threads > 1), { threads, startThread });
}
