/** Looks for kinds of entries in a tar archive that its reader would take for plain files. Pure. */

/** Of a header: where its kind, its mark and its checksum are. */
const [BLOCK, TYPE, MARK, CHECKSUM] = [512, 156, 257, 148];
/** Files, links, devices, folders and pipes; names and attributes of the entry that follows. */
const KNOWN = "\x000123456xgLK";

const MARKED = [...new TextEncoder().encode("ustar")];

/** Goes through an archive block by block, whatever pieces it comes in. */
export class EntryTypes {
  readonly #block = new Uint8Array(BLOCK);
  #filled = 0;

  /** @returns The kind of an entry that is none of those known, such as `S`, a sparse file of GNU tar. */
  look(piece: Uint8Array): string | undefined {
    let at = 0;
    if (this.#filled > 0) {
      at = Math.min(BLOCK - this.#filled, piece.length);
      this.#block.set(piece.subarray(0, at), this.#filled);
      this.#filled += at;
      if (this.#filled < BLOCK) return undefined;
      const found = strangeType(this.#block);
      if (found !== undefined) return found;
    }
    for (; at + BLOCK <= piece.length; at += BLOCK) {
      const found = strangeType(piece.subarray(at, at + BLOCK));
      if (found !== undefined) return found;
    }
    this.#block.set(piece.subarray(at));
    this.#filled = piece.length - at;
    return undefined;
  }
}

/** Only a block with a header's mark and checksum is a header. */
function strangeType(block: Uint8Array): string | undefined {
  if (!MARKED.every((sign, i) => block[MARK + i] === sign)) return undefined;
  const type = String.fromCharCode(block[TYPE]!);
  return KNOWN.includes(type) || !isSummed(block) ? undefined : type;
}

/** The sum of all bytes, those of the sum itself taken for spaces. */
function isSummed(block: Uint8Array): boolean {
  const written = String.fromCharCode(...block.subarray(CHECKSUM, CHECKSUM + 8));
  const sum = block.reduce((all, byte, i) => all + (i >= CHECKSUM && i < CHECKSUM + 8 ? 32 : byte), 0);
  return parseInt(written.replace(/[^0-7]/g, " ").trim(), 8) === sum;
}
