/** Where the project is, its configuration and its store. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { explainSystemError } from "../../../lib/base/system_error_io.ts";
import type { ConfReader } from "../../config/compose.ts";
import { openConf } from "../../config/conf_io.ts";
import { openStore, type Store } from "../../engine/store/store_io.ts";

export interface Project {
  /** Folder of `deno.json`, without a slash at the end. */
  readonly root: string;
  readonly conf: ConfReader;
}

export function openProject(): Project {
  const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
  return { root, conf: openConf(`${root}/conf`) };
}

/** @param flag Of `--store`; the store is made if it is not there. */
export function openProjectStore({ root: project }: Project, flag: string | undefined): Store {
  const root = flag === undefined ? `${project}/data/store` : resolve(flag);
  try {
    return openStore(root, { onWarning: warn });
  } catch (error) {
    throw explainSystemError(error, `open the store in ${root}`);
  }
}

export function warn(message: string): void {
  console.error(`warning: ${message}`);
}
