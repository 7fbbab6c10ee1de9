/** Turns the memory that a WebAssembly module defines into shared memory, which threads can be given. */

const SECTION_MEMORY = 5;
const LIMITS_WITH_MAXIMUM = 0x01;
const LIMITS_SHARED = 0x03;
const HEADER_BYTES = 8;

/**
 * A copy of the module in which the flags of its first memory say "shared" instead of "has a maximum": one byte
 * differs. Null if the module defines no memory of that kind.
 *
 * @see https://webassembly.github.io/threads/core/binary/types.html#limits
 */
export function withSharedMemory(module: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const copy = new Uint8Array(module);
  let at = HEADER_BYTES;
  while (at < copy.length) {
    const section = copy[at];
    const size = readUnsigned(copy, at + 1);
    if (section === SECTION_MEMORY) {
      const count = readUnsigned(copy, size.next);
      if (count.value === 0 || copy[count.next] !== LIMITS_WITH_MAXIMUM) return null;
      copy[count.next] = LIMITS_SHARED;
      return copy;
    }
    at = size.next + size.value;
  }
  return null;
}

/** LEB128. */
function readUnsigned(bytes: Uint8Array, start: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let at = start, shift = 0;; at++, shift += 7) {
    const byte = bytes[at];
    if (byte === undefined) {
      throw new RangeError(`The WebAssembly module ends within a number, at byte ${at}`);
    }
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, next: at + 1 };
  }
}
