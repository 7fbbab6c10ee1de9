/** Rows cut into batches. Pure. */

/** @returns Stretches of `size` rows; the last may be shorter. */
export function batchesOf(rows: ArrayLike<number>, size: number): Uint32Array[] {
  const all = Uint32Array.from(rows);
  return Array.from(
    { length: Math.ceil(all.length / size) },
    (_, i) => all.subarray(i * size, (i + 1) * size),
  );
}

/** All rows once, in their own order. */
export function batchesInOrder(count: number, size: number): Uint32Array[] {
  return batchesOf(Uint32Array.from({ length: count }, (_, i) => i), size);
}
