/** A kind of each family that exists only in tests: `test/fixtures/toy` has their folders and values. */
import { fromFileUrl } from "@std/path";
import { copyTree, type ProjectCopy } from "./project.ts";

const TOYS = fromFileUrl(new URL("../fixtures/toy", import.meta.url));

/** Each family's list, and the one line of it. */
export const TOY_LINES: readonly (readonly [list: string, line: string])[] = [
  ["lib/frontends/kinds.ts", 'toy: () => import("./toy/kind.ts"),'],
  ["lib/frontends/steps/kinds.ts", 'toy_gain: () => import("./toy_gain/kind.ts"),'],
  ["lib/frontends/compressions/kinds.ts", 'toy: () => import("./toy/kind.ts"),'],
  ["lib/models/kinds.ts", 'toy: () => import("./toy/kind.ts"),'],
  ["lib/data/kinds.ts", 'toy: () => import("./toy/kind.ts"),'],
  ["lib/tasks/kinds.ts", 'toy: () => import("./toy/kind.ts"),'],
  ["lib/augment/kinds.ts", 'toy: () => import("./toy/kind.ts"),'],
  ["pipeline/executors/kinds.ts", 'toy: () => import("./toy/kind.ts"),'],
];

/** Puts the folders and values beside the others', and a line in each list: nothing else of the program changes. */
export function addToyKinds(project: ProjectCopy): void {
  for (const folder of ["lib", "pipeline", "conf"]) {
    copyTree(`${TOYS}/${folder}`, `${project.root}/${folder}`);
  }
  for (const [list, line] of TOY_LINES) project.edit(list, (text) => text.replace(/^\}/m, `  ${line}\n}`));
}
