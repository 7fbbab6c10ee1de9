/** Bundles the page's scripts for the browser, once for each state of their code. */
import { UserError } from "../../lib/base/errors.ts";
import { sha256Json } from "../../lib/base/digest.ts";
import { removeTree, temporaryName } from "../engine/store/atomic_io.ts";
import { openCode } from "../engine/code/closure_io.ts";

/** Name of the bundle -> module it is made from. They import nothing any more, so that each is a script of any kind. */
const SCRIPTS = {
  "page.js": "pipeline/demo/page_io.ts",
  "worker.js": "pipeline/demo/worker_io.ts",
  "capture.js": "lib/live/capture_worklet.ts",
  "thread.js": "lib/kernels/wasm/worker_browser.ts",
} as const;

/** All packages that the bundles are made from, as the lock file calls them. */
export function bundledPackages(root: string): ReadonlySet<string> {
  const code = openCode(root);
  return new Set(Object.values(SCRIPTS).flatMap((module) => Object.keys(code.manifest(module).packages)));
}

/** Raised when the way of bundling changes. */
const FORMAT = 2;

/**
 * @param folder Where bundles are kept; those of other states of the code go.
 * @param onStart Told when bundling is needed: it takes seconds, and the first time Deno fetches its bundler.
 * @returns Folder with `page.js`, `worker.js`, `capture.js` and `thread.js`.
 * @throws {UserError} "unexpected" with what the bundler says.
 */
export async function bundleScripts(root: string, folder: string, onStart: () => void): Promise<string> {
  const code = openCode(root);
  const digest = sha256Json([
    FORMAT,
    Deno.version.deno,
    ...Object.values(SCRIPTS).map((module) => code.manifest(module).digest),
  ]);
  const target = `${folder}/${digest.slice(0, 16)}`;
  if (exists(target)) return target;
  onStart();
  Deno.mkdirSync(folder, { recursive: true });
  const staging = temporaryName(target);
  try {
    await Promise.all(
      Object.entries(SCRIPTS).map(([name, module]) => bundle(root, module, `${staging}/${name}`)),
    );
    for (const { name } of Deno.readDirSync(folder)) {
      if (/^[0-9a-f]{16}$/.test(name)) removeTree(`${folder}/${name}`);
    }
    Deno.renameSync(staging, target);
  } catch (error) {
    if (!exists(target)) throw error; // else another process was faster
  } finally {
    removeTree(staging);
  }
  return target;
}

async function bundle(root: string, module: string, output: string): Promise<void> {
  // deno-fmt-ignore
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle", "--quiet", "--format", "iife", "--platform", "browser", "--minify", "--frozen", `--config=${root}/deno.json`,
      "--output", output, `${root}/${module}`,
    ],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  throw new UserError(
    "unexpected",
    `Cannot bundle ${module} for the browser: ${
      new TextDecoder().decode(stderr).trim()
    }. The first time, Deno fetches ` +
      `its bundler from the npm registry: see that it can be reached.`,
  );
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
