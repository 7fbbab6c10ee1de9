/** Starts the pool's threads as Node's workers, because Deno's own cannot be told to let the process end. */
import { Worker } from "node:worker_threads";
import type { WorkerStart } from "./control.ts";
import type { Thread } from "./pool.ts";

export function startThread(start: WorkerStart): Promise<Thread> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: start });
  return new Promise((resolve, reject) => {
    worker.once("error", (cause) => reject(new Error("Cannot start a kernel thread", { cause })));
    worker.once("message", () => {
      worker.unref();
      resolve(worker);
    });
  });
}
