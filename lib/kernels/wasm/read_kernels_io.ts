/** The compiled kernels, from disk. */

/**
 * The name is computed so that the file is no part of anybody's code: each operation's own digest is.
 * @param shared For a memory that threads share.
 */
export function readKernels(shared: boolean): Promise<Uint8Array<ArrayBuffer>> {
  const name = shared ? "kernels_shared" : "kernels";
  return Deno.readFile(new URL(`./${name}.wasm`, import.meta.url));
}
