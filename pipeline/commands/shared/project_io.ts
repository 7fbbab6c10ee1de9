/** Where the project is, and its configuration. */
import { fileURLToPath } from "node:url";
import type { ConfReader } from "../../config/compose.ts";
import { openConf } from "../../config/conf_io.ts";

export interface Project {
  /** Folder of `deno.json`, without a slash at the end. */
  readonly root: string;
  readonly conf: ConfReader;
}

export function openProject(): Project {
  const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/[/\\]$/, "");
  return { root, conf: openConf(`${root}/conf`) };
}
