/** Several pieces of one stretch of memory. */

/** Pieces one after the other, by name; sizes in float32 numbers, all at multiples of 16 bytes from the start. */
export function layPieces<Name extends string>(floats: Readonly<Record<Name, number>>): {
  /** Of all, in float32 numbers. */
  readonly size: number;
  /** Addresses of pieces that start at an address. */
  from(start: number): Readonly<Record<Name, number>>;
} {
  const offsets = {} as Record<Name, number>;
  let size = 0;
  for (const name in floats) {
    offsets[name] = size * 4;
    size += Math.ceil(floats[name] / 4) * 4;
  }
  return {
    size,
    from(start) {
      const addresses = {} as Record<Name, number>;
      for (const name in offsets) addresses[name] = start + offsets[name];
      return addresses;
    },
  };
}
