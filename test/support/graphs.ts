/** Graphs of the project's own configuration, planned as commands plan them. */
import { fromFileUrl } from "@std/path";
import { openConf } from "../../pipeline/config/conf_io.ts";
import { parseOverride } from "../../pipeline/config/override.ts";
import { expandSweep, type Sweep } from "../../pipeline/config/sweep.ts";
import type { GraphOptions } from "../../pipeline/graph/runs.ts";
import { type RunGraph, runGraph } from "../../pipeline/graph/runs.ts";
import { parseSources } from "../../lib/download/sources.ts";

export const ROOT = fromFileUrl(new URL("../../", import.meta.url)).replace(/\/$/, "");
export const CONF = openConf(`${ROOT}/conf`);

const SOURCES = `${ROOT}/data/sources.json`;

export const GRAPH_OPTIONS: GraphOptions = {
  autoBackend: "wasm",
  title: "T",
  name: "t",
  downloads: { sources: () => parseSources(Deno.readTextFileSync(SOURCES), SOURCES), byHand: "/raw" },
};

/** @param task Whose `conf/<task>.yaml` has the defaults. @param texts Overrides as typed. */
export function sweepOf(task: string, ...texts: string[]): Promise<Sweep> {
  return expandSweep(CONF, task, texts.map(parseOverride));
}

export async function graphOf(task: string, ...texts: string[]): Promise<RunGraph> {
  return await runGraph(await sweepOf(task, ...texts), GRAPH_OPTIONS);
}
