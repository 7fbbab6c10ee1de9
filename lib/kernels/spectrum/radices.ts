/** How the length of a transform is divided into passes. Pure. */

/** Radices with a pass of their own; the larger, the fewer times all numbers go through memory. */
export const RADICES: readonly number[] = [16, 15, 10, 8, 5, 4, 3, 2];

/** Within a pass: lengths whose transform is written out. */
const FACTORS = [4, 2, 3, 5] as const;

/** The radices whose product a length is: those of {@link RADICES}, and other primes, done by their definition. */
export function radicesOf(length: number): number[] {
  const radices = dividedBy(length, RADICES);
  let rest = radices.reduce((left, radix) => left / radix, length);
  for (let prime = 7; rest > 1; prime += 2) {
    for (; rest % prime === 0; rest /= prime) radices.push(prime);
  }
  return radices;
}

/** A radix as factors of 4, 2, 3 and 5. */
export function factorsOf(radix: number): number[] {
  return dividedBy(radix, FACTORS);
}

function dividedBy(length: number, divisors: readonly number[]): number[] {
  const found: number[] = [];
  let rest = length;
  for (const divisor of divisors) {
    for (; rest % divisor === 0; rest /= divisor) found.push(divisor);
  }
  return found;
}
