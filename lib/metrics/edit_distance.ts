/** Levenshtein alignment of two sequences of class indices. */

/** One step of an alignment; null where one side has nothing: an insertion, or a deletion. */
export interface AlignedPair {
  readonly reference: number | null;
  readonly hypothesis: number | null;
}

export interface ErrorCounts {
  readonly substitutions: number;
  /** What the hypothesis has and the reference has not. */
  readonly insertions: number;
  /** What the reference has and the hypothesis has not. */
  readonly deletions: number;
}

export interface Alignment extends ErrorCounts {
  /** From the beginning to the end. */
  readonly pairs: readonly AlignedPair[];
}

const DIAGONAL = 0;
const DELETION = 1;
const INSERTION = 2;

/**
 * The alignment with the fewest substitutions, insertions and deletions, each counting one (Levenshtein 1966). Of
 * several best ones, the one that, read from the end, pairs before it deletes and deletes before it inserts.
 */
export function align(reference: ArrayLike<number>, hypothesis: ArrayLike<number>): Alignment {
  const moves = bestMoves(reference, hypothesis);
  const columns = hypothesis.length + 1;
  const pairs: AlignedPair[] = [];
  const counts = { substitutions: 0, insertions: 0, deletions: 0 };
  for (let [i, j] = [reference.length, hypothesis.length]; i > 0 || j > 0;) {
    const move = i === 0 ? INSERTION : j === 0 ? DELETION : moves[i * columns + j];
    if (move === INSERTION) {
      counts.insertions++;
      pairs.push({ reference: null, hypothesis: hypothesis[--j]! });
    } else if (move === DELETION) {
      counts.deletions++;
      pairs.push({ reference: reference[--i]!, hypothesis: null });
    } else {
      const pair = { reference: reference[--i]!, hypothesis: hypothesis[--j]! };
      if (pair.reference !== pair.hypothesis) counts.substitutions++;
      pairs.push(pair);
    }
  }
  return { ...counts, pairs: pairs.reverse() };
}

/** Number of edits. */
export function editDistance(counts: ErrorCounts): number {
  return counts.substitutions + counts.insertions + counts.deletions;
}

/** `[reference + 1, hypothesis + 1]`: the last move of a best alignment of both beginnings. */
function bestMoves(reference: ArrayLike<number>, hypothesis: ArrayLike<number>): Uint8Array {
  const columns = hypothesis.length + 1;
  const moves = new Uint8Array((reference.length + 1) * columns);
  let above = Uint32Array.from({ length: columns }, (_, j) => j);
  let row = new Uint32Array(columns);
  for (let i = 1; i <= reference.length; i++) {
    row[0] = i;
    for (let j = 1; j < columns; j++) {
      const paired = above[j - 1]! + (reference[i - 1] === hypothesis[j - 1] ? 0 : 1);
      const deleted = above[j]! + 1;
      const inserted = row[j - 1]! + 1;
      const least = Math.min(paired, deleted, inserted);
      row[j] = least;
      moves[i * columns + j] = least === paired ? DIAGONAL : least === deleted ? DELETION : INSERTION;
    }
    [above, row] = [row, above];
  }
  return moves;
}
