/** Reads what files of the project hold, as far as keys and imports are concerned. */
import { type BigIntStats, statSync } from "node:fs";
import { sha256 } from "../../../lib/base/digest.ts";
import { fileStat } from "../store/content_io.ts";
import { type Known, type Stamp, StatCache, type StatCacheOptions } from "../store/stat_cache_io.ts";
import type { Declarations } from "../types.ts";
import { isKindListName, strayIn } from "./kind_list.ts";
import { outlineOf } from "./outline.ts";
import { type ModuleReference, scanImports } from "./scan_imports.ts";
import { tokenize } from "./tokens.ts";

/** What a file holds; a file that is no source is its bytes. */
export interface Source {
  /** SHA-256 of a source's tokens or of another file's bytes. */
  readonly digest: string;
  readonly references: readonly ModuleReference[];
  /** Line of the first `import()` whose target is computed. */
  readonly computedImport?: number;
  /** Of a list of kinds: the name of what it holds besides. */
  readonly stray?: string;
  readonly declarations: Declarations;
}

/** What was found under a name: a file of this stamp, or none. Nothing: its stat does not tell whether it changes. */
export type Seen = Stamp | "absent" | "directory" | undefined;

export interface Reading {
  /** None: there is no file. */
  readonly source: Source | undefined;
  /** As it was before it was read. */
  readonly seen: Seen;
}

/** Modules that decide what a {@link Source} is: with other ones, all files are read again. */
const READERS = ["kind_list", "line_breaks", "outline", "scan_imports", "tokens"];

export class Sources {
  readonly #known: StatCache<Source>;

  /** @param cache Where what was read is remembered from one process to the next. */
  constructor(projectRoot: string, cache?: StatCacheOptions) {
    const readers = cache === undefined ? [] : READERS.map((name) => readerText(name));
    this.#known = new StatCache(sha256(`sources of ${projectRoot} ${readers.join()}`), cache);
  }

  /** What a file holds now. */
  read(path: string): Reading {
    const known = this.#look(path);
    if (typeof known === "string") return { source: undefined, seen: known };
    if (known.value !== undefined) return { source: known.value, seen: known.stamp };
    const source = sourceOf(path, Deno.readFileSync(path));
    known.keep(source);
    return { source, seen: known.stamp };
  }

  /** What is there now, for whoever reads it after that. */
  seen(path: string): Seen {
    const known = this.#look(path);
    return typeof known === "string" ? known : known.stamp;
  }

  save(): void {
    this.#known.save({ onlyAsked: false });
  }

  /** A URL may be but a base for other names: then there is a folder, or nothing. */
  #look(path: string): Known<Source> | "absent" | "directory" {
    const stat: BigIntStats | undefined = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return "absent";
    return stat.isDirectory() ? "directory" : this.#known.of(path, { path, ...fileStat(stat) });
  }
}

function sourceOf(path: string, bytes: Uint8Array): Source {
  if (!/\.[cm]?[jt]sx?$/.test(path)) return { digest: sha256(bytes), references: [], declarations: {} };
  const text = new TextDecoder().decode(bytes);
  const tokens = tokenize(text);
  const { references, computedImports: [computedImport] } = scanImports(text, tokens);
  const stray = isKindListName(path) ? strayIn(tokens) : undefined;
  return {
    ...outlineOf(tokens),
    references,
    ...(computedImport === undefined ? {} : { computedImport }),
    ...(stray === undefined ? {} : { stray }),
  };
}

function readerText(name: string): string {
  return Deno.readTextFileSync(new URL(`./${name}.ts`, import.meta.url));
}
