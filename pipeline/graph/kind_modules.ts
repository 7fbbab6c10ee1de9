/** Where the modules of kinds are, for keys: each kind is a folder beside its family's list. Pure. */
import { COMPRESSIONS } from "../../lib/frontends/compressions/kinds.ts";
import type { StepSpec } from "../../lib/frontends/contract.ts";
import type { Checked } from "../config/check.ts";

export function stepModules(steps: readonly StepSpec[]): string[] {
  return [...new Set(steps.map(({ step }) => step))].map((step) =>
    moduleOf(Object.hasOwn(COMPRESSIONS, step) ? "frontends/compressions" : "frontends/steps", step)
  );
}

/** All kinds that a network and its task are made of. */
export function networkModules(
  { config: { task, model }, kinds }: Pick<Checked, "config" | "kinds">,
  steps: readonly StepSpec[],
): string[] {
  const head = kinds.model.heads[kinds.task.head];
  return [
    moduleOf("tasks", task),
    moduleOf("models", model.kind),
    ...(head === undefined || head === null ? [] : [`lib/${head}`]),
    ...stepModules(steps),
  ];
}

export function moduleOf(family: string, kind: string): string {
  return `lib/${family}/${kind}/kind.ts`;
}
