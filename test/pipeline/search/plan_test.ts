import { assert, assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { UserError } from "../../../lib/base/errors.ts";
import { DEFAULT_REDUCTION } from "../../../lib/search/ladder.ts";
import { SAMPLERS } from "../../../lib/search/study.ts";
import { planSearch, type SearchRequest } from "../../../pipeline/search/plan.ts";
import { checkSpace } from "../../../pipeline/search/points.ts";
import { readSearch } from "../../../pipeline/search/words.ts";
import { searchesIn, trained, type TrainedGrid } from "../../support/grid_search.ts";
import { CONF } from "../../support/graphs.ts";

/** What is not typed. */
const REQUEST: SearchRequest = {
  trials: 20,
  budget: undefined,
  sampler: SAMPLERS[0],
  halving: "asha",
  reduction: DEFAULT_REDUCTION,
  least: undefined,
  objective: "validation_loss",
  parallel: 4,
  samplerSeed: 0,
};

async function planOf(words: readonly string[], request: Partial<SearchRequest>) {
  const read = readSearch(words);
  const { point } = await checkSpace({ conf: CONF, task: "kws", ...read });
  const { study, mostTrials } = planSearch({ ...REQUEST, ...request }, read.space, point);
  return { ...study, mostTrials };
}

const RATES = ["optim.lr=log(1e-4,1)", "setting=A"];

Deno.test("planSearch() compares as late as 40 % of the epochs of training all to the end allow, and takes no more", async () => {
  const cases: [epochs: number, request: Partial<SearchRequest>, rungs: number[], budget: number][] = [
    [27, {}, [3, 9, 27], 216],
    [81, {}, [9, 27, 81], 648],
    [27, { trials: 24, budget: 100 }, [1, 3, 9, 27], 100],
    [27, { budget: 5000 }, [3, 9, 27], 5000],
    [27, { least: 9 }, [9, 27], 300],
    [27, { least: 1, reduction: 2 }, [1, 2, 3, 7, 14, 27], 216],
    [27, { halving: "off" }, [27], Infinity],
    // Where trainings are short halving cannot do with so few, and one has to get to its end.
    [3, { trials: 4 }, [1, 3], 6],
    [27, { trials: 1 }, [3, 9, 27], 27],
  ];
  for (const [epochs, request, rungs, budget] of cases) {
    const study = await planOf([...RATES, `trainer.epochs=${epochs}`], request);
    assertEquals([study.rungs, study.budget], [rungs, budget], JSON.stringify([epochs, request]));
  }
});

Deno.test("planSearch() counts no more trials than there are configurations", async () => {
  const study = await planOf(["optim.lr=0.01,0.1", "setting=A", "trainer.epochs=20"], {});
  assertEquals([study.budget, study.mostTrials], [20, 2]);
  assertEquals((await planOf(RATES, { trials: 7 })).mostTrials, 7);
});

Deno.test("planSearch() refuses a budget in which no training ends", async () => {
  const { space } = readSearch(RATES);
  const { point } = await checkSpace({ conf: CONF, task: "kws", ...readSearch(RATES) });
  assertThrows(() => planSearch({ ...REQUEST, budget: 9 }, space, point), UserError, "has 10");
});

for (const name of ["linear", "adam"]) {
  Deno.test(`the defaults find the best of a trained grid (${name}), or what only chance tells from it, in at most 40 % of its epochs`, async () => {
    const path = fromFileUrl(new URL(`../../fixtures/search/${name}.json`, import.meta.url));
    const grid: TrainedGrid = JSON.parse(Deno.readTextFileSync(path));
    for (const sampler of SAMPLERS) {
      const study = await planOf(grid.words, { sampler, trials: grid.losses.length });
      const { found, mostSpent } = await searchesIn(
        trained(grid),
        20,
        (seed) => ({ ...study, seed }),
        grid.chance,
      );
      assert(found >= 0.9, `${sampler}: ${found}`);
      assert(mostSpent <= 0.4, `${sampler}: ${mostSpent}`);
    }
  });
}
