/** Where the project is, and its configuration. */
import { fileURLToPath } from "node:url";
import type { ConfReader } from "../../config/compose.ts";
import { openConf } from "../../config/conf_io.ts";

export interface Project {
  /** Folder of `deno.json`, without a slash at the end. */
  readonly root: string;
  /** The folder that the user stands in: what typed paths are relative to. */
  readonly here: string;
  readonly conf: ConfReader;
}

export function openProject(): Project {
  const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/[/\\]$/, "");
  // deno task goes to the project's folder and leaves behind where it was called.
  const cwd = Deno.cwd();
  const here = cwd === Deno.realPathSync(root) ? Deno.env.get("INIT_CWD") ?? cwd : cwd;
  return { root, here, conf: openConf(`${root}/conf`, here) };
}
