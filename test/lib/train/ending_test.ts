import { assertEquals } from "@std/assert";
import type { EpochRecord } from "../../../lib/records/history.ts";
import { endingOf, isBetter } from "../../../lib/train/ending.ts";

/** @param selections What the best state has least of, where that is not the loss. */
function historyOf(losses: readonly number[], selections?: readonly number[]): EpochRecord[] {
  return losses.map((validationLoss, i) => ({
    ...{ epoch: i + 1, steps: 4 * (i + 1), lr: {}, loss: 1, accuracy: 0.5, validationAccuracy: 0.5 },
    validationLoss,
    ...(selections === undefined ? {} : { selection: selections[i]! }),
  }));
}

const LOSSES = [5, 4, 4.5, 4.2, 3, 3.1, 3.2, 3.3, 2];
const ROWS: readonly (readonly [epochs: number, patience: number | null, ReturnType<typeof endingOf>])[] = [
  [9, null, { epoch: 9, by: "epochs" }],
  [10, null, null],
  [4, null, { epoch: 4, by: "epochs" }],
  [9, 1, { epoch: 3, by: "patience" }],
  [9, 2, { epoch: 4, by: "patience" }],
  [9, 3, { epoch: 8, by: "patience" }],
  [9, 4, { epoch: 9, by: "epochs" }],
  [8, 3, { epoch: 8, by: "epochs" }], // it had all that was asked for
  [20, 4, null],
];

for (const [epochs, patience, wanted] of ROWS) {
  Deno.test(`endingOf() with ${epochs} epochs and a patience of ${patience} is ${JSON.stringify(wanted)}`, () => {
    assertEquals(endingOf(historyOf(LOSSES), { epochs, patience }), wanted);
  });
}

Deno.test("endingOf() is the same for every history that goes on beyond the end", () => {
  const limits = { epochs: 9, patience: 2 };
  const ends = [1, 2, 3, 4, 5, 9].map((epochs) =>
    endingOf(historyOf(LOSSES.slice(0, epochs)), limits)?.epoch
  );
  assertEquals(ends, [undefined, undefined, undefined, 4, 4, 4]);
});

Deno.test("endingOf() goes by what was selected, and by the loss among equals", () => {
  const limits = { epochs: 9, patience: 2 };
  const falling = [5, 4, 3, 2, 1];
  assertEquals(endingOf(historyOf(falling, [1, 2, 2, 2, 2]), limits), { epoch: 3, by: "patience" });
  assertEquals(endingOf(historyOf(falling, [1, 1, 1, 1, 1]), limits), null);
  assertEquals(endingOf(historyOf([1, 2, 3, 4, 5], [9, 8, 7, 6, 5]), limits), null);
});

Deno.test("isBetter() keeps the earlier of two equal states", () => {
  const state = { score: 1, validationLoss: 2 };
  assertEquals([isBetter(state, null), isBetter(state, state)], [true, false]);
  assertEquals(isBetter({ score: 1, validationLoss: 1.9 }, state), true);
  assertEquals(isBetter({ score: 1.1, validationLoss: 0 }, state), false);
});
