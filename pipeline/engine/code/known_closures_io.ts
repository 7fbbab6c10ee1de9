/**
 * Remembers what stages' code consists of from one process to the next, so that a command that finds everything fresh
 * looks at the stats of files and at nothing in them. What a closure is follows from the names that lead to one another,
 * what is found under them, `deno.json` and the lock files: if all of these are as they were, so is the closure.
 */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { sha256 } from "../../../lib/base/digest.ts";
import { writeAtomically } from "../store/atomic_io.ts";
import { fileStat } from "../store/content_io.ts";
import { type Stamp, stampFor, type StatCacheOptions } from "../store/stat_cache_io.ts";
import type { CodeManifest } from "../types.ts";
import type { Seen } from "./sources_io.ts";

/** How a closure was found. */
export interface Trace {
  readonly manifest: CodeManifest;
  /** By name relative to the project's root: all that was looked at, whether or not it is part of the closure. */
  readonly seen: ReadonlyMap<string, Seen>;
}

/** A name, its digest where it is part of a closure, and what was found. */
type Row = readonly [name: string, digest: string | null, found: Stamp | "absent" | "directory"];

interface Entry {
  readonly digest: string;
  readonly packages: Readonly<Record<string, string>>;
  /** Numbers of rows: those that are part of it, sorted by name, and those that were only looked at. */
  readonly files: readonly number[];
  readonly others: readonly number[];
}

interface Remembered {
  readonly rows: readonly Row[];
  readonly closures: Readonly<Record<string, Entry>>;
}

/** Modules that decide what a closure is: with other ones, all are looked for again. */
const DECIDING = [
  "closure_io.ts",
  "kind_list.ts",
  "known_closures_io.ts",
  "line_breaks.ts",
  "npm_lock.ts",
  "outline.ts",
  "scan_imports.ts",
  "sources_io.ts",
  "tokens.ts",
  "../fingerprint.ts",
  "../../../lib/base/digest.ts",
  "../../../lib/base/json.ts",
];

/** More than all that differ of the largest graphs; who needs others later finds them again. */
const MOST = 500;

export class KnownClosures {
  readonly #root: string;
  readonly #options: StatCacheOptions;
  readonly #path: string;
  readonly #before: Remembered;
  /** Of this process's looks at rows. */
  readonly #unchanged = new Map<number, boolean>();
  readonly #used = new Set<string>();
  readonly #new = new Map<string, Trace>();
  #changed = false;

  constructor(projectRoot: string, options: StatCacheOptions) {
    this.#root = resolve(projectRoot);
    this.#options = options;
    const deciding = DECIDING.map((name) => Deno.readTextFileSync(new URL(name, import.meta.url)));
    this.#path = `${options.folder}/${
      sha256(`closures of ${this.#root} ${deciding.join()}`).slice(0, 32)
    }.json`;
    this.#before = readRemembered(this.#path);
  }

  /** @param name Of a module with its kinds. @returns Nothing where it is not known, or something changed. */
  find(name: string): Pick<CodeManifest, "digest" | "files" | "packages"> | undefined {
    const { closures, rows } = this.#before;
    const entry = Object.hasOwn(closures, name) ? closures[name]! : undefined;
    const holds = (row: number) => this.#holds(row);
    if (entry === undefined || !entry.others.every(holds) || !entry.files.every(holds)) return undefined;
    this.#used.add(name);
    const { digest, packages } = entry;
    const files = Object.fromEntries(entry.files.map((row) => [rows[row]![0], rows[row]![1]!]));
    return { digest, files, packages };
  }

  /** Takes what {@link find} did not give. */
  keep(name: string, trace: Trace): void {
    if ([...trace.seen.values()].includes(undefined)) return;
    this.#new.set(name, trace);
    this.#changed = true;
  }

  /** Writes down what is new. */
  save(): void {
    if (!this.#changed) return;
    this.#changed = false;
    const rows: Row[] = [];
    const places = new Map<string, number>();
    const placeOf = (row: Row): number => {
      const text = JSON.stringify(row);
      const place = places.get(text) ?? rows.push(row) - 1;
      places.set(text, place);
      return place;
    };
    const closures: Record<string, Entry> = {};
    for (const [name, { manifest: { digest, files, packages }, seen }] of this.#new) {
      const rowsOf = (names: readonly string[]) =>
        names.map((file) => placeOf([file, files[file] ?? null, seen.get(file)!]));
      const others = [...seen.keys()].filter((file) => !Object.hasOwn(files, file));
      closures[name] = { digest, packages, files: rowsOf(Object.keys(files)), others: rowsOf(others) };
    }
    for (const [name, entry] of this.#stillKnown()) {
      if (Object.keys(closures).length >= MOST) break;
      const moved = (row: number) => placeOf(this.#before.rows[row]!);
      closures[name] = { ...entry, files: entry.files.map(moved), others: entry.others.map(moved) };
    }
    const text = JSON.stringify({ rows, closures } satisfies Remembered);
    try {
      writeAtomically(this.#path, `${sha256(text)}\n${text}`, { sync: false });
    } catch {
      // A store that may only be read: looked for again next time, which takes some 15 ms and is right all the same.
    }
  }

  /** Those that were used first; what is known to have changed is left out. */
  #stillKnown(): [string, Entry][] {
    const others = Object.entries(this.#before.closures).filter(([name, { files, others }]) =>
      !this.#new.has(name) && ![...files, ...others].some((row) => this.#unchanged.get(row) === false)
    );
    return others.toSorted(([a], [b]) => Number(this.#used.has(b)) - Number(this.#used.has(a)));
  }

  #holds(row: number): boolean {
    const known = this.#unchanged.get(row);
    if (known !== undefined) return known;
    const [name, , found] = this.#before.rows[row]!;
    const holds = sameFound(found, this.#look(resolve(this.#root, name)));
    this.#unchanged.set(row, holds);
    return holds;
  }

  /** What is there now, whether or not it was changed a moment ago. */
  #look(path: string): Seen {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return "absent";
    if (stat.isDirectory()) return "directory";
    const file = { path, ...fileStat(stat) };
    return this.#options.changeTimes.tell(file) ? stampFor(file) : undefined;
  }
}

function sameFound(before: Row[2], now: Seen): boolean {
  if (now === undefined || typeof now === "string" || typeof before === "string") return before === now;
  return before.every((value, i) => value === now[i]);
}

/** The first line is the digest of the second: what was damaged counts as nothing. */
function readRemembered(path: string): Remembered {
  try {
    const [digest = "", text = ""] = Deno.readTextFileSync(path).split("\n");
    if (sha256(text) === digest) return JSON.parse(text);
  } catch {
    // Absent: everything is looked for again.
  }
  return { rows: [], closures: {} };
}
