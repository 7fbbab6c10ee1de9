/** Makes running speech: a folder of recordings, named after their speakers, in which none of the words is said. */
import { Worker } from "node:worker_threads";
import type { Maker } from "../contract.ts";
import { doPieces } from "../pieces_io.ts";
import { parseSettings } from "../settings.ts";
import { openRunningWork } from "./making_io.ts";
import { planRunning } from "./plan.ts";
import { runningSchema } from "./schema.ts";

export const makeRunning: Maker = async (given, folder, report, threads) => {
  const settings = parseSettings(runningSchema, given, "Cannot synthesize running speech");
  const recordings = planRunning(settings);
  const total = recordings.length;
  report.progress({ done: 0, total, unit: "recordings" });
  for (const place of new Set(recordings.map(({ path }) => path.slice(0, path.indexOf("/"))))) {
    Deno.mkdirSync(`${folder}/${place}`, { recursive: true });
  }
  await doPieces({
    count: total,
    threads,
    work: { settings, folder },
    open: openRunningWork,
    start: (workerData) => new Worker(new URL("./making_worker_io.ts", import.meta.url), { workerData }),
    onDone: (done) => report.progress({ done, total, unit: "recordings" }),
  });
};
