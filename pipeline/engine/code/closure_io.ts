/** The import closure of a stage's module: what its code consists of, for the key. */
import { relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { UserError } from "../../../lib/base/errors.ts";
import { type NpmLock, packagesOf, parseLock } from "./npm_lock.ts";
import type { StatCacheOptions } from "../store/stat_cache_io.ts";
import { isKindListName } from "./kind_list.ts";
import type { ModuleReference } from "./scan_imports.ts";
import { KnownClosures, type Trace } from "./known_closures_io.ts";
import { type Seen, type Source, Sources } from "./sources_io.ts";
import { manifestOf } from "../fingerprint.ts";
import type { CodeManifest, Declarations } from "../types.ts";

/** Reads manifests; the first reading of each is remembered for as long as the object lives. */
export interface CodeReader {
  /**
   * @param module Path relative to the project's root.
   * @param kinds Modules, relative to the root: of the lists of kinds that the module reaches, only these are followed.
   * Without, everything is.
   * @throws {Error} If no list offers one of them.
   */
  manifest(module: string, kinds?: readonly string[]): CodeManifest;
  /** The manifest as the files are now, nothing remembered. */
  current(module: string, kinds?: readonly string[]): CodeManifest;
}

/** Digest of a file that a module refers to but that does not exist, such as one built later. */
export const ABSENT = "absent";

/**
 * @param projectRoot Folder of `deno.json` and `deno.lock`.
 * @param cache Where what is known of unchanged files outlives the process.
 */
export function openCode(projectRoot: string, cache?: StatCacheOptions): CodeReader {
  const remembered = cache === undefined ? undefined : new KnownClosures(projectRoot, cache);
  const known = new Map<string, CodeManifest>();
  // Made where something is not remembered.
  let made: { readonly sources: Sources; readonly closures: Closures } | undefined;
  const make = () => {
    const sources = new Sources(projectRoot, cache);
    return { sources, closures: new Closures(projectRoot, sources) };
  };
  const find = (name: string, module: string, kinds?: readonly string[]): CodeManifest => {
    const found = remembered?.find(name);
    if (found !== undefined) return explained(found, () => (made ??= make()).closures.trace(module, kinds));
    const trace = (made ??= make()).closures.trace(module, kinds);
    remembered?.keep(name, trace);
    return trace.manifest;
  };
  let saving = false;
  const save = (): void => {
    saving = false;
    made?.sources.save();
    remembered?.save();
  };
  return {
    manifest(module, kinds) {
      const name = [module, ...kinds?.toSorted() ?? ["*"]].join("\n");
      const before = known.get(name);
      if (before !== undefined) return before;
      const manifest = find(name, module, kinds);
      known.set(name, manifest);
      if (!saving) queueMicrotask(save); // once for all that are asked for in a row
      saving = true;
      return manifest;
    },
    current: (module, kinds) =>
      new Closures(projectRoot, (made ??= make()).sources).trace(module, kinds).manifest,
  };
}

/** A manifest that is known but for what only explains a change: that is looked for when it is asked for. */
function explained(
  found: Pick<CodeManifest, "digest" | "files" | "packages">,
  trace: () => Trace,
): CodeManifest {
  let declarations: CodeManifest["declarations"] | undefined;
  return {
    ...found,
    get declarations() {
      return declarations ??= declarationsOf(trace, found.digest);
    },
  };
}

/** None where the files have changed meanwhile. */
function declarationsOf(trace: () => Trace, digest: string): CodeManifest["declarations"] {
  try {
    const { manifest } = trace();
    return manifest.digest === digest ? manifest.declarations : {};
  } catch {
    return {}; // what the files say now makes no sense, as whoever runs them will be told
  }
}

/** A file with what it refers to. */
interface Resolved extends Pick<Source, "digest" | "declarations" | "stray"> {
  /** What tells whether all this still holds. */
  readonly seen: Seen;
  /** Relative to the project's root, as all names of files here. */
  readonly files: readonly string[];
  /** Of these, what is loaded when it is asked for. */
  readonly lazy: readonly string[];
  readonly packages: readonly string[];
}

/** Packages that a specifier reaches, and the lock files that were looked at for them. */
interface Packages {
  readonly locked: ReadonlyMap<string, string>;
  readonly looked: ReadonlyMap<string, Seen>;
}

const CONFIG = "deno.json";

class Closures {
  readonly #root: string;
  readonly #sources: Sources;
  readonly #imports: readonly (readonly [string, string])[];
  readonly #resolved = new Map<string, Resolved>();
  readonly #packages = new Map<string, Packages>();
  readonly #locks = new Map<string, { readonly lock: NpmLock; readonly seen: Seen }>();
  readonly #configSeen: Seen;

  constructor(projectRoot: string, sources: Sources) {
    this.#root = resolve(projectRoot);
    this.#sources = sources;
    const path = `${this.#root}/${CONFIG}`;
    this.#configSeen = sources.seen(path);
    const config = JSON.parse(Deno.readTextFileSync(path));
    // The longest name wins, as in import maps.
    this.#imports = Object.entries<string>(config.imports ?? {}).sort((a, b) => b[0].length - a[0].length);
  }

  trace(module: string, kinds?: readonly string[]): Trace {
    const seen = new Map<string, Seen>([[CONFIG, this.#configSeen]]);
    const files = new Map<string, string>();
    const declarations = new Map<string, Declarations>();
    const packages = new Map<string, string>();
    const reached = new Set<string>();
    const offered = new Set<string>();
    const open = [module];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (reached.has(name)) continue;
      reached.add(name);
      const source = this.#read(name);
      seen.set(name, source === "directory" ? source : source.seen);
      if (source === "directory") continue;
      for (const specifier of source.packages) {
        const { locked, looked } = this.#packagesOf(specifier, name);
        for (const [id, integrity] of locked) packages.set(id, integrity);
        for (const [lock, found] of looked) seen.set(lock, found);
      }
      if (kinds !== undefined && source.lazy.length > 0 && isKindListName(name)) {
        if (source.stray !== undefined) throw new Error(noList(name, source.stray));
        for (const target of source.lazy) offered.add(target);
        open.push(...source.files.filter((file) => !source.lazy.includes(file) || kinds.includes(file)));
        continue;
      }
      files.set(name, source.digest);
      declarations.set(name, source.declarations);
      open.push(...source.files);
    }
    if (files.get(module) === ABSENT) {
      throw new Error(`Cannot read stage module ${module}: there is no such file`);
    }
    const unknown = kinds?.find((kind) => !offered.has(kind));
    if (unknown !== undefined) throw new Error(noSuchKind(unknown, module, [...offered].sort()));
    const manifest = manifestOf({
      files: sorted(files),
      packages: sorted(packages),
      declarations: sorted(declarations),
    });
    return { manifest, seen };
  }

  /** A folder's name is a base for others, not content. */
  #read(name: string): Resolved | "directory" {
    const known = this.#resolved.get(name);
    if (known !== undefined) return known;
    const path = resolve(this.#root, name);
    const { source, seen } = this.#sources.read(path);
    if (source === undefined) {
      return seen === "directory"
        ? seen
        : { digest: ABSENT, declarations: {}, files: [], lazy: [], packages: [], seen };
    }
    if (source.computedImport !== undefined) {
      throw new Error(
        `Cannot follow the import() on line ${source.computedImport} of ${path}: its target is computed, so a change ` +
          `of it would go unnoticed. Write the target as a string.`,
      );
    }
    const resolved = { ...this.#resolveAll(source, name, path), seen };
    this.#resolved.set(name, resolved);
    return resolved;
  }

  #resolveAll({ references, ...source }: Source, name: string, path: string): Omit<Resolved, "seen"> {
    const files: string[] = [];
    const lazy: string[] = [];
    const packages: string[] = [];
    for (const reference of references) {
      const target = this.#resolve(reference, name, path);
      if (target === undefined) continue;
      if ("package" in target) packages.push(target.package);
      else {
        files.push(target.file);
        if (reference.lazy) lazy.push(target.file);
      }
    }
    return { ...source, files, lazy, packages };
  }

  /** A file, relative to the root, an `npm:` specifier, or nothing for what comes with Deno. @param name Who refers to it. */
  #resolve(
    reference: ModuleReference,
    name: string,
    path: string,
  ): { readonly file: string } | { readonly package: string } | undefined {
    const near = fileBeside(name, reference.specifier);
    if (near !== undefined) return { file: near };
    const specifier =
      /^\.{0,2}\//.test(reference.specifier) || reference.kind === "asset" && !this.#maps(reference.specifier)
        ? new URL(reference.specifier, pathToFileURL(path)).href
        : this.#mapped(reference.specifier);
    if (specifier.startsWith("file:")) {
      const target = fileURLToPath(new URL(specifier.replace(/[?#].*/, "")));
      return { file: relative(this.#root, target).replaceAll("\\", "/") };
    }
    if (specifier.startsWith("npm:")) return { package: specifier };
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
        ? new URL(target, pathToFileURL(`${this.#root}/deno.json`)).href
        : target;
      if (specifier === name) return whole;
      if (name.endsWith("/") && specifier.startsWith(name)) return whole + specifier.slice(name.length);
      if (target.startsWith("npm:") && specifier.startsWith(`${name}/`)) {
        return whole + specifier.slice(name.length);
      }
    }
    return specifier;
  }

  /** @param by The file that imports it: what few need may be locked beside that, see {@link lockBeside}. */
  #packagesOf(specifier: string, by: string): Packages {
    const known = this.#packages.get(specifier);
    if (known !== undefined) return known;
    const beside = lockBeside(specifier, by);
    const found = this.#sources.seen(`${this.#root}/${beside}`);
    const isBeside = found !== "absent" && found !== "directory";
    const name = isBeside ? beside : "deno.lock";
    const { lock, seen } = this.#locks.get(name) ?? this.#readLock(name);
    this.#locks.set(name, { lock, seen });
    const looked = new Map<string, Seen>([[beside, found], [name, seen]]);
    const packages = { locked: packagesOf(specifier, lock), looked };
    this.#packages.set(specifier, packages);
    return packages;
  }

  #readLock(name: string): { readonly lock: NpmLock; readonly seen: Seen } {
    const path = `${this.#root}/${name}`;
    const seen = this.#sources.seen(path); // before it is read
    return { lock: parseLock(Deno.readTextFileSync(path), path), seen };
  }
}

/**
 * The file that a plain relative specifier stands for, as its URL would say: a command resolves thousands of them before
 * it knows that everything is fresh.
 * @param name Of the file that refers to it. @returns Nothing where it takes a URL to know.
 */
function fileBeside(name: string, specifier: string): string | undefined {
  if (!/^\.{1,2}\/[\w./-]*\w$/.test(specifier)) return undefined;
  const parts = name.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.length === 0 || parts.at(-1) === "..") return undefined;
    else parts.pop();
  }
  return parts.join("/");
}

/** `lib/onnx/onnxruntime-web.lock` of `npm:onnxruntime-web@1.30.0/wasm` in `lib/onnx/session_io.ts`. */
function lockBeside(specifier: string, by: string): string {
  const [, name] = /^npm:\/?(?:@[^/]+\/)?([^/@]+)/.exec(specifier)!;
  return `${by.slice(0, by.lastIndexOf("/") + 1)}${name}.lock`;
}

function noList(name: string, stray: string): string {
  return `Cannot take ${name} for a list of kinds: it also holds ${stray}, which would be in no task's key. Wanted ` +
    `nothing but lines \`name: () => import("./name/kind.ts"),\`; move the rest to another file.`;
}

function noSuchKind(kind: string, module: string, offered: readonly string[]): string {
  const all = offered.length === 0 ? "it reaches none" : `these offer ${offered.join(", ")}`;
  return `Cannot find the kind ${kind} in the lists of kinds that ${module} reaches: ${all}`;
}

function sorted<Value>(map: ReadonlyMap<string, Value>): Readonly<Record<string, Value>> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
