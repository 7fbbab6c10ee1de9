/** Opens the store that a command line means. */
import { resolve } from "node:path";
import { UserError } from "../../../lib/base/errors.ts";
import { explainSystemError } from "../../../lib/base/system_error_io.ts";
import { openStore, type Store, type StoreOptions } from "../../engine/store/store_io.ts";
import type { Project } from "./project_io.ts";
import { tell } from "../../reporters/print_io.ts";

/**
 * `make`: the store is made if it is not there; `read`, `look`: then it is empty; `clean`: then that is an error. What is
 * made or read is kept from being removed by others as long as the command runs, and counts as used.
 */
export type StoreUse = "make" | "read" | "look" | "clean";

/**
 * @param flag Of `--store`.
 * @param cache As {@link StoreOptions} has it.
 * @throws {UserError} If the folder is not a store and cannot become one.
 */
export function openProjectStore(
  project: Project,
  flag: string | undefined,
  use: StoreUse,
  cache?: StoreOptions["cache"],
): Store {
  const root = storeRoot(project, flag);
  try {
    const store = openStore(root, {
      create: use === "make",
      onWarning: warn,
      ...(cache === undefined ? {} : { cache }),
    });
    if (store.exists) {
      if (use === "make" || use === "read") useUntilTheEnd(store);
      return store;
    }
    if (use === "clean") {
      throw new UserError("usage", `Cannot remove anything from ${root}: no store is there. Check --store.`);
    }
    tell(`No store is in ${root} yet.`);
    return store;
  } catch (error) {
    throw explainSystemError(error, `open the store in ${root}`);
  }
}

/** Absolute, whatever is there. @param flag Of `--store`. @throws {UserError} If it names nothing. */
export function storeRoot({ root: project, here }: Project, flag: string | undefined): string {
  if (flag?.trim() === "") {
    throw new UserError("usage", "Cannot use a store without a name: --store wants a folder, found nothing.");
  }
  return flag === undefined ? `${project}/data/store` : resolve(here, flag);
}

function useUntilTheEnd(store: Store): void {
  const use = store.begin();
  globalThis.addEventListener("unload", () => use[Symbol.dispose]());
}

export function warn(message: string): void {
  tell(`warning: ${message}`);
}
