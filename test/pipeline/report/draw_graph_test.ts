import { assertEquals } from "@std/assert";
import { drawGraph, type DrawnTask } from "../../../pipeline/report/text/draw_graph.ts";

const TASKS: readonly DrawnTask[] = [
  { name: "index/x", reads: [], state: "fresh" },
  { name: 'train/"a"', reads: ["index/x"], state: "stale" },
];

Deno.test("drawGraph() draws text", () => {
  assertEquals(drawGraph(TASKS, "text"), 'index/x (fresh)\ntrain/"a" (stale)\n  <- index/x');
});

Deno.test("drawGraph() quotes names for Mermaid and DOT", () => {
  const mermaid = drawGraph(TASKS, "mermaid").split("\n");
  assertEquals(mermaid.slice(1, 4), [
    '  t0["index/x"]:::fresh',
    '  t1["train/#quot;a#quot;"]:::stale',
    "  t0 --> t1",
  ]);
  const dot = drawGraph(TASKS, "dot").split("\n");
  assertEquals(dot[4], '  "index/x" -> "train/\\"a\\"";');
});
