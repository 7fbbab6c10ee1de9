/** One thread of the pool: waits for jobs and works. */
import { type ChunkFunction, functionNames, viewControl, WORD, work, type WorkerStart } from "./control.ts";

// About a tenth of a millisecond: the pause between two operations of a training step is mostly shorter.
const SPINS = 50_000;

/** A thread's place in the pool. */
export interface Seat {
  /** False once the pool is closed. */
  readonly isOpen: boolean;
  /** Works on the job there is, if there is one. */
  help(): void;
  /** Waits for a job, first awake and then asleep, and works on it. @param most Milliseconds asleep. */
  awaitAndHelp(most: number): void;
}

export function takeSeat(start: WorkerStart): Seat {
  const instance = new WebAssembly.Instance(start.module, { env: { memory: start.memory } });
  const functions = functionNames(start.module).map((name) => instance.exports[name] as ChunkFunction);
  const control = viewControl(start.control);
  const { words } = control;
  const isOpen = () => Atomics.load(words, WORD.stop) === 0;
  const help = () => void work(control, functions, start.thread);
  return {
    get isOpen() {
      return isOpen();
    },
    help,
    awaitAndHelp(most) {
      for (let spin = 0; spin < SPINS; spin++) {
        if (Atomics.load(words, WORD.remaining) !== 0) return help();
      }
      if (isOpen()) Atomics.wait(words, WORD.remaining, 0, most);
      help();
    },
  };
}

/** Does not return before the pool is closed. @param onReady Called when the thread can take jobs. */
export function serveJobs(start: WorkerStart, onReady: () => void): void {
  const seat = takeSeat(start);
  onReady();
  while (seat.isOpen) seat.awaitAndHelp(Infinity);
}
