/**
 * An image of a WebAssembly program's memory, restored before each call: engines carry random states, buffers and
 * smoothed parameters from one utterance to the next, and a clip must not depend on the clips made before it.
 */

/** @returns A function that puts the memory back as it is now; memory gained since then is zeroed. */
export function takeMemoryImage(memory: () => Uint8Array): () => void {
  const now = memory();
  let end = now.length;
  while (end > 0 && now[end - 1] === 0) end--;
  const image = now.slice(0, end);
  return () => {
    const current = memory();
    current.set(image);
    current.fill(0, end);
  };
}
