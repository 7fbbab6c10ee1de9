/** Reads what files of the project hold, as far as keys and imports are concerned. */
import { statSync } from "node:fs";
import { sha256 } from "../../../lib/base/digest.ts";
import { fileStat } from "../store/content_io.ts";
import { StatCache, type StatCacheOptions } from "../store/stat_cache_io.ts";
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

/** Modules that decide what a {@link Source} is: with other ones, all files are read again. */
const READERS = ["kind_list", "line_breaks", "outline", "scan_imports", "tokens"];

export class Sources {
  readonly #known: StatCache<Source>;

  /** @param cache Where what was read is remembered from one process to the next. */
  constructor(projectRoot: string, cache?: StatCacheOptions) {
    const readers = cache === undefined ? [] : READERS.map((name) => readerText(name));
    this.#known = new StatCache(sha256(`sources of ${projectRoot} ${readers.join()}`), cache);
  }

  /** What a file holds now. @returns Why not, if there is none: its URL may be but a base for other names. */
  read(path: string): Source | "absent" | "directory" {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return "absent";
    if (stat.isDirectory()) return "directory";
    const known = this.#known.of(path, { path, ...fileStat(stat) });
    if (known.value !== undefined) return known.value;
    const source = sourceOf(path, Deno.readFileSync(path));
    known.keep(source);
    return source;
  }

  save(): void {
    this.#known.save({ onlyAsked: false });
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
