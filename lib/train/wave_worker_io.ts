/** One worker's side: makes the batches that it is asked for, one after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { UserError } from "../base/errors.ts";
import { Rng } from "../base/random.ts";
import { openWaves, type WavePlan } from "./wave_batches_io.ts";
import type { BatchAnswer, BatchRequest } from "./wave_workers_io.ts";

const port = parentPort!;
const open = openWaves(workerData as WavePlan);
let before: Promise<void> = Promise.resolve();

port.on("message", (request: BatchRequest) => {
  before = before.then(() => answer(request));
});

async function answer({ rows, draws, rng }: BatchRequest): Promise<void> {
  let answer: BatchAnswer;
  try {
    const batch = await (await open).read(rows, Rng.fromPath(rng), draws);
    const features = batch.features.slice(); // the source fills its buffer again
    answer = { batch: { ...batch, features } };
    port.postMessage(answer, [features.buffer]);
  } catch (error) {
    const reason = error instanceof UserError ? error.reason : null;
    answer = { reason, message: error instanceof Error ? error.message : String(error) };
    port.postMessage(answer);
  }
}
