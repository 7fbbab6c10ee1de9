/**
 * What a task is before its inputs exist: its name, its own definition and the recipes of the tasks it reads. Two submissions
 * that mean the same work have the same recipe, so that what is queued already is not queued again. Pure.
 */
import { sha256Json } from "../../../lib/base/digest.ts";
import type { Json } from "../../../lib/base/json.ts";
import { orderTasks } from "../../engine/order.ts";
import type { CodeManifest, ContentDigest, TaskGraph } from "../../engine/types.ts";

export interface RecipeLookup {
  code(module: string): CodeManifest;
  external(path: string): ContentDigest;
}

/** Task name -> SHA-256 of its recipe. */
export function recipesOf(graph: TaskGraph, lookup: RecipeLookup): ReadonlyMap<string, string> {
  const recipes = new Map<string, string>();
  const codes = new Map<string, string>();
  for (const { name, stage, module, slice, inputs, outputs } of orderTasks(graph)) {
    const code = codes.get(module) ?? sha256Json(lookup.code(module) as unknown as Json);
    codes.set(module, code);
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
