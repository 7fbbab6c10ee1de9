/** Says which results were made where other bytes may come out than here. Pure. */
import { differencesOf, type Environment } from "../../lib/base/environment.ts";
import type { PlanOptions } from "./executor.ts";
import type { Plan } from "./plan.ts";
import type { MadeElsewhere, Receipt, TaskSpec } from "./types.ts";

/** Facts of this machine, of those that are asked for. */
export type EnvironmentLookup = (facts: Iterable<string>) => Promise<Environment>;

/** A result that is used as it is. */
export interface UsedResult {
  readonly spec: Pick<TaskSpec, "stage">;
  readonly receipt: Pick<Receipt, "environment">;
}

/** The same of a plan, before anything runs. */
export async function elsewhereIn(
  plan: Plan,
  { graph, here }: Pick<PlanOptions, "graph" | "here">,
): Promise<MadeElsewhere | undefined> {
  if (here === undefined) return undefined;
  const used = graph.tasks.flatMap((spec) => {
    const state = plan.get(spec.name);
    return state?.kind === "fresh" ? [{ spec, receipt: state.receipt }] : [];
  });
  return await madeElsewhere(used, graph.tasks.length, here);
}

/** @param all How many tasks there are. @returns Nothing if all were made in such an environment as this one. */
export async function madeElsewhere(
  used: readonly UsedResult[],
  all: number,
  lookup: EnvironmentLookup,
): Promise<MadeElsewhere | undefined> {
  const here = await lookup(new Set(used.flatMap(({ receipt }) => Object.keys(receipt.environment ?? {}))));
  const others = used.map(({ spec, receipt }) => ({
    stage: spec.stage,
    differences: differencesOf(receipt.environment, here),
  })).filter(({ differences }) => differences.length > 0);
  if (others.length === 0) return undefined;
  const alike = Map.groupBy(
    others.flatMap(({ differences }) => differences),
    ({ fact, there }) => JSON.stringify([fact, there]),
  );
  return {
    results: others.length,
    differences: [...alike.values()].map((same) => ({ ...same[0]!, results: same.length })),
    force: others.length === all ? ["*"] : [...new Set(others.map(({ stage }) => stage))],
  };
}
