/** Memory that holds something computed from tensors, kept for as long as their values stay as they are. */

export interface KeptOptions {
  readonly allocate: (bytes: number) => number;
  readonly release: (address: number) => void;
}

/** What identifies a tensor's values: tensors that share them have the same, and none is used twice. */
export type DataId = object;

interface Piece {
  readonly name: string;
  readonly sources: readonly DataId[];
  readonly address: number;
  readonly bytes: number;
}

/** At most one piece for each name and sources, so that all pieces together stay in proportion to live tensors. */
export class KeptPieces {
  readonly #options: KeptOptions;
  readonly #ofSource = new Map<DataId, Set<Piece>>();
  #bytes = 0;

  constructor(options: KeptOptions) {
    this.#options = options;
  }

  /** Of all pieces. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The piece of this name for these sources, written now if there is none; valid until one of them is forgotten.
   *
   * @param name Says how the content follows from the sources' values, sizes included.
   * @param write Fills the memory at an address. If it throws, nothing is kept.
   */
  piece(name: string, sources: readonly DataId[], bytes: number, write: (address: number) => void): number {
    const found = this.#find(name, sources);
    if (found !== undefined) return found.address;
    const address = this.#options.allocate(bytes);
    if (address === 0) throw new RangeError(`No WebAssembly memory left for ${bytes} bytes`);
    try {
      write(address);
    } catch (error) {
      this.#options.release(address);
      throw error;
    }
    this.#add({ name, sources, address, bytes });
    return address;
  }

  /** To be called when a tensor's values change or go. */
  forget(source: DataId): void {
    for (const piece of this.#ofSource.get(source) ?? []) this.#remove(piece);
  }

  forgetAll(): void {
    for (const source of [...this.#ofSource.keys()]) this.forget(source);
  }

  #find(name: string, sources: readonly DataId[]): Piece | undefined {
    for (const piece of this.#ofSource.get(sources[0]!) ?? []) {
      if (piece.name === name && piece.sources.every((source, i) => source === sources[i])) return piece;
    }
    return undefined;
  }

  #add(piece: Piece): void {
    for (const source of piece.sources) {
      const pieces = this.#ofSource.get(source);
      if (pieces === undefined) this.#ofSource.set(source, new Set([piece]));
      else pieces.add(piece);
    }
    this.#bytes += piece.bytes;
  }

  #remove(piece: Piece): void {
    for (const source of piece.sources) {
      const pieces = this.#ofSource.get(source);
      pieces?.delete(piece);
      if (pieces?.size === 0) this.#ofSource.delete(source);
    }
    this.#bytes -= piece.bytes;
    this.#options.release(piece.address);
  }
}
