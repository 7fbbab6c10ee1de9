/** Finds what a module's source refers to: other modules, packages, and files beside it. Pure. */
import { type Token, tokenize } from "./tokens.ts";

export interface ModuleReference {
  /** As written: `./x.ts`, `zod`, `npm:zod@4.6.7`, `node:fs`. */
  readonly specifier: string;
  /** Modules are followed; assets are read as bytes (`new URL("./x", import.meta.url)`, JSON, text). */
  readonly kind: "module" | "asset";
  /** By `import()`: loaded when it is asked for. */
  readonly lazy: boolean;
  /** 1-based. */
  readonly line: number;
}

export interface ScannedModule {
  readonly references: readonly ModuleReference[];
  /** Lines with an `import()` whose target is computed, so that nothing can be said about it. */
  readonly computedImports: readonly number[];
}

/**
 * References that exist when the module runs. `import type` and `export type` statements are erased and left out;
 * `import { type A, b }` stays.
 *
 * @param tokens Of the source, if they are known.
 */
export function scanImports(source: string, tokens: readonly Token[] = tokenize(source)): ScannedModule {
  const scan = new Scan(source, tokens);
  scan.run();
  return { references: scan.references, computedImports: scan.computedImports };
}

class Scan {
  readonly references: ModuleReference[] = [];
  readonly computedImports: number[] = [];
  readonly #source: string;
  readonly #tokens: readonly Token[];

  constructor(source: string, tokens: readonly Token[]) {
    this.#source = source;
    this.#tokens = tokens;
  }

  run(): void {
    for (let i = 0; i < this.#tokens.length; i++) {
      const token = this.#tokens[i]!;
      if (token.kind !== "word" || this.#is(i - 1, ".") || this.#is(i - 1, "?.")) continue;
      if (token.text === "import") this.#import(i);
      else if (token.text === "export") this.#export(i);
      else if (token.text === "new") this.#url(i);
    }
  }

  #import(i: number): void {
    if (this.#is(i + 1, "(")) return this.#dynamic(i);
    if (this.#is(i + 1, ".")) return this.#resolve(i);
    if (this.#tokens[i + 1]?.kind === "string") return this.#add(i + 1);
    if (this.#word(i + 1, "type") && this.#startsTypeClause(i + 2)) return;
    const from = this.#clauseEnd(i + 1);
    if (from !== undefined) this.#add(from);
  }

  /** `import type X from`, `import type {`, `import type *`; but `type` alone can also be the name that is imported. */
  #startsTypeClause(i: number): boolean {
    if (this.#is(i, "{") || this.#is(i, "*")) return true;
    return this.#tokens[i]?.kind === "word" && (!this.#word(i, "from") || this.#word(i + 1, "from"));
  }

  /** Index of the specifier after `from`, if what starts at `i` is the clause of an import or export. */
  #clauseEnd(i: number): number | undefined {
    for (let at = i, depth = 0; at < this.#tokens.length; at++) {
      const token = this.#tokens[at]!;
      if (token.kind === "punct") {
        if (token.text === "{") depth++;
        else if (token.text === "}") depth--;
        else if (token.text !== "," && token.text !== "*") return undefined;
        if (depth < 0) return undefined;
      } else if (depth === 0 && token.text === "from" && this.#tokens[at + 1]?.kind === "string") {
        return at + 1;
      } else if (token.kind === "string" ? depth === 0 : token.kind !== "word") {
        return undefined;
      }
    }
    return undefined;
  }

  #export(i: number): void {
    if (!this.#is(i + 1, "{") && !this.#is(i + 1, "*")) return; // `export type {` and declarations among them
    const from = this.#clauseEnd(i + 1);
    // `export { a }` has no `from` of its own; the next statement's must not be taken for it.
    if (from !== undefined && this.#belongsToExport(i, from)) this.#add(from);
  }

  #belongsToExport(i: number, from: number): boolean {
    if (this.#is(i + 1, "*")) return true;
    let at = i + 1;
    while (at < from && !this.#is(at, "}")) at++;
    return at + 2 === from;
  }

  #dynamic(i: number): void {
    if (this.#word(i - 1, "typeof")) return; // a type
    const target = this.#tokens[i + 2];
    if (target?.kind === "string" && (this.#is(i + 3, ")") || this.#is(i + 3, ","))) {
      return this.#add(i + 2, this.#attributeKind(i + 2), true);
    }
    // import(import.meta.resolve("x")): resolved when it is asked for, and not before.
    if (this.#word(i + 2, "import") && this.#is(i + 3, ".") && this.#word(i + 4, "meta")) {
      const at = i + 8;
      const isResolved = this.#word(i + 6, "resolve") && this.#tokens[at]?.kind === "string" &&
        this.#is(at + 2, ")");
      if (isResolved) return this.#add(at, "module", true);
    }
    const after = this.#closing(i + 1) + 1;
    if (this.#is(after, "{") || this.#is(after, ":")) return; // a method of this name
    this.computedImports.push(this.#line(this.#tokens[i]!));
  }

  /** `import.meta.resolve("x")`. */
  #resolve(i: number): void {
    const found = this.#word(i + 2, "meta") && this.#is(i + 3, ".") && this.#word(i + 4, "resolve") &&
      this.#is(i + 5, "(") && this.#tokens[i + 6]?.kind === "string";
    if (found) this.#add(i + 6, "asset");
  }

  /** `new URL("./x", import.meta.url)`. */
  #url(i: number): void {
    const found = this.#word(i + 1, "URL") && this.#is(i + 2, "(") &&
      this.#tokens[i + 3]?.kind === "string" &&
      this.#is(i + 4, ",") && this.#word(i + 5, "import") && this.#is(i + 6, ".") &&
      this.#word(i + 7, "meta");
    if (found) this.#add(i + 3, "asset");
  }

  #add(i: number, kind: ModuleReference["kind"] = this.#attributeKind(i), lazy = false): void {
    const token = this.#tokens[i]!;
    this.references.push({ specifier: token.text, kind, lazy, line: this.#line(token) });
  }

  /** Anything imported `with { type: ... }` is data, not a module. */
  #attributeKind(i: number): ModuleReference["kind"] {
    const data = this.#word(i + 1, "with") && this.#is(i + 2, "{") && this.#word(i + 3, "type");
    return data ? "asset" : "module";
  }

  #closing(open: number): number {
    let depth = 0;
    for (let at = open; at < this.#tokens.length; at++) {
      if (this.#is(at, "(")) depth++;
      else if (this.#is(at, ")") && --depth === 0) return at;
    }
    return this.#tokens.length;
  }

  #is(i: number, text: string): boolean {
    const token = this.#tokens[i];
    return token?.kind === "punct" && token.text === text;
  }

  #word(i: number, text: string): boolean {
    const token = this.#tokens[i];
    return token?.kind === "word" && token.text === text;
  }

  #line(token: Token): number {
    return this.#source.slice(0, token.at).split("\n").length;
  }
}
