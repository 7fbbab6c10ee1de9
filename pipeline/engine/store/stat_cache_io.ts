/** Remembers what was found in files, so that unchanged ones cost only a stat. */
import { statSync } from "node:fs";
import { sha256 } from "../../../lib/base/digest.ts";
import { removeTree, temporaryName, writeAtomically } from "./atomic_io.ts";
import type { ChangeTimes } from "./change_times_io.ts";
import type { TreeFile } from "./content_io.ts";

export type FileStat = Omit<TreeFile, "name">;

/** Size, mtime, ctime and inode, decimal: of a file that was left alone for long enough, they tell whether it changes. */
export type Stamp = readonly [size: number, mtime: string, ctime: string, inode: string];

/** A file's stamp, and what was found. */
type Row<Value> = readonly [...Stamp, Value];

export interface StatCacheOptions {
  /** Folder of the caches' own files. */
  readonly folder: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** On which file systems a stat tells that a file is as it was. */
  readonly changeTimes: ChangeTimes;
  /** A cache could not be kept; what it gives is right all the same. */
  readonly onWarning: (message: string) => void;
}

/**
 * A file changed again within the tick of its clock keeps its stat (Deno gives change times in whole seconds). So what
 * was found is remembered only if the file had been left alone this long when it was read, git's rule for "racily
 * clean" entries.
 */
const SETTLED_NS = 2_000_000_000n;

/** What is known of a file, and how to say it where nothing is. */
export interface Known<Value> {
  readonly value: Value | undefined;
  /** What tells later that the file is as it was when this was asked; nothing: its stat does not. */
  readonly stamp: Stamp | undefined;
  /** Takes what was found in the file since it was asked for. */
  keep(value: Value): void;
}

/** What was found in files of one origin, by their names; a value is as JSON gives it back. */
export class StatCache<Value> {
  readonly #options: StatCacheOptions | undefined;
  readonly #path: string;
  readonly #rows: Map<string, Row<Value>>;
  readonly #asked = new Set<string>();
  #changed = false;

  /** @param of What tells this cache from others. @param options None: nothing outlives the process. */
  constructor(of: string, options?: StatCacheOptions) {
    this.#options = options;
    this.#path = options === undefined ? "" : `${options.folder}/${sha256(of).slice(0, 32)}.json`;
    this.#rows = readRows(this.#path);
  }

  of(name: string, stat: FileStat): Known<Value> {
    this.#asked.add(name);
    const row = this.#rows.get(name);
    const now = stampFor(stat);
    const tells = this.#options?.changeTimes.tell(stat) ?? true;
    if (row !== undefined && tells && now.every((value, i) => value === row[i])) {
      return { value: row[4], stamp: now, keep() {} };
    }
    this.#forget(name);
    const settled = tells && this.#isSettled(stat); // as of now, before the file is read
    return {
      value: undefined,
      stamp: settled ? now : undefined,
      keep: (value) => {
        if (!settled) return;
        this.#rows.set(name, [...now, value]);
        this.#changed = true;
      },
    };
  }

  /** Writes down what is new. @param onlyAsked Forgets all names that were not asked for. */
  save({ onlyAsked }: { readonly onlyAsked: boolean }): void {
    if (onlyAsked) {
      for (const name of [...this.#rows.keys()]) {
        if (!this.#asked.has(name)) this.#forget(name);
      }
    }
    if (this.#options === undefined || !this.#changed) return;
    this.#changed = false;
    try {
      writeAtomically(this.#path, JSON.stringify(Object.fromEntries(this.#rows)), { sync: false });
    } catch (error) {
      const { message } = error as Error;
      this.#options.onWarning(`Cannot remember the digests of files in ${this.#path}: ${message}`);
    }
  }

  #forget(name: string): void {
    if (this.#rows.delete(name)) this.#changed = true;
  }

  #isSettled({ mtimeNs, ctimeNs }: FileStat): boolean {
    const nowMs = (this.#options?.now ?? Date.now)();
    return isSettled(mtimeNs > ctimeNs ? mtimeNs : ctimeNs, nowMs);
  }
}

export function stampFor({ size, mtimeNs, ctimeNs, inode }: FileStat): Stamp {
  return [size, `${mtimeNs}`, `${ctimeNs}`, `${inode}`];
}

/** Whether a change from now on shows in the time of a file that was last changed at `timeNs`. */
export function isSettled(timeNs: bigint, nowMs: number): boolean {
  return BigInt(Math.floor(nowMs)) * 1_000_000n - timeNs >= SETTLED_NS;
}

/**
 * How far this machine's clock is ahead of the one that stamps files. Whether a file was left alone is judged by the
 * slower of the two; the server of the store stands for that of the files. 0 if it cannot be told.
 */
export function clockAheadMs(folder: string): number {
  const probe = temporaryName(`${folder}/clock`);
  try {
    Deno.writeTextFileSync(probe, "");
    const now = Date.now();
    return now - statSync(probe).mtimeMs;
  } catch {
    return 0; // a store that cannot be written to keeps no digests either
  } finally {
    removeTree(probe);
  }
}

function readRows<Value>(path: string): Map<string, Row<Value>> {
  try {
    return new Map(Object.entries<Row<Value>>(JSON.parse(Deno.readTextFileSync(path))));
  } catch {
    return new Map(); // absent or damaged: everything is read again
  }
}
