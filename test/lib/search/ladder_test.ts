import { assert, assertEquals } from "@std/assert";
import { costOf, DEFAULT_REDUCTION, firstRung, ladder, MOST_SHARE } from "../../../lib/search/ladder.ts";
import { madeUp, searchesIn } from "../../support/grid_search.ts";
import { FAMILIES, madeUpGrid } from "../../support/learning_curves.ts";

Deno.test("ladder() gives the shares of the longest training that have at least so many epochs", () => {
  assertEquals(ladder(81, 3, 1), [1, 3, 9, 27, 81]);
  assertEquals(ladder(10, 3, 1), [1, 3, 10]);
  assertEquals(ladder(200, 4, 5), [13, 50, 200]);
  assertEquals(ladder(1, 3, 1), [1]);
  assertEquals(ladder(5, 1.2, 4), [4, 5]);
});

Deno.test("firstRung() is as late as a share of the epochs allows", () => {
  const cases: [epochs: number, reduction: number, share: number, rung: number][] = [
    [27, 2, 0.4, 3],
    [10, 2, 0.4, 1],
    [200, 2, 0.4, 25],
    [27, 3, 0.4, 3],
    [81, 3, 0.4, 9],
    [27, 4, 0.4, 2],
    [27, 3, 0.6, 9],
    [27, 3, 0.12, 1],
    // Nothing costs so little: the least that there is.
    [27, 3, 0.05, 1],
    [3, 3, 0.4, 1],
    [1, 3, 0.4, 1],
  ];
  for (const [epochs, reduction, share, rung] of cases) {
    const first = firstRung(epochs, reduction, share);
    assertEquals(first, rung, `${epochs} ${reduction} ${share}`);
    const all = ladder(epochs, reduction, 1);
    const later = all.slice(0, -1).filter((one) => one > first);
    for (const one of later) assert(costOf(ladder(epochs, reduction, one), reduction) > share * epochs);
  }
});

Deno.test("costOf() is what halving takes of each training where exactly one of so many goes on", () => {
  assertEquals(costOf([27], 3), 27);
  assertEquals(costOf([9, 27], 3), 9 + 18 / 3);
  assertEquals(costOf([3, 9, 27], 3), 3 + 6 / 3 + 18 / 9);
});

Deno.test("in made-up grids the defaults find the best about as often as training to the end with more epochs, and far more often than from the first", async () => {
  const ways: Record<string, (epochs: number) => readonly [reduction: number, least: number]> = {
    defaults: (epochs: number) => [DEFAULT_REDUCTION, firstRung(epochs, DEFAULT_REDUCTION, MOST_SHARE)],
    "from one epoch": () => [3, 1],
    "to the end": (epochs: number) => [DEFAULT_REDUCTION, epochs],
  };
  const found: Record<string, number> = {};
  const spent: Record<string, number> = {};
  let searches = 0;
  let most = 0;
  for (const shape of Object.values(FAMILIES)) {
    for (const epochs of [27, 81]) {
      for (let problem = 0; problem < 12; problem++) {
        const made = madeUpGrid(shape, epochs, problem);
        const grid = madeUp(made);
        for (const [way, rungsOf] of Object.entries(ways)) {
          const [reduction, least] = rungsOf(epochs);
          const findings = await searchesIn(grid, 2, (seed) => ({
            space: grid.space,
            sampler: "random",
            seed,
            trials: made.losses.length,
            budget: Math.floor(MOST_SHARE * made.losses.length * epochs),
            rungs: ladder(epochs, reduction, least),
            reduction,
            parallel: 4,
            lowerIsBetter: true,
          }), 2 * made.noise);
          found[way] = (found[way] ?? 0) + findings.found;
          spent[way] = (spent[way] ?? 0) + findings.spent;
          if (way === "defaults") most = Math.max(most, findings.mostSpent);
        }
        searches++;
      }
    }
  }
  const told = JSON.stringify({ found, spent, searches });
  assert(most <= MOST_SHARE, `${most}`);
  assert(found["defaults"]! > 0.9 * found["to the end"]!, told);
  assert(spent["defaults"]! < 0.85 * spent["to the end"]!, told);
  assert(found["defaults"]! > found["from one epoch"]! + 0.3 * searches, told);
});
