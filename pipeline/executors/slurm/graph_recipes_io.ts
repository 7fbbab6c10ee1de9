/** Recipes of a graph as it is now: its code and the contents of its external inputs are read. */
import type { CodeReader } from "../../engine/code/closure_io.ts";
import type { Store } from "../../engine/store/store_io.ts";
import type { ContentDigest, TaskGraph, TaskSpec } from "../../engine/types.ts";
import { recipesOf } from "./recipe.ts";

/** Task name -> recipe. @throws {UserError} If an external input is missing. */
export async function graphRecipes(
  graph: TaskGraph,
  store: Store,
  code: CodeReader,
): Promise<ReadonlyMap<string, string>> {
  const externals = await externalDigests(graph.tasks, store);
  return recipesOf(graph, {
    code: (module, kinds) => code.manifest(module, kinds),
    external: (path) => externals[path]!,
  });
}

/** The contents of external inputs, by path. @throws {UserError} If one is missing. */
export async function externalDigests(
  tasks: readonly TaskSpec[],
  store: Store,
): Promise<Record<string, ContentDigest>> {
  const digests: Record<string, ContentDigest> = {};
  for (const source of tasks.flatMap((spec) => Object.values(spec.inputs))) {
    if (source.kind === "external") digests[source.path] ??= await store.externalDigest(source.path);
  }
  return digests;
}
