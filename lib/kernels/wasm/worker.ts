/** One thread of the pool under Deno and Node. */
import { parentPort, workerData } from "node:worker_threads";
import type { WorkerStart } from "./control.ts";
import { serveJobs } from "./serve_jobs.ts";

serveJobs(workerData as WorkerStart, () => parentPort!.postMessage("ready"));
