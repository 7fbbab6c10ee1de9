/** Follows logs of attempts under way until they have ended. */
import { sleep } from "../../engine/clock_io.ts";

/** The log of a task's last attempt. */
export interface TaskLog {
  readonly task: string;
  readonly path: string;
}

export interface Following {
  /** The logs of the tasks that are meant, as they are now. */
  find(): readonly TaskLog[];
  /** Whether an attempt still writes a log. */
  isGrowing(path: string): boolean;
  /** @param lines What has come to it since it was shown last; at least one. */
  show(log: TaskLog, lines: readonly string[]): void;
}

/** How often logs are read, and how often it is looked for others. */
const [READ_MS, FIND_MS] = [250, 1_000];

/**
 * Shows logs from their beginning, as they grow, and those of attempts of the same tasks that begin meanwhile.
 *
 * @returns Whether there was any to follow; at the latest a second after none is any more, or when `signal` is aborted.
 */
export async function followLogs(
  { find, isGrowing, show }: Following,
  signal: AbortSignal,
): Promise<boolean> {
  const tails = new Map<string, Tail>();
  let open: TaskLog[] = [];
  let found = -Infinity;
  try {
    for (;;) {
      if (performance.now() - found >= FIND_MS) {
        found = performance.now();
        const begun = find().filter(({ path }) => !tails.has(path) && isGrowing(path));
        for (const { path } of begun) tails.set(path, new Tail(path));
        open.push(...begun);
        if (open.length === 0) return tails.size > 0; // one more look than there was something to read
      }
      open = open.filter((log) => {
        const grows = isGrowing(log.path); // first, so that what is written before the end is read after it
        const lines = tails.get(log.path)!.read(!grows);
        if (lines.length > 0) show(log, lines);
        return grows;
      });
      await sleep(READ_MS, signal);
      if (signal.aborted) return true;
    }
  } finally {
    for (const tail of tails.values()) tail.close();
  }
}

/** A file that is read as far as it goes. */
class Tail {
  readonly #file: Deno.FsFile;
  readonly #decoder = new TextDecoder();
  readonly #buffer = new Uint8Array(65_536);
  #line = "";

  constructor(path: string) {
    this.#file = Deno.openSync(path, { read: true });
  }

  /** Lines that are new. @param isOver Nothing more will come: what has no end of line is one too. */
  read(isOver: boolean): string[] {
    for (;;) {
      const count = this.#file.readSync(this.#buffer) ?? 0;
      this.#line += this.#decoder.decode(this.#buffer.subarray(0, count), { stream: true });
      if (count === 0) break;
    }
    const lines = this.#line.split("\n");
    this.#line = lines.pop()!;
    if (!isOver || this.#line === "") return lines;
    const last = this.#line;
    this.#line = "";
    return [...lines, last];
  }

  close(): void {
    this.#file.close();
  }
}
