/** One thread of the pool in a browser: the first message says how to start. */
import { workerScope } from "../../base/worker_scope.ts";
import type { WorkerStart } from "./control.ts";
import { serveJobs } from "./serve_jobs.ts";

const scope = workerScope<WorkerStart, "ready">();
scope.onmessage = ({ data }) => serveJobs(data, () => scope.postMessage("ready"));
