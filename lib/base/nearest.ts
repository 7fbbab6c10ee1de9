/** Finds what a mistyped name probably meant. */

/**
 * The candidate nearest to `name` in optimal string alignment distance (insert, delete, replace, swap). If none is near
 * (more than a third of the longer word differs), the longest with which `name` begins or that begins with it, as
 * `optim` and `optimizer`.
 */
export function nearest(name: string, words: Iterable<string>): string | undefined {
  const candidates = [...words];
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const distance = alignmentDistance(name.toLowerCase(), candidate.toLowerCase());
    const limit = Math.max(1, Math.ceil(Math.max(name.length, candidate.length) / 3));
    if (distance <= limit && distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best ?? longestOf(candidates.filter((other) => begins(name, other) || begins(other, name)));
}

const SHORTEST_BEGINNING = 3;

function begins(long: string, short: string): boolean {
  return short.length >= SHORTEST_BEGINNING && long.toLowerCase().startsWith(short.toLowerCase());
}

function longestOf(words: readonly string[]): string | undefined {
  return words.toSorted((a, b) => b.length - a.length)[0];
}

/** `did you mean "x"?` with a leading space, or nothing. */
export function suggestion(name: string, candidates: Iterable<string>): string {
  const found = nearest(name, candidates);
  return found === undefined ? "" : ` Did you mean "${found}"?`;
}

function alignmentDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, rows[i - 2]![j - 2]! + 1);
      }
      row.push(cost);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
