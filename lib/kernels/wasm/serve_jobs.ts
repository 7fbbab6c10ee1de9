/** One thread of the pool: waits for jobs, works, and sleeps when none comes. Ends with the pool or the process. */
import { type ChunkFunction, functionNames, viewControl, WORD, work, type WorkerStart } from "./control.ts";

// About a tenth of a millisecond: the pause between two operations of a training step is mostly shorter.
const SPINS = 50_000;

/** Does not return before the pool is closed. @param onReady Called when the thread can take jobs. */
export function serveJobs(start: WorkerStart, onReady: () => void): void {
  const instance = new WebAssembly.Instance(start.module, { env: { memory: start.memory } });
  const functions = functionNames(start.module).map((name) => instance.exports[name] as ChunkFunction);
  const control = viewControl(start.control);
  onReady();
  while (Atomics.load(control.words, WORD.stop) === 0) {
    awaitJob(control.words);
    work(control, functions, start.thread);
  }
}

function awaitJob(words: Int32Array): void {
  for (let spin = 0; spin < SPINS; spin++) {
    if (Atomics.load(words, WORD.remaining) !== 0) return;
  }
  if (Atomics.load(words, WORD.stop) === 0) Atomics.wait(words, WORD.remaining, 0);
}
