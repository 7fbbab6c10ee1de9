import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseLrRange } from "../../../lib/records/lr_range.ts";
import { assertDone, failureOf, runStage, type StageRun } from "./stage_process.ts";
import { RECOGNITION_SLICE, TRAIN_SLICE, writeLogmel, writeUtterances } from "./tiny.ts";

const RANGE = { low: 1e-4, high: 1, steps: 20 };

/** Features of a task, and a run of the stage on them. */
async function prepare(folder: string, task: "kws" | "asr") {
  const inputs = { train: `${folder}/train`, validation: `${folder}/validation` };
  const write = task === "kws" ? writeLogmel : writeUtterances;
  await write(inputs.train, 30, "train");
  await write(inputs.validation, 12, "validation");
  const { trainer: { epochs: _, average: __, ...trainer }, dataset: ___, ...shared } = task === "kws"
    ? TRAIN_SLICE
    : RECOGNITION_SLICE;
  const slice = { ...shared, trainer, range: RANGE };
  const run: StageRun = { stage: "lr_range", slice, inputs, folder };
  return { slice, run };
}

async function inFolder(body: (folder: string) => Promise<void>) {
  const folder = Deno.makeTempDirSync();
  try {
    await body(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

for (const task of ["kws", "asr"] as const) {
  Deno.test(`lr_range records the loss at each rate, and a suggestion within the range: ${task}`, async () => {
    await inFolder(async (folder) => {
      const { run } = await prepare(folder, task);
      assertDone(await runStage(run));
      const read = (name: string) => Deno.readTextFileSync(`${folder}/out/${name}`);
      const { points, suggestion, groups, highest } = parseLrRange(read("lr_range.json"), "lr_range.json");
      assert(points.length > 5 && points.length <= RANGE.steps);
      assertEquals(points.map((p) => p.step), points.map((_, i) => i + 1));
      assert(
        suggestion !== null && suggestion.steepest >= RANGE.low && suggestion.steepest <= RANGE.high,
      );
      assertEquals([groups, highest.model], [["model"], RANGE.high]);
      assertEquals(read("lr_range.csv").trim().split("\n").length, points.length + 1);
    });
  });
}

Deno.test("lr_range refuses to vary a rate of 0", async () => {
  await inFolder(async (folder) => {
    const { slice, run } = await prepare(folder, "kws");
    const optim = { ...slice.optim, model: { ...slice.optim.model, lr: 0 } };
    const failure = failureOf(await runStage({ ...run, slice: { ...slice, optim } }));
    assertEquals(failure.reason, "bad-config");
    assertStringIncludes(failure.message, "optim.model.lr is 0");
  });
});
