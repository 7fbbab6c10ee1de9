/** Reads which npm packages a specifier stands for from Deno's lock file (version 5). Pure. */
import { UserError } from "../../../lib/base/errors.ts";

export interface NpmLock {
  /** `npm:name@range` -> locked version, with the peers it was resolved with. */
  readonly specifiers: Readonly<Record<string, string>>;
  /** `name@version` -> what is known of the package. */
  readonly npm: Readonly<Record<string, LockedPackage>>;
  /** `name` -> every `name@version` of it. */
  readonly idsByName: ReadonlyMap<string, readonly string[]>;
}

export interface LockedPackage {
  readonly integrity?: string;
  readonly dependencies?: readonly string[];
  readonly optionalDependencies?: readonly string[];
  readonly optionalPeers?: readonly string[];
}

/** @throws {UserError} If the text is not a lock file of version 5. */
export function parseLock(text: string, path: string): NpmLock {
  let value: { version?: unknown } & Partial<NpmLock>;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UserError("bad-file", `Cannot read ${path}: it is not JSON. Restore it from version control.`, {
      cause,
    });
  }
  if (value.version !== "5") {
    throw new UserError(
      "bad-file",
      `Cannot read ${path}: found lock file version ${JSON.stringify(value.version)}, wanted "5". ` +
        `Write it with the version of Deno that this project names.`,
    );
  }
  const npm = value.npm ?? {};
  return { specifiers: value.specifiers ?? {}, npm, idsByName: indexByName(Object.keys(npm)) };
}

/**
 * All packages reached from a specifier, itself first.
 *
 * @param specifier `npm:name@range`, a path behind it allowed.
 * @returns `name@version` -> integrity, empty where the lock has none.
 * @throws {UserError} If the lock does not know the specifier.
 */
export function packagesOf(specifier: string, lock: NpmLock): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const open = [lockedId(specifier, lock)];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id)) continue;
    const entry = lock.npm[id];
    found.set(id, entry?.integrity ?? "");
    const wanted = [
      ...(entry?.dependencies ?? []),
      ...(entry?.optionalDependencies ?? []),
      ...(entry?.optionalPeers ?? []),
    ];
    for (const name of wanted) open.push(...dependencyIds(name, lock));
  }
  return found;
}

/** `npm:@scope/name@range/path` without the path. */
export function withoutSubpath(specifier: string): string {
  const match = /^npm:\/?((?:@[^/]+\/)?[^/]+)/.exec(specifier);
  return `npm:${match?.[1] ?? specifier.slice("npm:".length)}`;
}

function lockedId(specifier: string, lock: NpmLock): string {
  const wanted = withoutSubpath(specifier);
  const version = lock.specifiers[wanted];
  if (version === undefined) {
    throw new UserError(
      "bad-config",
      `Cannot find ${wanted} in deno.lock. Run "deno install" and commit the lock file.`,
    );
  }
  const at = wanted.indexOf("@", "npm:@".length);
  const name = wanted.slice("npm:".length, at < 0 ? undefined : at);
  return `${name}@${version}`;
}

/** A dependency is written without version as long as the lock holds only one of that name. */
function dependencyIds(name: string, lock: NpmLock): readonly string[] {
  if (Object.hasOwn(lock.npm, name)) return [name];
  return lock.idsByName.get(name) ?? [];
}

function indexByName(ids: Iterable<string>): ReadonlyMap<string, readonly string[]> {
  const index = new Map<string, string[]>();
  for (const id of ids) {
    const name = id.slice(0, id.indexOf("@", 1));
    const known = index.get(name);
    if (known === undefined) index.set(name, [id]);
    else known.push(id);
  }
  return index;
}
