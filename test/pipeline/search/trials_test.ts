import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import type { FailureReason } from "../../../lib/base/errors.ts";
import type { Store } from "../../../pipeline/engine/store/store_io.ts";
import type { FailureRecord } from "../../../pipeline/engine/types.ts";
import { objectiveOf } from "../../../pipeline/search/objective.ts";
import { Trials } from "../../../pipeline/search/trials_io.ts";
import { readSearch } from "../../../pipeline/search/words.ts";
import { kind as kws } from "../../../lib/tasks/kws/kind.ts";
import { CONF, GRAPH_OPTIONS } from "../../support/graphs.ts";

function trialsOf(words: readonly string[], { objective = "validation_loss", epochs = 9 } = {}): Trials {
  return new Trials({
    conf: CONF,
    task: "kws",
    ...readSearch(words),
    epochs,
    objective: objectiveOf(objective, kws, ["snr10"]),
    graph: GRAPH_OPTIONS,
  });
}

const WORDS = ["optim.lr=log(1e-4,1)", "trainer.batch_size=50,100", "setting=A", "trainer.epochs=9"];
const NOISE = "dataset.corrupt.snr_db=[10]";

Deno.test("a trial that is compared by validation touches nothing of the test split", async () => {
  const { graph, tasks } = await trialsOf([...WORDS, NOISE]).graph([
    { values: [0.01, 50], epochs: 3 },
    { values: [0.02, 50], epochs: 9 },
  ]);
  assertEquals(tasks.map(({ evaluate }) => evaluate), [undefined, undefined]);
  assertEquals(graph.tasks.filter(({ name }) => /test|evaluate|aggregate|report/.test(name)), []);
  assertEquals(
    graph.tasks.filter(({ stage }) => stage === "train").map(({ name }) => name),
    tasks.map(({ train }) => train),
  );
});

Deno.test("a trial that is compared by the test is tested, under the condition that is asked for", async () => {
  for (
    const [objective, evaluates] of [["accuracy", /^evaluate\/[^@]*$/], [
      "snr10.accuracy",
      /^evaluate\/.*@snr10$/,
    ]] as const
  ) {
    const trials = trialsOf([...WORDS, NOISE], { objective });
    const { graph, tasks: [rung] } = await trials.graph([{ values: [0.01, 50], epochs: 9 }]);
    assert(evaluates.test(rung!.evaluate!), rung!.evaluate);
    assertEquals(graph.tasks.filter(({ stage }) => stage === "evaluate").map(({ name }) => name), [
      rung!.evaluate!,
    ]);
  }
});

Deno.test("a rung is the training to that epoch, and the last one the training that any command means", async () => {
  const trials = trialsOf(WORDS);
  const configOf = async (epochs: number) => (await trials.point([0.01, 50], epochs)).config;
  assertEquals((await configOf(3)).trainer, { ...(await configOf(9)).trainer, until_epoch: 3 });
  assertEquals((await configOf(9)).trainer.until_epoch, null);
  assertEquals((await configOf(3)).optim, (await configOf(9)).optim);
});

Deno.test("trainings of several lengths are not compared", async () => {
  const trials = trialsOf(["trainer=short,quick", "setting=A"], { epochs: 10 });
  assertEquals(await trials.refuse(["short"]), undefined);
  await assertRejects(() => trials.point(["quick"], 3), UserError, "Add trainer.epochs=10");
});

Deno.test("what cannot be trained is refused with its cause", async () => {
  const trials = trialsOf(["trainer.batch_size=int(0,3)", "setting=A", "trainer.epochs=9"]);
  assertEquals(await trials.refuse([2]), undefined);
  assert((await trials.refuse([0]))!.includes("batch_size"));
});

Deno.test("what diverged is an outcome; whatever else fails, or is stopped, is none", async () => {
  const trials = trialsOf(WORDS);
  const failed = (reason: FailureReason) =>
    trials.outcome({ kind: "failed", failure: { reason, message: "m" } as FailureRecord }, {} as Store);
  assertEquals(await failed("loss-not-finite"), { kind: "failed", cause: "m" });
  for (const reason of ["disk-full", "cluster", "interrupted", "time-limit", "unexpected"] as const) {
    assertEquals(await failed(reason), "stopped");
  }
  assertEquals(await trials.outcome({ kind: "cancelled" }, {} as Store), "stopped");
});
