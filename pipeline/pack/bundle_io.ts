/** Bundles modules of this project into scripts that run anywhere, with other modules in the place of some. */
import { toFileUrl } from "@std/path";
import { UserError } from "../../lib/base/errors.ts";

/** What is bundled, and what for. */
export interface Bundling {
  /** Of the project. */
  readonly root: string;
  /** A folder for what is made on the way. */
  readonly scratch: string;
  /** Names and modules, below the root or as they are imported, with the file or package that each stands for. */
  readonly instead: Readonly<Record<string, string>>;
  /** What is left as it is imported: see {@link left}. */
  readonly external: readonly string[];
}

/** What is written in the place of another module, in a package that has it under a name of its own. */
export function left(name: string): string {
  return `package-of-this-library/${name}`;
}

/** The name of a package that another module stands for, for that module. */
export function original(name: string): string {
  return `original/${name}`;
}

/**
 * @param module Below the root. @param target The script that comes of it and of all that it imports.
 * @throws {UserError} "unexpected" with what the bundler says.
 */
export async function bundle(module: string, target: string, bundling: Bundling): Promise<void> {
  const { root, external } = bundling;
  const map = writeImports(bundling);
  // deno-fmt-ignore
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle", "--quiet", "--platform", "browser", "--minify", "--frozen", `--config=${root}/deno.json`,
      `--import-map=${map}`,
      ...external.map((name) => `--external=${name}`), ...[`--external=${left("*")}`],
      "--output", target, `${root}/${module}`,
    ],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).output();
  const text = new TextDecoder().decode(stderr).trim();
  if (success) return;
  throw new UserError("unexpected", `Cannot bundle ${module}: ${text}. Its bundler is Deno's own.`);
}

/** The project's imports with others among them. @returns The file. */
function writeImports({ root, scratch, instead }: Bundling): string {
  const { imports } = JSON.parse(Deno.readTextFileSync(`${root}/deno.json`));
  const changed = Object.fromEntries(
    Object.entries(instead).map(([name, target]) => [
      name.endsWith(".ts") ? toFileUrl(`${root}/${name}`).href : name,
      target.startsWith("/") ? toFileUrl(target).href : target,
    ]),
  );
  // Packages that others stand for keep a name, so that what is imported is still what the lock file says.
  const replaced = Object.fromEntries(
    Object.keys(instead).flatMap((name) =>
      imports[name] === undefined ? [] : [[original(name), imports[name]]]
    ),
  );
  const path = `${scratch}/imports.json`;
  Deno.writeTextFileSync(path, JSON.stringify({ imports: { ...imports, ...replaced, ...changed } }));
  return path;
}
