/** Memory that holds something computed from tensors, kept for as long as their values stay as they are. */

export interface KeptOptions {
  /** Throws where there is no room. */
  readonly allocate: (bytes: number) => number;
  readonly release: (address: number) => void;
}

/** What identifies a tensor's values: tensors that share them have the same, and none is used twice. */
export type DataId = object;

interface Piece {
  readonly key: string;
  readonly sources: readonly DataId[];
  readonly address: number;
  readonly bytes: number;
}

/** At most one piece for each name and sources. */
export class KeptPieces {
  readonly #options: KeptOptions;
  readonly #numbers = new WeakMap<DataId, number>();
  /** By name and sources, those first that were asked for longest ago. */
  readonly #pieces = new Map<string, Piece>();
  readonly #ofSource = new Map<DataId, Set<Piece>>();
  #bytes = 0;
  #known = 0;

  constructor(options: KeptOptions) {
    this.#options = options;
  }

  /** Of all pieces. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The piece of this name for these sources, written now if there is none; valid until one of them is forgotten, or
   * {@link trim} is called.
   *
   * @param name Says how the content follows from the sources' values, sizes included.
   * @param sources None: it is there until it is trimmed.
   * @param sizeOf Of the piece in bytes. @param write Fills the memory at an address. If it throws, nothing is kept.
   */
  piece(
    name: string,
    sources: readonly DataId[],
    sizeOf: () => number,
    write: (address: number) => void,
  ): number {
    const key = `${sources.map((source) => this.#numberOf(source)).join()} ${name}`;
    const found = this.#pieces.get(key);
    if (found !== undefined) {
      this.#pieces.delete(key);
      this.#pieces.set(key, found);
      return found.address;
    }
    const bytes = sizeOf();
    const address = this.#options.allocate(bytes);
    try {
      write(address);
    } catch (error) {
      this.#options.release(address);
      throw error;
    }
    this.#add({ key, sources, address, bytes });
    return address;
  }

  /** To be called when a tensor's values change or go. */
  forget(source: DataId): void {
    for (const piece of this.#ofSource.get(source) ?? []) this.#remove(piece);
  }

  forgetAll(): void {
    this.trim(0);
  }

  /** Gives back what was asked for longest ago, until all pieces have at most so many bytes. */
  trim(most: number): void {
    for (const piece of this.#pieces.values()) {
      if (this.#bytes <= most) return;
      this.#remove(piece);
    }
  }

  #numberOf(source: DataId): number {
    const known = this.#numbers.get(source);
    if (known !== undefined) return known;
    this.#numbers.set(source, ++this.#known);
    return this.#known;
  }

  #add(piece: Piece): void {
    this.#pieces.set(piece.key, piece);
    for (const source of piece.sources) {
      const pieces = this.#ofSource.get(source);
      if (pieces === undefined) this.#ofSource.set(source, new Set([piece]));
      else pieces.add(piece);
    }
    this.#bytes += piece.bytes;
  }

  #remove(piece: Piece): void {
    this.#pieces.delete(piece.key);
    for (const source of piece.sources) {
      const pieces = this.#ofSource.get(source);
      pieces?.delete(piece);
      if (pieces?.size === 0) this.#ofSource.delete(source);
    }
    this.#bytes -= piece.bytes;
    this.#options.release(piece.address);
  }
}
