/** The import closure of a stage's module: what its code consists of, for the key. */
import { fromFileUrl, relative, resolve, toFileUrl } from "@std/path";
import { sha256 } from "../../../lib/base/digest.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { type NpmLock, packagesOf, parseLock } from "./npm_lock.ts";
import { type ModuleReference, scanImports } from "./scan_imports.ts";
import { manifestOf } from "../fingerprint.ts";
import type { CodeManifest } from "../types.ts";

/** Reads manifests; the first reading of each is remembered for as long as the object lives. */
export interface CodeReader {
  /** @param module Path relative to the project's root. */
  manifest(module: string): CodeManifest;
  /** The manifest as the files are now, nothing remembered. */
  current(module: string): CodeManifest;
}

/** Digest of a file that a module refers to but that does not exist, such as one built later. */
export const ABSENT = "absent";

/** The manifest of one module. Use {@link openCode} for several: it reads shared files once. */
export function codeManifest(projectRoot: string, module: string): CodeManifest {
  return new Closures(projectRoot).manifest(module);
}

/** @param projectRoot Folder of `deno.json` and `deno.lock`. */
export function openCode(projectRoot: string): CodeReader {
  const closures = new Closures(projectRoot);
  const known = new Map<string, CodeManifest>();
  return {
    manifest(module) {
      const manifest = known.get(module) ?? closures.manifest(module);
      known.set(module, manifest);
      return manifest;
    },
    current: (module) => codeManifest(projectRoot, module),
  };
}

interface SourceFile {
  readonly digest: string;
  /** URLs of files in the project. */
  readonly files: readonly URL[];
  readonly packages: readonly string[];
}

class Closures {
  readonly #root: string;
  readonly #imports: readonly (readonly [string, string])[];
  readonly #sources = new Map<string, SourceFile>();
  readonly #packages = new Map<string, ReadonlyMap<string, string>>();
  #lock: NpmLock | undefined;

  constructor(projectRoot: string) {
    this.#root = resolve(projectRoot);
    const config = JSON.parse(Deno.readTextFileSync(`${this.#root}/deno.json`));
    // The longest name wins, as in import maps.
    this.#imports = Object.entries<string>(config.imports ?? {}).sort((a, b) => b[0].length - a[0].length);
  }

  manifest(module: string): CodeManifest {
    const files = new Map<string, string>();
    const packages = new Map<string, string>();
    const open = [toFileUrl(`${this.#root}/${module}`)];
    for (let url = open.pop(); url !== undefined; url = open.pop()) {
      const path = fromFileUrl(url);
      const name = relative(this.#root, path).replaceAll("\\", "/");
      if (files.has(name)) continue;
      const source = this.#source(url, path);
      if (source === undefined) continue;
      files.set(name, source.digest);
      open.push(...source.files);
      for (const specifier of source.packages) {
        for (const [id, integrity] of this.#packagesOf(specifier)) packages.set(id, integrity);
      }
    }
    if (files.get(module) === ABSENT) {
      throw new Error(`Cannot read stage module ${module}: there is no such file`);
    }
    return manifestOf({ files: sorted(files), packages: sorted(packages) });
  }

  /** `undefined` for a folder: its URL is a base for other names, not content. */
  #source(url: URL, path: string): SourceFile | undefined {
    const known = this.#sources.get(path);
    if (known !== undefined) return known;
    let bytes: Uint8Array;
    try {
      bytes = Deno.readFileSync(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return { digest: ABSENT, files: [], packages: [] };
      if (error instanceof Deno.errors.IsADirectory || (error as { code?: string }).code === "EISDIR") {
        return undefined;
      }
      throw error;
    }
    const source = { digest: sha256(bytes), ...this.#references(url, path, bytes) };
    this.#sources.set(path, source);
    return source;
  }

  #references(url: URL, path: string, bytes: Uint8Array): Omit<SourceFile, "digest"> {
    if (!/\.[cm]?[jt]sx?$/.test(path)) return { files: [], packages: [] };
    const { references, computedImports } = scanImports(new TextDecoder().decode(bytes));
    if (computedImports.length > 0) {
      throw new Error(
        `Cannot follow the import() on line ${
          computedImports[0]
        } of ${path}: its target is computed, so a change ` +
          `of it would go unnoticed. Write the target as a string.`,
      );
    }
    const files: URL[] = [];
    const packages: string[] = [];
    for (const reference of references) {
      const target = this.#resolve(reference, url, path);
      if (target instanceof URL) files.push(target);
      else if (target !== undefined) packages.push(target);
    }
    return { files, packages };
  }

  /** A file's URL, an `npm:` specifier, or nothing for what comes with Deno. */
  #resolve(reference: ModuleReference, from: URL, path: string): URL | string | undefined {
    const specifier =
      /^\.{0,2}\//.test(reference.specifier) || reference.kind === "asset" && !this.#maps(reference.specifier)
        ? new URL(reference.specifier, from).href
        : this.#mapped(reference.specifier);
    if (specifier.startsWith("file:")) {
      const url = new URL(specifier);
      url.search = url.hash = "";
      return url;
    }
    if (specifier.startsWith("npm:")) return specifier;
    if (specifier.startsWith("node:") || reference.kind === "asset") return undefined;
    throw new UserError(
      "bad-config",
      `Cannot follow ${
        JSON.stringify(reference.specifier)
      } on line ${reference.line} of ${path}: wanted a relative ` +
        `path, a name from the imports of deno.json, or npm: or node:.`,
    );
  }

  #maps(specifier: string): boolean {
    return this.#mapped(specifier) !== specifier || specifier.includes(":");
  }

  #mapped(specifier: string): string {
    for (const [name, target] of this.#imports) {
      const whole = target.startsWith(".")
        ? new URL(target, toFileUrl(`${this.#root}/deno.json`)).href
        : target;
      if (specifier === name) return whole;
      if (name.endsWith("/") && specifier.startsWith(name)) return whole + specifier.slice(name.length);
      if (target.startsWith("npm:") && specifier.startsWith(`${name}/`)) {
        return whole + specifier.slice(name.length);
      }
    }
    return specifier;
  }

  #packagesOf(specifier: string): ReadonlyMap<string, string> {
    const known = this.#packages.get(specifier);
    if (known !== undefined) return known;
    const path = `${this.#root}/deno.lock`;
    this.#lock ??= parseLock(Deno.readTextFileSync(path), path);
    const packages = packagesOf(specifier, this.#lock);
    this.#packages.set(specifier, packages);
    return packages;
  }
}

function sorted(map: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
