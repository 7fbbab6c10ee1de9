/** Noise and levels as tasks: what they share, and that a test's conditions train nothing. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import type { TaskSpec } from "../../../pipeline/engine/types.ts";
import { evaluationGraph } from "../../../pipeline/graph/evaluation.ts";
import { planNetwork } from "../../../pipeline/graph/network.ts";
import { GRAPH_OPTIONS, graphOf, sweepOf } from "../../support/graphs.ts";

const NOISY = "dataset.corrupt.snr_db=[20,0]";
const A = "linear-nnaudio-A-mel40-seed0";
const D = "linear-nnaudio-D-mel40-seed0";

async function tasksOf(...overrides: string[]): Promise<ReadonlyMap<string, TaskSpec>> {
  const { graph } = await graphOf("kws", ...overrides);
  return new Map(graph.tasks.map((task) => [task.name, task]));
}

/** Inputs of a task, as `name: task`. */
function inputsOf(tasks: ReadonlyMap<string, TaskSpec>, name: string): Readonly<Record<string, string>> {
  const { inputs } = tasks.get(name)!;
  return Object.fromEntries(
    Object.entries(inputs).map(([input, from]) => [input, from.kind === "task" ? from.task : from.path]),
  );
}

Deno.test("conditions of a test leave every task alone that there was, but those that compare", async () => {
  const [before, after] = [await tasksOf("setting=A,D"), await tasksOf("setting=A,D", NOISY)];
  for (const [name, task] of before) {
    if (!/^(aggregate|report|tensorboard)\//.test(name)) assertEquals(after.get(name), task, name);
  }
  assertEquals([...after.keys()].filter((name) => !before.has(name)).sort(), [
    "corrupt/spoken_mini-test@snr0",
    "corrupt/spoken_mini-test@snr20",
    `evaluate/${A}@snr0`,
    `evaluate/${A}@snr20`,
    `evaluate/${D}@snr0`,
    `evaluate/${D}@snr20`,
    "features/spoken_mini-logmel40-test@snr0",
    "features/spoken_mini-logmel40-test@snr20",
  ]);
});

Deno.test("each condition is corrupted once, goes as far as nothing is trained, and meets the trained states", async () => {
  const tasks = await tasksOf("setting=A,D", "seed=0,1", NOISY);
  const corrupt = "corrupt/spoken_mini-test@snr20";
  const waves = "features/spoken_mini-waveform-test";
  assertEquals(inputsOf(tasks, corrupt), { waves, background: waves });
  const slice = { split: "test", snr_db: [20], gain_db: null, noise: "background", seed: 0 };
  assertEquals(tasks.get(corrupt)!.slice, slice);
  assertEquals(inputsOf(tasks, "features/spoken_mini-logmel40-test@snr20"), { waves: corrupt });
  for (const [run, examples] of [[A, "features/spoken_mini-logmel40-test@snr20"], [D, corrupt]] as const) {
    for (const seed of [0, 1]) {
      const name = run.replace("seed0", `seed${seed}`);
      const train = `train/${name}`;
      assertEquals(inputsOf(tasks, `evaluate/${name}@snr20`), {
        examples,
        index: "index/spoken_mini-test",
        best: train,
        last: train,
      });
    }
  }
  const evaluated = tasks.get(`evaluate/${D}@snr20`)!.slice as Readonly<Record<string, unknown>>;
  assertEquals(evaluated["condition"], { snr_db: 20, gain_db: null, noise: "background", seed: 0 });
});

Deno.test("training in noise is another run, and is validated in it too if that is asked for", async () => {
  const overrides = [
    "setting=A",
    "dataset.corrupt.snr_db=[20,clean]",
    "dataset.corrupt.splits=[train,validation]",
  ];
  const tasks = await tasksOf(...overrides);
  const [train] = [...tasks.keys()].filter((name) => name.startsWith("train/"));
  assertMatch(train!, /^train\/linear-nnaudio-A-mel40-seed0-.*splits=train\+validation/);
  assertEquals(inputsOf(tasks, train!), {
    train: "features/spoken_mini-logmel40-train@snr20+clean",
    validation: "features/spoken_mini-logmel40-validation@snr20+clean",
  });
  assertEquals([...tasks.keys()].filter((name) => /test@|evaluate.*@/.test(name)), []);
  const changed = await tasksOf(...overrides, "augment=light");
  const [waves] = [...changed.keys()].filter((name) => name.startsWith("train/"));
  assertEquals(inputsOf(changed, waves!)["train"], "corrupt/spoken_mini-train@snr20+clean");
});

Deno.test("background comes from the data set's own recordings, though silence is no class", async () => {
  const tasks = await tasksOf("setting=D", NOISY, "dataset.silence=0");
  const { waves, background } = inputsOf(tasks, "corrupt/spoken_mini-test@snr20");
  const { index } = inputsOf(tasks, background!);
  assertEquals(waves === background, false);
  const { settings } = tasks.get(index!)!.slice as { settings: Record<string, unknown> };
  assertEquals([settings["silence"], (settings["evaluated"] as string[]).includes("_silence_")], [1, true]);
  assertEquals(
    inputsOf(
      await tasksOf("setting=D", NOISY, "dataset.corrupt.noise=white"),
      "corrupt/spoken_mini-test@snr20-white",
    ),
    {
      waves: "features/spoken_mini-waveform-test",
    },
  );
});

Deno.test("what is not said of noise and levels is as usual", async () => {
  const [short, long] = [
    await tasksOf("setting=A", "dataset.corrupt={snr_db: 20}"),
    await tasksOf("setting=A", "dataset.corrupt.snr_db=20"),
  ];
  assertEquals([...short], [...long]);
});

Deno.test("runs that differ in their noise alone have names of their own", async () => {
  const { runs } = await graphOf("kws", "setting=A", "dataset.corrupt.snr_db=20,0");
  const names = runs.map(({ description }) => description.run);
  assertEquals(names, [`${A}-snr_db=20`, `${A}-snr_db=0`]);
});

Deno.test("a checkpoint from anywhere is told as recordings are, and under each condition", async () => {
  const [point] = (await sweepOf("kws", "setting=A", NOISY, "dataset.corrupt.gain_db=[-20,0]")).points;
  const { evaluations } = evaluationGraph({
    network: await planNetwork(point!),
    checkpoint: "/x/best.safetensors",
    format: "safetensors",
    classes: null,
    splits: ["validation", "test"],
  }, GRAPH_OPTIONS);
  assertEquals(evaluations.map(({ task }) => task), [
    "evaluate/best-spoken_mini-validation",
    "evaluate/best-spoken_mini-test",
    "evaluate/best-spoken_mini-test@snr20-gain-20to0",
    "evaluate/best-spoken_mini-test@snr0-gain-20to0",
  ]);
});

Deno.test("what cannot be added is refused in one sentence that says what to set", async () => {
  const refused = async (task: string, ...overrides: string[]) =>
    (await assertRejects(() => graphOf(task, ...overrides), UserError)).message;
  assertEquals(
    await refused("asr", "dataset.corrupt.snr_db=[10]", "dataset.corrupt.noise=background"),
    "dataset.corrupt.noise=background: dataset.corrupt.noise: wanted white or pink, as this data set has no background " +
      "recordings of its own, found background.",
  );
  assertMatch(
    await refused("kws", "dataset.corrupt.splits=[testing]"),
    /wanted one of train, validation, test, found "testing"/,
  );
  assertMatch(
    await refused("kws", "dataset.corrupt.snr_db=[]"),
    /dataset\.corrupt\.snr_db: wanted .*, found \[\]\./,
  );
  assertMatch(await refused("kws", "dataset.corrupt.gain_db=[0,-20]"), /wanted the lower bound first/);
});

Deno.test("two seeds of noise are two tasks, and two conditions of one run", async () => {
  const names = async (...overrides: string[]) =>
    [...(await tasksOf("setting=A", ...overrides)).keys()].filter((name) => name.includes("@")).sort();
  const once = await names("dataset.corrupt.snr_db=[20]", "dataset.corrupt.seed=1");
  assertEquals(once, [
    "corrupt/spoken_mini-test@snr20-draws1",
    `evaluate/${A}@snr20-draws1`,
    "features/spoken_mini-logmel40-test@snr20-draws1",
  ]);
  const corrupt = (await names("dataset.corrupt.snr_db=[20]", "dataset.corrupt.seed=0,1"))
    .filter((name) => name.startsWith("corrupt/"));
  assertEquals(corrupt, ["corrupt/spoken_mini-test@snr20", "corrupt/spoken_mini-test@snr20-draws1"]);
});

Deno.test("a data set without background recordings needs no noise to be named", async () => {
  const { points } = await sweepOf("asr", "dataset.corrupt={snr_db: [10]}", "setting=A");
  assertEquals(points[0]!.config.dataset.corrupt?.noise, "pink");
});
