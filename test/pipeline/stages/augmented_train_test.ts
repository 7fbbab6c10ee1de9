/** Training on changed examples, as a process: the same bytes in this thread and in workers, stopped or not. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { parseHistory } from "../../../lib/records/history.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { assertDone, runStage } from "./stage_process.ts";
import { frontendOf, RECOGNITION_SLICE, TRAIN_SLICE, writeUtterances, writeWaveforms } from "./tiny.ts";

const WAVES = [
  { transform: "shift", p: 1, seconds: 0.01, cut: false },
  { transform: "equaliser", p: 0.7, points: 6, db: 4 },
  { transform: "room", p: 0.5, seconds: [0.02, 0.05], level: [0.02, 0.2] },
  { transform: "level", p: 1, by: "peak", range: [0.1, 0.9] },
  { transform: "noise", p: 0.8, level: { by: "peak", range: [0, 0.2] }, silence: [0, 1] },
];
const MASKS = {
  p: 1,
  bands: { count: 1, below: 3 },
  frames: { count: 1, below_seconds: 0.04 },
  fill: "mean",
};
const OF_UTTERANCES = {
  kind: "transforms",
  waves: [{ transform: "speed", p: 0.7, range: [0.8, 1.25] }, ...WAVES],
  bands: { warp: { p: 0.5, range: [0.9, 1.1], until: 0.8 }, masks: MASKS },
  mix: null,
};
const OF_CLIPS = { ...OF_UTTERANCES, mix: { p: 0.5, alpha: 0.4 } };

const AVERAGED = {
  ...TRAIN_SLICE.trainer,
  epochs: 3,
  label_smoothing: 0.1,
  average: { kind: "ema", decay: 0.9 },
};
const PLATEAU = { kind: "plateau", factor: 0.5, patience: 0, threshold: 0.5 };

const CASES = {
  "with nothing trained of the front-end": { trained: [], task: TRAIN_SLICE, augment: OF_CLIPS },
  "with filters trained": { trained: ["mel"], task: TRAIN_SLICE, augment: OF_CLIPS },
  "with kernels and filters trained": { trained: ["stft", "mel"], task: TRAIN_SLICE, augment: OF_CLIPS },
  "of utterances with kernels trained": {
    trained: ["stft"],
    task: RECOGNITION_SLICE,
    augment: OF_UTTERANCES,
  },
  "of utterances": { trained: [], task: RECOGNITION_SLICE, augment: OF_UTTERANCES },
} as const;

for (const [what, { trained, task, augment }] of Object.entries(CASES)) {
  Deno.test(`training on changed examples ${what} ends with the same bytes in one thread and with workers`, async () => {
    await using folder = tempDir();
    const { path } = folder;
    const write = task === TRAIN_SLICE
      ? writeWaveforms
      : (file: string, count: number, seed: string) => writeUtterances(file, count, seed, "waveform");
    await write(`${path}/train`, 20, "train");
    await write(`${path}/validation`, 9, "validation");
    const slice = {
      ...task,
      frontend: await frontendOf(trained, { normalise: "batch" }),
      augment,
      trainer: { ...task.trainer, epochs: 2 },
    };
    const inputs = { train: `${path}/train`, validation: `${path}/validation` };
    const run = async (name: string, threads: number, changes = {}) => {
      const result = await runStage({
        stage: "train",
        slice: { ...slice, ...changes },
        inputs,
        folder: `${path}/${name}`,
        threads,
      });
      assertDone(result);
      return { result, bytes: bytesOf(`${path}/${name}`) };
    };
    const [alone, workers] = [await run("alone", 1), await run("workers", 4)];
    assertEquals(workers.bytes, alone.bytes);
    const shown = workers.result.messages.flatMap((m) => m.type === "progress" ? [m.progress.figures] : []);
    assert(shown.every((figures) => "waiting" in figures!));
    assertNotEquals((await run("plain", 1, { augment: { kind: "none" } })).bytes, alone.bytes);
    const { epochs } = parseHistory(Deno.readTextFileSync(`${path}/alone/out/history.json`), "history");
    assert(epochs.every(({ loss, validationLoss }) => Number.isFinite(loss + validationLoss)));
  });
}

Deno.test("a killed training on changed examples, with an average and a plateau, goes on to the same bytes", async () => {
  await using folder = tempDir();
  const { path } = folder;
  await writeWaveforms(`${path}/train`, 20, "train");
  await writeWaveforms(`${path}/validation`, 9, "validation");
  const frontend = await frontendOf([], { normalise: "batch" });
  const optim = { ...TRAIN_SLICE.optim, schedule: PLATEAU };
  const run = (name: string, threads: number, onMessage?: Parameters<typeof runStage>[1]) =>
    runStage({
      stage: "train",
      slice: { ...TRAIN_SLICE, frontend, augment: OF_CLIPS, optim, trainer: { ...AVERAGED, epochs: 12 } },
      inputs: { train: `${path}/train`, validation: `${path}/validation` },
      folder: `${path}/${name}`,
      threads,
    }, onMessage);
  assertDone(await run("whole", 1));
  const killed = await run("parts", 2, (message, kill) => {
    if (message.type === "progress" && message.progress.figures?.["val_loss"] !== undefined) kill();
  });
  assert(killed.messages.at(-1)?.type !== "done");
  assertDone(await run("parts", 4));
  assertEquals(bytesOf(`${path}/parts`), bytesOf(`${path}/whole`));
});

function bytesOf(folder: string): Uint8Array[] {
  return ["best.safetensors", "last.safetensors", "history.json"].map((name) =>
    Deno.readFileSync(`${folder}/out/${name}`)
  );
}
