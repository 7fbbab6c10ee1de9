/**
 * What commands under way need of the store, for whoever removes from it: a file each, which says who it is and names
 * keys and objects before they are looked for. So whoever moves something aside and then finds no file that names it may
 * remove it: who looks for it later finds it gone, and makes it again.
 */
import { lstatSync } from "node:fs";
import { namesIn, removeTree, writeAll } from "./atomic_io.ts";
import { isOfOneMachine } from "./change_times_io.ts";
import { identityOf, liveness, type ProcessIdentity } from "./process_io.ts";

/** Of one that lives on another machine is heard at least so often. */
const BEAT_MS = 5 * 60_000;
const SILENT_MS = 60 * 60_000;
/** Until then what a command needs is not known, so it may be anything. */
const PLANNED = "planned";

export interface Needs {
  /** Keys, and objects by their names in the store. */
  readonly names: ReadonlySet<string>;
  /** Who has not said yet what it needs, in words. */
  readonly planning: readonly string[];
  /** Names of the files of those that are gone, relative to the store's root. */
  readonly over: readonly string[];
}

/** What this process needs; nothing is written down before it begins. */
export class Uses {
  readonly #folder: string;
  readonly #named = new Set<string>();
  #file: Deno.FsFile | undefined;
  #planned = false;
  /** Whether other machines may look, which see what was synced. */
  #shared = true;
  #waiting: string[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Whether this process has begun to use the store, rather than only looks at it. */
  get begun(): boolean {
    return this.#file !== undefined;
  }

  /** What is looked for from now on stays, and until {@link planned} all that there is. @throws If it cannot be said. */
  begin(): Disposable {
    this.#shared = !isOfOneMachine(this.#folder);
    const path = `${this.#folder}/${crypto.randomUUID()}`;
    const file = Deno.openSync(path, { write: true, createNew: true });
    this.#file = file;
    this.#write([JSON.stringify(identityOf(Deno.pid))]);
    const beat = setInterval(() => this.#write([""]), BEAT_MS);
    Deno.unrefTimer(beat);
    return {
      [Symbol.dispose]: () => {
        clearInterval(beat);
        this.#file = undefined;
        file.close();
        removeTree(path);
      },
    };
  }

  /** To be called before any of these is looked for. */
  needs(...names: readonly string[]): void {
    if (this.#file === undefined) return;
    for (const name of names) {
      if (!this.#named.has(name)) this.#waiting.push(name);
      this.#named.add(name);
    }
    if (this.#planned && this.#waiting.length > 0) this.#write(this.#waiting.splice(0));
  }

  /** All that was looked for so far is all that is needed yet. */
  planned(): void {
    if (this.#file === undefined || this.#planned) return;
    this.#planned = true;
    this.#write([...this.#waiting.splice(0), PLANNED]);
  }

  /** Synced where other machines may look; it takes as long as the disk wants. What cannot be written, as on a full disk, may be anything again. */
  #write(lines: readonly string[]): void {
    try {
      writeAll(this.#file!, new TextEncoder().encode(`${lines.join("\n")}\n`));
      if (this.#shared) this.#file!.syncDataSync();
    } catch {
      this.#file!.truncateSync(0);
    }
  }
}

/**
 * What commands under way need, on whatever machine they are.
 *
 * @param now Milliseconds since 1970 by the clock that stamps the store's files.
 */
export function readNeeds(root: string, now: number): Needs {
  const names = new Set<string>();
  const planning: string[] = [];
  const over: string[] = [];
  for (const file of namesIn(`${root}/uses`)) {
    const path = `${root}/uses/${file}`;
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    const [first = "", ...lines] = Deno.readTextFileSync(path).split("\n");
    const owner = identityIn(first);
    const state = owner === undefined ? "unknown" : liveness(owner);
    if (state === "gone" || (state === "unknown" && now - stat.mtimeMs > SILENT_MS)) {
      over.push(`uses/${file}`);
      continue;
    }
    if (!lines.includes(PLANNED)) {
      planning.push(owner === undefined ? "a process" : `process ${owner.pid} on ${owner.host}`);
    }
    for (const line of lines) if (line !== "" && line !== PLANNED) names.add(line);
  }
  return { names, planning, over };
}

function identityIn(line: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // it is being written
  }
}
