/**
 * Numbered pieces of work, done by threads that each take the next one as soon as they are free. Which thread does which
 * piece is left to chance: a piece must come out the same on any.
 */
import { parentPort, Worker, workerData } from "node:worker_threads";
import { type FailureReason, UserError } from "../base/errors.ts";

/** Does one piece. Pieces that need what an earlier one makes may wait for it: they are taken in order. */
export type DoPiece = (piece: number) => void;

export interface Pieces<Work> {
  /** Numbered from 0. */
  readonly count: number;
  /** At least 1. */
  readonly threads: number;
  /** What decides them, as plain values and shared memory: it is posted to workers. */
  readonly work: Work;
  /** Gets ready in this thread; used where there is only one. */
  open(work: Work): Promise<DoPiece>;
  /** Starts a module that calls {@link servePieces}. */
  start(data: unknown): Worker;
  onDone(done: number): void;
}

interface Share {
  readonly work: unknown;
  readonly count: number;
  /** One number: of the next piece. */
  readonly next: Int32Array;
}

type Message = { readonly done: 1 } | { readonly reason: FailureReason | null; readonly message: string };

/** @throws What a piece throws; those that are under way then are left half done. */
export async function doPieces<Work>(
  { count, threads, work, open, start, onDone }: Pieces<Work>,
): Promise<void> {
  if (threads === 1) {
    const doPiece = await open(work);
    for (let piece = 0; piece < count; piece++) {
      doPiece(piece);
      onDone(piece + 1);
    }
    return;
  }
  const share: Share = { work, count, next: new Int32Array(new SharedArrayBuffer(4)) };
  const workers: Worker[] = [];
  let done = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      for (let i = 0; i < Math.min(threads, count); i++) {
        const worker = start(share);
        workers.push(worker);
        worker.on("message", (message: Message) => {
          if ("done" in message) {
            onDone(++done);
            if (done === count) resolve();
          } else {
            const { reason, message: text } = message;
            reject(reason === null ? new Error(text) : new UserError(reason, text));
          }
        });
        worker.on(
          "error",
          (cause) => reject(new Error("A worker that makes recordings has ended", { cause })),
        );
      }
    });
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** A worker's side, to be called once by its main module. */
export async function servePieces<Work>(open: (work: Work) => Promise<DoPiece>): Promise<void> {
  const port = parentPort!;
  const { work, count, next } = workerData as Share;
  try {
    const doPiece = await open(work as Work);
    for (let piece = Atomics.add(next, 0, 1); piece < count; piece = Atomics.add(next, 0, 1)) {
      doPiece(piece);
      port.postMessage({ done: 1 } satisfies Message);
    }
  } catch (error) {
    const reason = error instanceof UserError ? error.reason : null;
    const message = error instanceof Error ? error.message : String(error);
    port.postMessage({ reason, message } satisfies Message);
  }
}
