/** Opens the store that a command line means. */
import { resolve } from "node:path";
import { explainSystemError } from "../../../lib/base/system_error_io.ts";
import { openStore, type Store } from "../../engine/store/store_io.ts";
import type { Project } from "./project_io.ts";
import { tell } from "../../reporters/print_io.ts";

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
  tell(`warning: ${message}`);
}
