/**
 * One worker's side: makes the batches that it is asked for, one after the other. Between clips and between batches it
 * helps to learn: so threads that do the one and the other share the cores without a thread ever being set aside.
 */
import { parentPort, workerData } from "node:worker_threads";
import { UserError } from "../base/errors.ts";
import { Rng } from "../base/random.ts";
import { type Seat, takeSeat } from "../kernels/wasm/serve_jobs.ts";
import { openWaves } from "./wave_batches_io.ts";
import {
  type BatchAnswer,
  BATCHES_AHEAD,
  type BatchRequest,
  type WaveWorkerStart,
} from "./wave_workers_io.ts";

/** A request that comes meanwhile waits for so long. */
const MOST_MILLISECONDS_ASLEEP = 1;

const port = parentPort!;
const { plan, seat: start, asked } = workerData as WaveWorkerStart;
const seat = start === undefined ? undefined : takeSeat(start);
const open = openWaves(plan, helpIfAhead);
open.catch(() => {}); // told with the first answer
let before: Promise<void> = Promise.resolve();
let answered = 0;

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
  answered++;
  if (seat !== undefined) setImmediate(() => helpUntilAsked(seat));
}

/** Helps while another batch waits to be learnt from; else learning would soon wait for this one. */
function helpIfAhead(): void {
  if (Atomics.load(asked, 0) - answered < BATCHES_AHEAD) seat?.help();
}

/** Messages only come once this has returned. */
function helpUntilAsked(seat: Seat): void {
  while (seat.isOpen && Atomics.load(asked, 0) === answered) seat.awaitAndHelp(MOST_MILLISECONDS_ASLEEP);
}
