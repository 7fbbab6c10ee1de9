/** Workers that make batches ahead of training. */
import { Worker } from "node:worker_threads";
import type { WorkerStart } from "../kernels/wasm/control.ts";
import { type FailureReason, UserError } from "../base/errors.ts";
import type { TrainingBatch } from "./batch_reader.ts";
import type { OpenWaves, WavePlan } from "./wave_batches_io.ts";

/** What a worker is asked for: one batch. */
export interface BatchRequest {
  readonly rows: Uint32Array;
  readonly draws: Uint32Array;
  /** Path of the epoch's generator. */
  readonly rng: string;
}

/** Answers come in the order of requests. */
export type BatchAnswer =
  | { readonly batch: TrainingBatch }
  | { readonly reason: FailureReason | null; readonly message: string };

/** What a worker is sent to start with. */
export interface WaveWorkerStart {
  readonly plan: WavePlan;
  /** Where it helps to learn when there is no batch to be made; absent: it does not. */
  readonly seat?: WorkerStart;
  /** One number in shared memory: of the requests that it was sent. */
  readonly asked: Int32Array;
}

/** Batches that each worker may be ahead: one that is being made and one that waits. */
export const BATCHES_AHEAD = 2;

/** Of requests: so many that a worker waits for none and helps nobody any more, and is never ended within a kernel. */
const CLOSED = 2 ** 30;

/** @param count Of workers, at least 1. @param invite A place where the next one helps to learn, as long as there are. */
export function openWaveWorkers(
  plan: WavePlan,
  count: number,
  invite: () => WorkerStart | undefined = () => undefined,
): OpenWaves {
  const workers = Array.from({ length: count }, () => new BatchWorker(plan, invite()));
  let next = 0;
  return {
    ahead: BATCHES_AHEAD * count,
    read: (rows, rng, draws) =>
      workers[next++ % count]!.read({
        rows: Uint32Array.from(rows),
        draws: draws === undefined ? new Uint32Array(rows.length) : Uint32Array.from(draws),
        rng: rng.path,
      }),
    [Symbol.dispose]() {
      for (const worker of workers) worker.close();
    },
  };
}

class BatchWorker {
  readonly #worker: Worker;
  readonly #waiting: PromiseWithResolvers<TrainingBatch>[] = [];

  readonly #asked = new Int32Array(new SharedArrayBuffer(4));
  /** Why it ended by itself. */
  #ended: Error | undefined;

  constructor(plan: WavePlan, seat: WorkerStart | undefined) {
    const workerData: WaveWorkerStart = { plan, asked: this.#asked, ...(seat === undefined ? {} : { seat }) };
    this.#worker = new Worker(new URL("./wave_worker_io.ts", import.meta.url), { workerData });
    this.#worker.on("message", (answer: BatchAnswer) => {
      const { resolve, reject } = this.#waiting.shift()!;
      if ("batch" in answer) resolve(answer.batch);
      else if (answer.reason === null) reject(new Error(answer.message));
      else reject(new UserError(answer.reason, answer.message));
    });
    this.#worker.on("error", (cause) => {
      const error = new Error("A worker that makes batches has ended", { cause });
      this.#ended = error;
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    });
  }

  read(request: BatchRequest): Promise<TrainingBatch> {
    const waiting = Promise.withResolvers<TrainingBatch>();
    // Training may end, or fail elsewhere, while batches are still being made.
    waiting.promise.catch(() => {});
    if (this.#ended !== undefined) {
      waiting.reject(this.#ended); // who has ended hears no request
      return waiting.promise;
    }
    this.#waiting.push(waiting);
    Atomics.add(this.#asked, 0, 1);
    this.#worker.postMessage(request);
    return waiting.promise;
  }

  close(): void {
    Atomics.store(this.#asked, 0, CLOSED);
    void this.#worker.terminate();
  }
}
