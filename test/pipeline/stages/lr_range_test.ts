import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { LrRangeRecord } from "../../../lib/records/lr_range.ts";
import { assertDone, failureOf, runStage } from "./stage_process.ts";
import { TRAIN_SLICE, writeLogmel } from "./tiny.ts";

const { trainer: { epochs: _, ...TRAINER }, ...SHARED } = TRAIN_SLICE;
const SLICE = { ...SHARED, trainer: TRAINER, range: { low: 1e-4, high: 1, steps: 20 } };

async function inFolder(body: (runOf: (slice: unknown) => Parameters<typeof runStage>[0]) => Promise<void>) {
  const folder = Deno.makeTempDirSync();
  try {
    const inputs = { train: `${folder}/train`, validation: `${folder}/validation` };
    writeLogmel(inputs.train, 30, "train");
    writeLogmel(inputs.validation, 12, "validation");
    await body((slice) => ({ stage: "lr_range", slice, inputs, folder }));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("lr_range records the loss at each rate, and a suggestion within the range", async () => {
  await inFolder(async (runOf) => {
    const run = runOf(SLICE);
    assertDone(await runStage(run));
    const read = (name: string) => Deno.readTextFileSync(`${run.folder}/out/${name}`);
    const { points, suggestion, groups, highest } = JSON.parse(read("lr_range.json")) as LrRangeRecord;
    assert(points.length > 5 && points.length <= 20);
    assertEquals(points.map((p) => p.step), points.map((_, i) => i + 1));
    assert(suggestion !== null && suggestion.steepest >= 1e-4 && suggestion.steepest <= 1);
    assertEquals([groups, highest.model], [["model"], 1]);
    assertEquals(read("lr_range.csv").trim().split("\n").length, points.length + 1);
  });
});

Deno.test("lr_range refuses to vary a rate of 0", async () => {
  await inFolder(async (runOf) => {
    const model = { ...SLICE.optim.model, lr: 0 };
    const failure = failureOf(await runStage(runOf({ ...SLICE, optim: { ...SLICE.optim, model } })));
    assertEquals(failure.reason, "bad-config");
    assertStringIncludes(failure.message, "optim.model.lr is 0");
  });
});
