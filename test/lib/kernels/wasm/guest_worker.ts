/** A thread that takes part in a pool's jobs, and counts those that it found something to do in. */
import { parentPort, workerData } from "node:worker_threads";
import { type Control, viewControl, WORD, type WorkerStart } from "../../../../lib/kernels/wasm/control.ts";
import { takeSeat } from "../../../../lib/kernels/wasm/serve_jobs.ts";

const { start, helped } = workerData as { readonly start: WorkerStart; readonly helped: Int32Array };
const seat = takeSeat(start);
const { words }: Control = viewControl(start.control);
parentPort!.postMessage("ready");
while (seat.isOpen) {
  if (Atomics.load(words, WORD.remaining) > 0) Atomics.add(helped, 0, 1);
  seat.awaitAndHelp(1);
}
