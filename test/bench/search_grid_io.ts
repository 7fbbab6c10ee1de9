/**
 * How often a search finds the best of a grid, and with how many of the grid's epochs. Grids are trained whole, once;
 * searches with many seeds then look their scores up in the histories, where a part of a training stands as it would be if
 * it were trained alone. Then the same in made-up grids of whole families of learning curves.
 *
 * `deno run --allow-all test/bench/search_grid_io.ts [--store DIR] [--seeds N] [--problems N] [--save] [NAME ...]`
 *
 * `--save` writes what the trainings of these grids told to `test/fixtures/search/`, where tests find it.
 */
import { parseArgs } from "@std/cli/parse-args";
import { fromFileUrl } from "@std/path";
import { parseHistory } from "../../lib/records/history.ts";
import { DEFAULT_REDUCTION, firstRung, ladder, MOST_SHARE } from "../../lib/search/ladder.ts";
import { SAMPLERS, type StudyPlan } from "../../lib/search/study.ts";
import { openProject, type Project } from "../../pipeline/commands/shared/project_io.ts";
import { openProjectStore } from "../../pipeline/commands/shared/project_store_io.ts";
import { executorOf, graphOptions } from "../../pipeline/commands/shared/request_io.ts";
import { openCode } from "../../pipeline/engine/code/closure_io.ts";
import { planRun } from "../../pipeline/engine/run.ts";
import { markdownTable } from "../../pipeline/report/text/table.ts";
import { figure, percent } from "../../pipeline/report/text/wording.ts";
import { chooseReporter } from "../../pipeline/reporters/reporter_io.ts";
import { objectiveOf } from "../../pipeline/search/objective.ts";
import { checkSpace } from "../../pipeline/search/points.ts";
import { Trials } from "../../pipeline/search/trials_io.ts";
import { readSearch } from "../../pipeline/search/words.ts";
import {
  type Findings,
  listed,
  madeUp,
  searchesIn,
  trained,
  type TrainedGrid,
} from "../support/grid_search.ts";
import { FAMILIES, madeUpGrid } from "../support/learning_curves.ts";
import { GRIDS } from "./search_grids.ts";

/** Seeds of training besides the grid's own, for what chance alone changes. */
const OTHER_SEEDS = [1, 2, 3, 4];

const DEFAULTS = "the defaults";
const WAYS = waysOf();
const flags = parseArgs(Deno.args, {
  string: ["store", "_"],
  boolean: ["save"],
  default: { seeds: 50, problems: 30, parallel: 4 },
});
const names = flags._.length > 0 ? flags._.map(String) : Object.keys(GRIDS);
const project = openProject();
for (const name of names) {
  const grid = await trainGrid(project, GRIDS[name]!);
  if (flags.save) {
    const path = fromFileUrl(new URL(`../fixtures/search/${name}.json`, import.meta.url));
    Deno.writeTextFileSync(path, `${JSON.stringify(grid)}\n`);
  }
  showBest(name, grid);
  await showSearches(
    `${name}: found`,
    (studyOf) => searchesIn(trained(grid), flags.seeds, studyOf, grid.chance),
  );
}
for (const [family, shape] of Object.entries(FAMILIES)) {
  for (const epochs of [10, 27, 81, 200]) {
    await showSearches(`${family}, ${epochs} epochs: found`, async (studyOf) => {
      const all: Findings[] = [];
      for (let problem = 0; problem < flags.problems; problem++) {
        const grid = madeUpGrid(shape, epochs, problem);
        all.push(await searchesIn(madeUp(grid), 2, studyOf, 2 * grid.noise));
      }
      const mean = (of: (one: Findings) => number) => all.reduce((sum, one) => sum + of(one), 0) / all.length;
      return {
        found: mean(({ found }) => found),
        spent: mean(({ spent }) => spent),
        mostSpent: Math.max(...all.map(({ mostSpent }) => mostSpent)),
      };
    });
  }
}

/** One row a way of searching. */
async function showSearches(
  title: string,
  search: (studyOf: Parameters<typeof searchesIn>[2]) => Promise<Findings>,
): Promise<void> {
  const rows: string[][] = [];
  for (const [words, rungsOf] of WAYS) {
    for (const sampler of words === DEFAULTS ? SAMPLERS : ["random"] as const) {
      const { found, spent, mostSpent } = await search((seed, { space, epochs }) => ({
        space,
        sampler,
        seed,
        trials: listed(space).length,
        budget: Math.floor(MOST_SHARE * listed(space).length * epochs),
        ...rungsOf(epochs),
        parallel: flags.parallel,
        lowerIsBetter: true,
      }));
      rows.push([words, sampler, percent(found), percent(spent), percent(mostSpent)]);
    }
  }
  const columns = [title, "epochs", "at most"].map((title) => ({ title, align: "right" as const }));
  console.log(`${markdownTable([{ title: "rungs" }, { title: "sampler" }, ...columns], rows)}\n`);
}

/** @returns Of each way of searching its words and its rungs. */
function waysOf(): (readonly [string, (epochs: number) => Pick<StudyPlan, "rungs" | "reduction">])[] {
  const halving = (words: string, reduction: number, leastOf: (epochs: number) => number) =>
    [words, (epochs: number) => ({ rungs: ladder(epochs, reduction, leastOf(epochs)), reduction })] as const;
  return [
    ["--halving off", (epochs) => ({ rungs: [epochs], reduction: 3 })],
    halving(DEFAULTS, DEFAULT_REDUCTION, (epochs) => firstRung(epochs, DEFAULT_REDUCTION, MOST_SHARE)),
    ...[2, 4].map((reduction) =>
      halving(`--reduction ${reduction}`, reduction, (epochs) => firstRung(epochs, reduction, MOST_SHARE))
    ),
    halving("--least-epochs 1", 3, () => 1),
    halving("--least-epochs 1 --reduction 2", 2, () => 1),
  ];
}

function showBest(name: string, grid: TrainedGrid): void {
  const { space, epochs, score } = trained(grid);
  const order = listed(space).toSorted((a, b) => score(a, epochs) - score(b, epochs));
  console.log(
    `${name}: ${order.length} trainings of ${epochs} epochs; chance changes ${figure(grid.chance)}`,
  );
  console.log(markdownTable(
    [...space.map(({ key }) => ({ title: key })), { title: "validation loss" }],
    order.slice(0, 5).map((values) => [...values.map(String), figure(score(values, epochs))]),
  ));
  console.log();
}

/** Trains what the store does not have. */
async function trainGrid(project: Project, words: readonly string[]): Promise<TrainedGrid> {
  const typed = { conf: project.conf, task: "kws", ...readSearch(words) };
  const { point: example } = await checkSpace(typed);
  const { epochs } = example.config.trainer;
  const objective = objectiveOf("validation_loss", example.kinds.task, []);
  const graph = await graphOptions(project, { axes: [], points: [example] }, null);
  const store = openProjectStore(project, flags.store, "make");
  const code = openCode(project.root, store.statCache);
  const executor = await (await executorOf(project, { executor: undefined, overrides: [] }))
    .open({ projectRoot: project.root, detach: false, failFast: true, jobs: undefined, threads: undefined });
  const lossesOf = async (trials: Trials, all: Parameters<Trials["graph"]>[0]) => {
    const built = await trials.graph(all);
    const reporter = chooseReporter(false, store.location);
    await executor.execute({ graph: built.graph, store, code, onEvent: (event) => reporter.show(event) });
    reporter.close();
    const plan = await planRun({ graph: built.graph, store, code });
    return await Promise.all(built.tasks.map(async ({ train }) => {
      const state = plan.get(train)!;
      if (state.kind !== "fresh") throw new Error(`${train} was not trained`);
      const text = await store.readText(state.receipt.outputs["history.json"]!, "history.json");
      return parseHistory(text, train).epochs.map(({ validationLoss }) =>
        Number(validationLoss.toPrecision(6))
      );
    }));
  };
  const trials = new Trials({ ...typed, epochs, objective, graph });
  const losses = await lossesOf(trials, listed(typed.space).map((values) => ({ values, epochs })));
  const grid = { words, space: typed.space, epochs, losses, chance: 0 };
  const { space, score } = trained(grid);
  const best = listed(space).reduce((a, b) => score(b, epochs) < score(a, epochs) ? b : a);
  const finals = [score(best, epochs)];
  for (const seed of OTHER_SEEDS) {
    const again = readSearch([...words, `seed=${seed}`]);
    const others = new Trials({ ...typed, ...again, epochs, objective, graph });
    const [one] = await lossesOf(others, [{ values: best, epochs }]);
    finals.push(Math.min(...one!));
  }
  return { ...grid, chance: Number(deviation(finals).toPrecision(3)) };
}

/** Of the population that these are a sample of. */
function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
