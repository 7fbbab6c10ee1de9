/** Workers make batches and help to learn from them: nothing of what is learnt shows it. */
import { assertEquals, assertRejects } from "@std/assert";
import { openBackend } from "../../../lib/backend/backend_io.ts";
import { Rng } from "../../../lib/base/random.ts";
import { parseRecord } from "../../../lib/base/record.ts";
import { train } from "../../../lib/train/loop.ts";
import { openOptimizer } from "../../../lib/train/optimizer.ts";
import { openTraining } from "../../../lib/train/session_io.ts";
import { copyValues } from "../../../lib/train/snapshot.ts";
import { optimSchema } from "../../../lib/train/spec.ts";
import { openWaveWorkers } from "../../../lib/train/wave_workers_io.ts";
import { frontendOf, SGD, writeWaveforms } from "../../pipeline/stages/tiny.ts";
import { tempDir } from "../../support/temp_dir.ts";

await openBackend("wasm", { threads: 1, guests: 2 });

const AUGMENT = {
  kind: "transforms",
  waves: [
    { transform: "speed", p: 0.7, range: [0.8, 1.25] },
    { transform: "level", p: 1, by: "peak", range: [0.3, 0.9] },
  ],
  bands: { warp: null, masks: null },
  mix: null,
};

async function trained(folder: string, workers: number) {
  using open = await openTraining(
    {
      task: "kws",
      frontend: await frontendOf(["stft", "mel"], { normalise: "batch" }),
      model: { kind: "linear" },
      augment: AUGMENT,
      labelSmoothing: 0,
      classWeights: "equal",
      classClips: {},
      seed: 3,
      workers,
      batchSize: 6,
      sampler: "shuffle",
    },
    { train: `${folder}/waves`, validation: `${folder}/waves` },
    () => {},
  );
  const optim = parseRecord(optimSchema, SGD, "Cannot train", "");
  const optimizer = await openOptimizer(optim, open.network.specs, open.state);
  const { state, rng } = open;
  const objective = open.objective(null);
  const losses: number[] = [];
  for await (
    const event of train({ objective, state, optimizer, schedule: { kind: "constant" }, epochs: 3, rng })
  ) {
    if (event.type === "step") losses.push(event.loss);
  }
  return { losses, values: await copyValues(state) };
}

Deno.test("a training has the same bytes whether workers make its batches and help, or none does", async () => {
  await using folder = tempDir();
  await writeWaveforms(`${folder.path}/waves`, 24, "train");
  const alone = await trained(folder.path, 0);
  for (const workers of [2, 1]) assertEquals(await trained(folder.path, workers), alone);
});

Deno.test("a worker that could not begin says why, however late it is asked for a batch", async () => {
  await using folder = tempDir();
  const path = `${folder.path}/nothing`;
  const frontend = await frontendOf(["stft", "mel"], { normalise: "batch" });
  using waves = openWaveWorkers({ path, task: "kws", frontend, classes: 2, augment: AUGMENT, pass: null }, 1);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await assertRejects(() => waves.read([0], Rng.fromSeed(0)), Error, path);
});
