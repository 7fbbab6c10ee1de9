/** What those who wrote the packages in the page want said with them. */
import { UserError } from "../../lib/base/errors.ts";
import { namesIn } from "../engine/store/atomic_io.ts";

/** A package as it lies in the cache. */
interface CachedPackage {
  readonly localPath?: string;
}

/** `name@version`, and behind it what it was resolved beside. */
const BESIDE = /^(.[^@]*@[^_]+)_.*$/;

/** Names of files that packages have their licence and notices in. */
const LICENCE_FILE = /^(licen[cs]e|copying|notice)/i;

/**
 * @param module Any: what Deno says of it has all packages of the lock file.
 * @param packages As the lock file calls what the page is bundled from.
 * @returns Each package with its licence, each text once.
 */
export async function licencesOf(
  root: string,
  module: string,
  packages: ReadonlySet<string>,
): Promise<string> {
  const cached = await cachedPackages(root, module);
  const named = new Map<string, string[]>();
  for (const id of [...packages].sort()) {
    const folder = cached.get(id)?.localPath;
    if (folder === undefined) throw new Error(`${id} is in the page and not in the npm cache`);
    const { license } = JSON.parse(Deno.readTextFileSync(`${folder}/package.json`));
    const files = namesIn(folder).filter((name) => LICENCE_FILE.test(name));
    const texts = files.map((name) => Deno.readTextFileSync(`${folder}/${name}`).trim());
    const text = [`Licence: ${license}`, ...texts].join("\n\n");
    named.set(text, [...named.get(text) ?? [], id.replace(BESIDE, "$1")]);
  }
  const own = Deno.readTextFileSync(`${root}/LICENSE`).trim();
  const parts = [...named].map(([text, ids]) => `${ids.join("\n")}\n\n${text}`);
  return ["The page's own code", own, ...parts].join(`\n\n${"-".repeat(80)}\n\n`) + "\n";
}

/** By what the lock file calls them. */
async function cachedPackages(root: string, module: string): Promise<ReadonlyMap<string, CachedPackage>> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--frozen", `--config=${root}/deno.json`, `${root}/${module}`],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  if (success) return new Map(Object.entries(JSON.parse(decoder.decode(stdout)).npmPackages ?? {}));
  throw new UserError(
    "unexpected",
    `Cannot find the packages of ${module}: ${decoder.decode(stderr).trim()}`,
  );
}
