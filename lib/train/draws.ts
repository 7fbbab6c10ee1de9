/** What an epoch draws of each class, and what they weigh, in words. Pure. */
import type { Examples } from "../tasks/contract.ts";

/** Fewer examples of a class than these teach little. */
const FEW = 10;

/** @param batches Rows of one epoch. @returns Sentences; the second only if some class has few examples. */
export function describeDraws(
  source: Examples,
  batches: readonly ArrayLike<number>[],
): { readonly drawn: string; readonly few: string | null } {
  const classOf = (row: number) => source.labelsOf(row)[0]!;
  const [there, drawn] = [new Map<number, number>(), new Map<number, number>()];
  const count = (counts: Map<number, number>, label: number) =>
    counts.set(label, (counts.get(label) ?? 0) + 1);
  for (let row = 0; row < source.count; row++) count(there, classOf(row));
  for (const rows of batches) for (const row of Array.from(rows)) count(drawn, classOf(row));
  const named = source.classes.map((name, label) => ({
    name,
    clips: there.get(label) ?? 0,
    draws: drawn.get(label) ?? 0,
  })).filter(({ clips }) => clips > 0);
  const few = named.filter(({ clips }) => clips < FEW);
  return {
    drawn: `The first epoch draws ${
      named.map(({ name, clips, draws }) => `${name} ${draws} (of ${clips})`).join(", ")
    }`,
    few: few.length === 0
      ? null
      : `Of ${few.map(({ name, clips }) => `${name} (${clips})`).join(", ")} there are fewer ` +
        `than ${FEW} clips to learn from, which teach little: record more, or let augmentation change them more`,
  };
}

/** @param weights Of each class in the loss. @returns A sentence. */
export function describeWeights(classes: readonly string[], weights: Float32Array): string {
  const told = classes.flatMap((name, k) =>
    weights[k] === 0 ? [] : [`${name} ${weights[k]!.toPrecision(3)}`]
  );
  return `The loss weighs a clip by its class: ${told.join(", ")}`;
}
