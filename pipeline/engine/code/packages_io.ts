/** npm packages on this machine: bringing them in before a run, and finding their folders. */
import { UserError } from "../../../lib/base/errors.ts";
import { parseLock } from "./npm_lock.ts";

interface DenoInfo {
  readonly npmPackages?: Readonly<Record<string, { readonly name: string; readonly localPath?: string }>>;
}

/**
 * Fetches what the lock file names, so that no stage needs the network for its code.
 * @param lock Relative to the root; absent: `deno.lock`. @throws {UserError} If it fails.
 */
export async function cachePackages(projectRoot: string, lock?: string): Promise<void> {
  const output = await deno(projectRoot, ["install", "--frozen", "--quiet", ...lockFlag(lock)]);
  if (output.success) return;
  const last = new TextDecoder().decode(output.stderr).trim().split("\n").slice(-3).join(" ");
  throw new UserError(
    "unexpected",
    `Cannot fetch the npm packages of ${
      lock ?? "deno.lock"
    }: ${last} Check the network and run the same command again.`,
  );
}

/**
 * Folders of npm packages, without loading them.
 *
 * @param names Bare names as in the imports of deno.json, or names of packages they depend on.
 * @param lock That has them, relative to the root; absent: `deno.lock`.
 * @returns Name -> absolute folders, one for each locked version of it.
 */
export async function packageFolders(
  projectRoot: string,
  names: readonly string[],
  lock?: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const config = JSON.parse(Deno.readTextFileSync(`${projectRoot}/deno.json`));
  const imports: Readonly<Record<string, string>> = config.imports ?? {};
  const folders = new Map<string, readonly string[]>();
  const locked = lock === undefined ? [] : specifiersIn(`${projectRoot}/${lock}`);
  for (const name of new Set(names)) {
    folders.set(
      name,
      await foldersOf(
        projectRoot,
        name,
        imports[name] ?? locked.find((own) => own.startsWith(`npm:${name}@`)) ?? `npm:${name}`,
        lock,
      ),
    );
  }
  return folders;
}

function specifiersIn(path: string): string[] {
  return Object.keys(parseLock(Deno.readTextFileSync(path), path).specifiers);
}

function lockFlag(lock: string | undefined): string[] {
  return lock === undefined ? [] : [`--lock=${lock}`];
}

async function foldersOf(
  projectRoot: string,
  name: string,
  specifier: string,
  lock: string | undefined,
): Promise<readonly string[]> {
  const output = await deno(projectRoot, ["info", "--json", "--frozen", ...lockFlag(lock), specifier]);
  const info: DenoInfo = output.success ? JSON.parse(new TextDecoder().decode(output.stdout)) : {};
  const wanted = /^npm:\/?((?:@[^/]+\/)?[^/@]+)/.exec(specifier)?.[1] ?? name;
  const found = Object.values(info.npmPackages ?? {})
    .flatMap((entry) => entry.name === wanted && entry.localPath !== undefined ? [entry.localPath] : []);
  if (found.length > 0) return found;
  throw new UserError(
    "bad-config",
    `Cannot find the folder of npm package ${name}, which a stage wants to read. Add it to the imports of deno.json ` +
      `and run "deno install".`,
  );
}

function deno(projectRoot: string, args: readonly string[]): Promise<Deno.CommandOutput> {
  return new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: projectRoot,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
}
