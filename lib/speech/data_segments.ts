/**
 * Where a WebAssembly program's data begin in memory, as its binary says (WebAssembly Core Specification 2.0, section
 * 5.5): LLVM's linker puts constants into the first segment, and behind it what the program may change.
 */

/** A stretch of memory that is written when the program is instantiated. */
export interface DataSegment {
  /** Address of its first byte. */
  readonly at: number;
  readonly length: number;
}

const HEADER_BYTES = 8;
const DATA_SECTION = 11;
/** Into memory 0, at an offset that is an expression. */
const ACTIVE = 0;
const I32_CONST = 0x41;
const END = 0x0b;

/** @returns In the order of the binary. @throws {RangeError} For segments at computed addresses, passive ones, or none. */
export function dataSegments(binary: Uint8Array): readonly DataSegment[] {
  const reader = new Reader(binary, HEADER_BYTES);
  while (reader.at < binary.length) {
    const [section, length] = [reader.byte(), reader.unsigned()];
    if (section === DATA_SECTION) return Array.from({ length: reader.unsigned() }, () => segment(reader));
    reader.at += length;
  }
  throw new RangeError("Cannot find a program's data: it has no data section");
}

function segment(reader: Reader): DataSegment {
  const [mode, operation] = [reader.unsigned(), reader.byte()];
  const at = reader.signed();
  if (mode !== ACTIVE || operation !== I32_CONST || reader.byte() !== END) {
    throw new RangeError("Cannot tell where a program's data lie: wanted segments at constant addresses");
  }
  const length = reader.unsigned();
  reader.at += length;
  return { at, length };
}

/** Reads integers as LEB128 (section 5.2.2). */
class Reader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new RangeError("Cannot read a program: it ends too early");
    return byte;
  }

  unsigned(): number {
    return this.#number().value >>> 0;
  }

  signed(): number {
    const { value, bits } = this.#number();
    return bits >= 32 ? value : value << (32 - bits) >> (32 - bits);
  }

  #number(): { readonly value: number; readonly bits: number } {
    let [value, bits] = [0, 0];
    for (;;) {
      const byte = this.byte();
      value |= (byte & 0x7f) << bits;
      bits += 7;
      if (byte < 0x80) return { value, bits };
    }
  }
}
