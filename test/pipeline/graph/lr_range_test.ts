import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { openConf } from "../../pipeline/config/conf_io.ts";
import { parseOverride } from "../../pipeline/config/override.ts";
import { expandSweep } from "../../pipeline/config/sweep.ts";
import { runGraph } from "../../pipeline/graph.ts";
import { lrRangeGraph } from "../../pipeline/lr_range_graph.ts";

const conf = openConf(fromFileUrl(new URL("../../conf", import.meta.url)));
const OPTIONS = {
  autoBackend: "wasm",
  title: "T",
  name: "t",
  resolvePath: (path: string) => `/${path}`,
  downloads: { sources: () => ({}), byHand: "/raw" },
} as const;

Deno.test("lrRangeGraph() tests each run on the very tasks that a training takes its features from", () => {
  const sweep = expandSweep(conf, "kws", [parseOverride("setting=A,D")]);
  const { graph, tests } = lrRangeGraph(sweep, { low: 1e-5, high: 1, steps: null }, OPTIONS);
  assertEquals(tests.map(({ task }) => task), tests.map(({ run }) => `lr_range/${run}`));
  const others = runGraph(sweep, OPTIONS).graph.tasks;
  const shared = graph.tasks.filter(({ stage }) => stage !== "lr_range");
  assertEquals(shared, others.filter(({ name }) => shared.some((task) => task.name === name)));
  assertEquals(shared.map(({ stage }) => stage), ["synthesize", "index", "features", "features"]);
  assert(others.every(({ stage }) => stage !== "lr_range"));
});
