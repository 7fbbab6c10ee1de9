/**
 * What a task is before its inputs exist: its name, its own definition and the recipes of the tasks it reads. Two submissions
 * that mean the same work have the same recipe, so that what is queued already is not queued again. Pure.
 */
import { sha256Json } from "../../../lib/base/digest.ts";
import type { Json } from "../../../lib/base/json.ts";
import type { CodeLookup } from "../../engine/fingerprint.ts";
import { orderTasks } from "../../engine/order.ts";
import type { ContentDigest, TaskGraph } from "../../engine/types.ts";

export interface RecipeLookup {
  readonly code: CodeLookup;
  external(path: string): ContentDigest;
}

/** Task name -> SHA-256 of its recipe. */
export function recipesOf(graph: TaskGraph, lookup: RecipeLookup): ReadonlyMap<string, string> {
  const recipes = new Map<string, string>();
  for (const { name, stage, module, kinds, slice, inputs, outputs } of orderTasks(graph)) {
    const code = lookup.code(module, kinds).digest;
    const sources = Object.entries(inputs).map(([input, source]): [string, Json] => [
      input,
      source.kind === "external"
        ? lookup.external(source.path)
        : { recipe: recipes.get(source.task)!, output: source.output },
    ]);
    recipes.set(name, sha256Json({ name, stage, code, slice, inputs: Object.fromEntries(sources), outputs }));
  }
  return recipes;
}
