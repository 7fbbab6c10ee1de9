/** What there is to choose from. */
import { AUGMENTATIONS } from "../augment/kinds.ts";
import { kindNames } from "../base/kinds.ts";
import { COMPRESSIONS } from "../frontends/compressions/kinds.ts";
import { FRONTENDS } from "../frontends/kinds.ts";
import { STEPS } from "../frontends/steps/kinds.ts";
import { MODELS } from "../models/kinds.ts";
import { TASKS } from "../tasks/kinds.ts";
import { OPTIMIZERS } from "../train/optimizers/kinds.ts";

/**
 * Names of the kinds of each family.
 *
 * ```ts
 * import { KINDS } from "./lib/mod.ts";
 *
 * console.log(KINDS.frontends.join(" ")); // nnaudio fastaudio leaf ...
 * ```
 */
export const KINDS: Readonly<
  Record<
    "frontends" | "steps" | "compressions" | "models" | "tasks" | "augmentations" | "optimizers",
    readonly string[]
  >
> = {
  frontends: kindNames(FRONTENDS),
  steps: kindNames(STEPS),
  compressions: kindNames(COMPRESSIONS),
  models: kindNames(MODELS),
  tasks: kindNames(TASKS),
  augmentations: kindNames(AUGMENTATIONS),
  optimizers: kindNames(OPTIMIZERS),
};
