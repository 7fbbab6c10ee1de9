/**
 * How often a search finds the best of a grid, and with how many of the grid's epochs. The grid is trained whole, once;
 * searches with many seeds then look their scores up in its histories, where a part of a training stands as it would
 * be if it were trained alone.
 *
 * `deno run --allow-all test/bench/search_grid_io.ts [--store DIR] [--seeds N] [--share SHARE] [KEY=VALUE ...]`
 */
import { parseArgs } from "@std/cli/parse-args";
import { type History, parseHistory } from "../../lib/records/history.ts";
import { type Job, rankTrials, runStudy, type StudyPlan } from "../../lib/search/study.ts";
import { identityOf, type Space, type Values } from "../../lib/search/space.ts";
import { openProject } from "../../pipeline/commands/shared/project_io.ts";
import { openProjectStore } from "../../pipeline/commands/shared/project_store_io.ts";
import { executorOf, graphOptions } from "../../pipeline/commands/shared/request_io.ts";
import { expandSweep } from "../../pipeline/config/sweep.ts";
import { openCode } from "../../pipeline/engine/code/closure_io.ts";
import { planRun } from "../../pipeline/engine/run.ts";
import { markdownTable } from "../../pipeline/report/text/table.ts";
import { figure, percent } from "../../pipeline/report/text/wording.ts";
import { chooseReporter } from "../../pipeline/reporters/reporter_io.ts";
import { historyFields } from "../../pipeline/runs/fields.ts";
import { objectiveOf, scoreIn } from "../../pipeline/search/objective.ts";
import { planSearch } from "../../pipeline/search/plan.ts";
import { Trials } from "../../pipeline/search/trials_io.ts";
import { overridesOf, readSearch } from "../../pipeline/search/words.ts";

const GRID = [
  "dataset=spoken_tiny",
  "optim.lr=0.0003,0.001,0.003,0.01,0.03,0.1,0.3,1",
  "trainer.batch_size=50,100,200",
  "setting=A",
  "model=linear",
  "optim.schedule.kind=constant",
  "trainer.epochs=27",
];

/** Ways of searching that are held against each other. */
const METHODS = [
  { name: "ASHA, random", halving: "asha", sampler: "random" },
  { name: "ASHA, TPE", halving: "asha", sampler: "tpe" },
  { name: "to the end, TPE", halving: "off", sampler: "tpe" },
  { name: "to the end, random", halving: "off", sampler: "random" },
] as const;

const flags = parseArgs(Deno.args, {
  string: ["store", "_"],
  default: { seeds: 50, share: 0.4, parallel: 4, objective: "validation_loss" },
});
const { space, fixed } = readSearch([...GRID, ...flags._.map(String)]);
const grid = listed(space);
const project = openProject();
const { points: [example] } = await expandSweep(project.conf, "kws", [
  ...fixed,
  ...overridesOf(space, grid[0]!),
]);
const { epochs } = example!.config.trainer;
const objective = objectiveOf(flags.objective, example!.kinds.task, []);
const histories = await trainGrid();
const scores = new Map([...histories].map(([identity, history]) => [identity, scoreAfter(history, epochs)]));
const sign = objective.lowerIsBetter ? 1 : -1;
const order = grid.toSorted((a, b) => sign * (scores.get(identityOf(a))! - scores.get(identityOf(b))!));
const whole = grid.length * epochs;
const budget = Math.floor(flags.share * whole);

console.log(
  `${grid.length} configurations of ${epochs} epochs are ${whole}; searches may train ${budget}.\n`,
);
console.log(markdownTable(
  [{ title: "rank" }, ...space.map(({ key }) => ({ title: key })), { title: objective.title }],
  order.slice(0, 5).map((values, i) => [
    String(i + 1),
    ...values.map(String),
    figure(scores.get(identityOf(values))!),
  ]),
));
console.log();
const rows = [];
for (const { name, halving, sampler } of METHODS) {
  const ranks: number[] = [];
  const spent: number[] = [];
  for (let samplerSeed = 0; samplerSeed < flags.seeds; samplerSeed++) {
    const { study } = planSearch(
      {
        trials: grid.length,
        budget,
        sampler,
        halving,
        reduction: 3,
        least: 1,
        objective: objective.name,
        parallel: flags.parallel,
        samplerSeed,
      },
      space,
      example!,
    );
    const found = await search(study);
    ranks.push(order.findIndex((values) => identityOf(values) === identityOf(found.values)) + 1);
    spent.push(found.spent);
  }
  const share = (most: number) => ranks.filter((rank) => rank <= most).length / ranks.length;
  const mean = spent.reduce((sum, one) => sum + one, 0) / spent.length;
  rows.push([
    name,
    percent(share(1)),
    percent(share(3)),
    String(Math.max(...ranks)),
    percent(mean / whole),
    percent(Math.max(...spent) / whole),
  ]);
}
console.log(markdownTable(
  [
    { title: `${flags.seeds} searches` },
    ...["found the best", "one of the best 3", "worst rank", "epochs", "at most"].map((title) => ({
      title,
      align: "right" as const,
    })),
  ],
  rows,
));

/** Histories by identity of their configuration. */
async function trainGrid(): Promise<ReadonlyMap<string, History>> {
  const executor = await (await executorOf(project, { executor: undefined, overrides: [] }))
    .open({ projectRoot: project.root, detach: false, failFast: true, jobs: undefined, threads: undefined });
  const store = openProjectStore(project, flags.store, "make");
  const code = openCode(project.root, store.statCache);
  const graph = await graphOptions(project, { axes: [], points: [example!] }, null);
  const trials = new Trials({ conf: project.conf, task: "kws", space, fixed, epochs, objective, graph });
  const built = await trials.graph(grid.map((values) => ({ values, epochs })));
  const reporter = chooseReporter(false, store.location);
  await executor.execute({ graph: built.graph, store, code, onEvent: (event) => reporter.show(event) });
  reporter.close();
  const plan = await planRun({ graph: built.graph, store, code });
  const entries = built.tasks.map(async ({ train }, i) => {
    const state = plan.get(train)!;
    if (state.kind !== "fresh") throw new Error(`${train} was not trained`);
    const name = "history.json";
    const text = await store.readText(state.receipt.outputs[name]!, name);
    return [identityOf(grid[i]!), parseHistory(text, train)] as const;
  });
  return new Map(await Promise.all(entries));
}

async function search(study: StudyPlan): Promise<{ readonly values: Values; readonly spent: number }> {
  const { trials, spent } = await runStudy(study, {
    refuse: () => Promise.resolve(undefined),
    train: ({ values, epochs }: Job) =>
      Promise.resolve({ kind: "score", score: scoreAfter(histories.get(identityOf(values))!, epochs) }),
  });
  return { values: rankTrials(trials, study.lowerIsBetter)[0]!.values, spent };
}

/** What the training's part to the end of this epoch would have been told for. */
function scoreAfter(history: History, epochs: number): number {
  const part = history.epochs.slice(0, epochs);
  const best = part.reduce((a, b) => b.validationLoss < a.validationLoss ? b : a);
  return scoreIn(objective, historyFields({ ...history, bestEpoch: best.epoch, epochs: part }));
}

function listed(space: Space): Values[] {
  return space.reduce<Values[]>((rows, { key, domain }) => {
    if (domain.kind !== "choice") throw new Error(`A grid has lists of values: found ${key}`);
    return rows.flatMap((row) => domain.values.map((value) => [...row, value]));
  }, [[]]);
}
