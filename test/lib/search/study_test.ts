import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { Json } from "../../../lib/base/json.ts";
import { Rng } from "../../../lib/base/random.ts";
import {
  type Job,
  type Outcome,
  rankTrials,
  runStudy,
  type StudyHost,
  type StudyPlan,
  type StudyResult,
} from "../../../lib/search/study.ts";
import type { Space, Values } from "../../../lib/search/space.ts";

const SPACE: Space = [
  { key: "lr", domain: { kind: "logarithmic", low: 1e-4, high: 1 } },
  { key: "batch", domain: { kind: "choice", values: [50, 100, 200] } },
];

const PLAN: StudyPlan = {
  space: SPACE,
  sampler: "random",
  seed: 0,
  trials: 27,
  budget: Infinity,
  rungs: [1, 3, 9],
  reduction: 3,
  parallel: 4,
  lowerIsBetter: true,
};

/** Best at lr = 0.01 and a batch of 100; falls with epochs. */
function loss([lr, batch]: Values, epochs: number): number {
  return (Math.log10(Number(lr)) + 2) ** 2 + (batch === 100 ? 0 : 0.3) + 1 / epochs;
}

const score = ({ values, epochs }: Job): Outcome => ({ kind: "score", score: loss(values, epochs) });

function host(outcome: (job: Job) => Outcome | "stopped" = score): StudyHost {
  return { refuse: () => Promise.resolve(undefined), train: (job) => Promise.resolve(outcome(job)) };
}

const told = ({ decisions }: StudyResult) =>
  decisions.map(({ why, trial, epochs, values }) => ({ why, trial, epochs, values }));

Deno.test("runStudy() decides the same whatever the order in which trainings end", async () => {
  for (const sampler of ["random", "tpe"] as const) {
    const plan = { ...PLAN, sampler };
    const expected = told(await runStudy(plan, host()));
    assert(expected.some(({ why }) => why === "promote"));
    for (let order = 0; order < 5; order++) {
      const rng = Rng.fromSeed(order);
      const ended: number[] = [];
      const late: StudyHost = {
        refuse: () => Promise.resolve(undefined),
        train: (job) =>
          new Promise((resolve) =>
            setTimeout(() => {
              ended.push(job.trial);
              resolve(score(job));
            }, rng.integer(8))
          ),
      };
      assertEquals(told(await runStudy(plan, late)), expected);
      assertNotEquals(ended, expected.map(({ trial }) => trial)); // they did end in another order
    }
  }
});

Deno.test("runStudy() decides otherwise with another seed, and each trial draws by its number", async () => {
  const first = await runStudy(PLAN, host());
  const other = await runStudy({ ...PLAN, seed: 1 }, host());
  assertNotEquals(first.trials.map(({ values }) => values), other.trials.map(({ values }) => values));
  assertEquals(new Set(first.trials.map(({ values }) => JSON.stringify(values))).size, PLAN.trials);
  const fewer = await runStudy({ ...PLAN, trials: 5, parallel: 1 }, host());
  assertEquals(
    fewer.trials.map(({ values }) => values),
    first.trials.slice(0, 5).map(({ values }) => values),
  );
});

Deno.test("runStudy() that was stopped comes to the same decisions when it begins again", async () => {
  const whole = await runStudy(PLAN, host());
  for (const after of [1, 7, 20]) {
    const kept = new Map<string, Outcome>();
    const keyOf = (job: Job) => `${job.trial}@${job.epochs}`;
    const cut = await runStudy(
      PLAN,
      host((job) => {
        if (kept.size >= after) return "stopped";
        kept.set(keyOf(job), score(job));
        return score(job);
      }),
    );
    assertEquals(cut.ended, "stopped");
    let trained = 0;
    const again = await runStudy(
      PLAN,
      host((job) => {
        const known = kept.get(keyOf(job));
        if (known === undefined) trained++;
        return known ?? score(job);
      }),
    );
    assertEquals(told(again), told(whole));
    assertEquals(trained, whole.decisions.length - after);
  }
});

Deno.test("runStudy() halves: a third goes on, the best of each rung, one at least to the end", async () => {
  const { trials, decisions, spent, ended } = await runStudy({ ...PLAN, parallel: 1 }, host());
  const at = (epochs: number) => trials.filter(({ scores }) => scores.some((s) => s.epochs === epochs));
  assertEquals([at(1).length, at(3).length, at(9).length], [27, 9, 3]);
  assertEquals(spent, 27 * 1 + 9 * 2 + 3 * 6);
  assertEquals(ended, "complete");
  assertEquals(decisions.filter(({ why }) => why === "finish"), []);
  const best = trials.toSorted((a, b) => loss(a.values, 9) - loss(b.values, 9))[0]!;
  assertEquals(rankTrials(trials, true)[0]!.number, best.number);
});

Deno.test("runStudy() promotes nobody without peers, and takes the best to the end where rungs are small", async () => {
  const { trials, decisions } = await runStudy({ ...PLAN, trials: 4, parallel: 1 }, host());
  const promoted = decisions.findIndex(({ why }) => why === "promote");
  assertEquals(decisions.slice(0, promoted).map(({ why }) => why), ["start", "start", "start"]);
  const finish = decisions.at(-1)!;
  assertEquals([finish.why, finish.epochs, finish.cost], ["finish", 9, 6]);
  assertEquals(trials.filter(({ scores }) => scores.at(-1)!.epochs === 9).length, 1);
});

Deno.test("runStudy() keeps to its budget and has room in it for one training to the end", async () => {
  for (const budget of [9, 10, 14, 20, 33, 60, 200]) {
    for (const parallel of [1, 4, 16]) {
      const { trials, spent, ended } = await runStudy({ ...PLAN, budget, parallel }, host());
      assert(spent <= budget, `${spent} of ${budget}`);
      assert(trials.some(({ scores }) => scores.at(-1)?.epochs === 9), `${budget} ${parallel}`);
      assertEquals(ended, budget < 63 ? "budget" : "complete");
    }
  }
});

Deno.test("runStudy() trains what diverges no further, keeps the cause, and TPE goes there less often", async () => {
  const study = (sampler: StudyPlan["sampler"], seed: number) =>
    runStudy(
      { ...PLAN, sampler, seed, trials: 40, parallel: 2 },
      host((job) => Number(job.values[0]) > 0.005 ? { kind: "failed", cause: "loss is NaN" } : score(job)),
    );
  const late = { random: 0, tpe: 0 };
  for (const sampler of ["random", "tpe"] as const) {
    for (const seed of [0, 1, 2]) {
      const { trials, decisions } = await study(sampler, seed);
      const failed = trials.filter(({ failure }) => failure !== null);
      assert(failed.length > 0);
      for (const { failure, number, scores } of failed) {
        assertEquals([failure, scores], ["loss is NaN", []]);
        assertEquals(decisions.filter(({ trial }) => trial === number).length, 1);
      }
      late[sampler] += failed.filter(({ number }) => number > 20).length;
    }
  }
  // The best are at the border of where it diverges: who left failures out would go there more often.
  assert(late.tpe < 0.8 * late.random, JSON.stringify(late));
});

Deno.test("runStudy() lets TPE learn from what was cut short", async () => {
  const near = { random: 0, tpe: 0 };
  for (const sampler of ["random", "tpe"] as const) {
    for (const seed of [0, 1, 2]) {
      // One of a hundred goes on: all are known by the first rung alone.
      const plan = { ...PLAN, sampler, seed, trials: 40, rungs: [1, 9], reduction: 100 };
      const { trials } = await runStudy(plan, host());
      assertEquals(trials.filter(({ scores }) => scores.length > 1).length, 1);
      near[sampler] += trials.filter(({ number, values: [lr] }) =>
        number > 20 && Math.abs(Math.log10(Number(lr)) + 2) < 0.5
      ).length;
    }
  }
  assert(near.tpe > 1.5 * near.random, JSON.stringify(near));
});

Deno.test("runStudy() takes a score that is no number for a failure", async () => {
  const { trials } = await runStudy(
    { ...PLAN, trials: 6 },
    host((job) => job.trial === 2 ? { kind: "score", score: NaN } : score(job)),
  );
  assertEquals(trials[1]!.failure, "The score after 1 epochs is NaN.");
  assertEquals(trials[1]!.scores, []);
});

Deno.test("runStudy() spends nothing on configurations that are refused", async () => {
  const { trials, decisions, spent } = await runStudy({ ...PLAN, rungs: [9], trials: 12 }, {
    ...host(),
    refuse: ([, batch]) => Promise.resolve(batch === 50 ? "too small" : undefined),
  });
  const refused = trials.filter(({ failure }) => failure === "too small");
  assertEquals(refused.map(({ values }) => values[1]), refused.map((): Json => 50));
  assert(refused.length > 0);
  assertEquals(spent, 9 * (12 - refused.length));
  assertEquals(decisions.length, 12 - refused.length);
});

Deno.test("runStudy() draws no configuration twice, and ends when there is no other", async () => {
  const space: Space = [
    { key: "a", domain: { kind: "int", low: 1, high: 4 } },
    { key: "b", domain: { kind: "choice", values: ["x", "y", "z"] } },
  ];
  for (const sampler of ["random", "tpe"] as const) {
    const { trials, ended } = await runStudy(
      { ...PLAN, space, sampler, trials: 50 },
      host(({ values }) => ({ kind: "score", score: Number(values[0]) })),
    );
    assertEquals([trials.length, ended], [12, "space"]);
    assertEquals(new Set(trials.map(({ values }) => JSON.stringify(values))).size, 12);
  }
});

Deno.test("runStudy() keeps as many trainings under way as it may", async () => {
  let [running, most] = [0, 0];
  await runStudy({ ...PLAN, parallel: 6 }, {
    ...host(),
    train: async (job) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
      return score(job);
    },
  });
  assertEquals(most, 6);
});

Deno.test("runStudy() takes larger scores for better where they are", async () => {
  const accuracy = (job: Job): Outcome => ({ kind: "score", score: -loss(job.values, job.epochs) });
  const up = await runStudy({ ...PLAN, lowerIsBetter: false }, host(accuracy));
  assertEquals(told(up), told(await runStudy(PLAN, host())));
  assertEquals(
    rankTrials(up.trials, false)[0],
    up.trials.toSorted((a, b) => {
      const [x, y] = [a.scores.at(-1)!, b.scores.at(-1)!];
      return y.epochs - x.epochs || y.score - x.score;
    })[0],
  );
});
