/** Models in eight bits: near what they were, with the front-end as it was. */
import { assert, assertEquals } from "@std/assert";
import { openBackend } from "../../../lib/backend/backend_io.ts";
import type { Graph } from "../../../lib/onnx/graph.ts";
import { calibrated, quantised, type Range, withOutputs } from "../../../lib/onnx/quantise.ts";
import { inOnnxRuntimeWeb } from "../../onnx/onnx_io.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { asPreferred } from "../frontends/filters/front_ends.ts";
import { distance, type Exported, exported } from "./networks.ts";

/** Of probabilities, and of logits as a share of the largest: eight bits in every layer. */
const TOLERANCE = 0.1;
const MODELS = ["linear", "ds_cnn", "matchboxnet"];

Deno.test("a model in eight bits answers nearly as before, and its front-end computes in float32", async (t) => {
  await openBackend("wasm");
  await using folder = tempDir();
  const frontend = await asPreferred("nnaudio", "D");
  const seen: Exported[] = [];
  for (const model of MODELS) {
    const watched = (graph: Graph) => withOutputs(graph, calibrated(graph));
    seen.push(await exported(folder.path, `${model}-seen`, frontend, model, "clip", watched));
  }
  const values = await inOnnxRuntimeWeb(
    seen.map((own) => ({ ...own.case, waves: own.case.waves.slice(1, 2) })),
  );
  const short: Exported[] = [];
  for (const [i, model] of MODELS.entries()) {
    const ranges = new Map(
      Object.entries(values[i]!.outputs[0]!).map(([name, { values }]) => [name, rangeOf(values)]),
    );
    // Of the same name, so with the same weights.
    const change = (graph: Graph) => quantised(graph, ranges);
    short.push(await exported(folder.path, `${model}-seen`, frontend, model, "clip", change));
    await t.step(`${model} is in integers wherever it multiplies with weights`, () => {
      const graph = quantised(short[i]!.graph.graph, ranges);
      checkIntegers(graph);
    });
  }
  const results = await inOnnxRuntimeWeb(
    short.map((own) => ({ ...own.case, waves: own.case.waves.slice(1, 2) })),
  );
  for (const [i, own] of short.entries()) {
    await t.step(own.name, () => {
      const apart = distance({ ...own, wanted: own.wanted.slice(1, 2) }, results[i]!);
      assert(apart > 1e-6 && apart < TOLERANCE, `${apart} apart`);
    });
  }
});

Deno.test("a bias that would not fit in 32 bits makes its weights coarser instead", () => {
  const graph: Graph = {
    name: "one",
    inputs: [{ name: "x", type: "float32", shape: [1, 1, 4], about: "" }],
    outputs: [{ name: "y", type: "float32", shape: null, about: "" }],
    nodes: [{ type: "Conv", inputs: ["x", "w", "b"], outputs: ["y"], attributes: {}, part: "model" }],
    initializers: new Map([
      ["w", { shape: [2, 1, 1], type: "float32", values: [1e-9, 1] }],
      ["b", { shape: [2], type: "float32", values: [1e6, 0.5] }],
    ]),
  };
  const ranges = new Map([["x", { least: -1, most: 1 }], ["y", { least: -1, most: 1 }]]);
  const { initializers } = quantised(graph, ranges);
  const biases = initializers.get("b_x_int32")!.values;
  const [scale] = Array.from(initializers.get("b_x_int32_scale")!.values);
  assert(Math.abs(biases[0]!) <= 2 ** 31 - 1);
  assert(Math.abs(biases[0]! * scale! - 1e6) < 1);
  assertEquals(Array.from(initializers.get("w_int8")!.values), [0, 63]);
});

function rangeOf(values: readonly number[]): Range {
  return values.reduce<Range>(
    ({ least, most }, value) => ({ least: Math.min(least, value), most: Math.max(most, value) }),
    { least: Infinity, most: -Infinity },
  );
}

function checkIntegers({ nodes, initializers }: Graph): void {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  for (const node of nodes) {
    const isWhole = node.part === "model" && (node.type === "Conv" || node.type === "MatMul");
    const types = node.inputs.slice(0, 2).map((name) => makers.get(name)?.type);
    if (isWhole) assertEquals(types, ["DequantizeLinear", "DequantizeLinear"], node.outputs[0]!);
    if (node.part === "frontend") {
      assert(!node.type.includes("Quantize"));
      assert(node.inputs.every((name) => makers.get(name)?.part !== "model"), node.outputs[0]!);
    }
  }
  const weights = [...initializers].filter(([name, { type, shape }]) =>
    type === "int8" && shape.length > 1 && !name.endsWith("_zero")
  );
  assert(weights.length > 0);
  // Products of eight by eight bits overflow where a processor adds them up in sixteen.
  for (const [name, { values }] of weights) {
    assert(Array.from(values).every((value) => Math.abs(value) <= 64), name);
  }
}
