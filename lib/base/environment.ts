/** Where results were made, as far as that decides their last bits. */

/**
 * What of a machine and its programs decides a result's bytes besides what it is made from, by name, as who made it says:
 * `{ v8: "15.0", multiply_add: "fused" }`.
 */
export type Environment = Readonly<Record<string, string>>;

/** A fact that differs between where a result was made and here. */
export interface FactDifference {
  readonly fact: string;
  readonly there: string;
  readonly here: string;
}

/** Facts that mattered there and are others here; those of which nothing is known here do not count. */
export function differencesOf(there: Environment | undefined, here: Environment): readonly FactDifference[] {
  return Object.entries(there ?? {}).flatMap(([fact, value]) =>
    !Object.hasOwn(here, fact) || here[fact] === value ? [] : [{ fact, there: value, here: here[fact]! }]
  );
}

/** Whether the same work must give the same bytes in both. */
export function sameEnvironment(a: Environment = {}, b: Environment = {}): boolean {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((fact) => a[fact] === b[fact]);
}

/** As in `multiply_add rounded twice, here fused`. */
export function describeDifference({ fact, there, here }: FactDifference): string {
  return `${fact} ${there}, here ${here}`;
}
