/** Graphs whose model computes in half precision. */
import { UserError } from "../base/errors.ts";
import { MOST } from "./float16.ts";
import type { Graph, Initializer, Node } from "./graph.ts";
import { CAST_TO, typesOf } from "./types.ts";

/**
 * The model in float16. The front-end stays in float32: powers of quiet sounds, and what is added before their log, are
 * below what a half can hold. So do the input and what comes out, which some runtimes take as float32 only.
 *
 * @throws {UserError} `usage` if a weight is too large for a half.
 */
export function halved(graph: Graph): Graph {
  const types = typesOf(graph);
  const nodes: Node[] = [];
  const initializers = new Map(graph.initializers);
  const halves = new Map<string, string>();
  /** Values of the model, which are halves from here on. */
  const inHalf = new Set(
    graph.nodes.filter(({ part }) => part === "model").flatMap(({ outputs }) => outputs)
      .filter((name) => types.get(name) === "float32"),
  );
  const cast = (name: string, to: keyof typeof CAST_TO, part: Node["part"]) => {
    const made = `${name}_${to}`;
    if (!halves.has(made)) {
      nodes.push({
        type: "Cast",
        inputs: [name],
        outputs: [made],
        attributes: { to: { int: CAST_TO[to] } },
        part,
      });
      halves.set(made, name);
    }
    return made;
  };
  const halfOf = (name: string) => {
    if (types.get(name) !== "float32" || inHalf.has(name)) return name;
    const initializer = graph.initializers.get(name);
    if (initializer === undefined) return cast(name, "float16", "model");
    const made = `${name}_float16`;
    if (!initializers.has(made)) initializers.set(made, halfInitializer(initializer));
    return made;
  };
  for (const node of graph.nodes) {
    const inputs = node.part === "model"
      ? node.inputs.map((name) => name === "" ? name : halfOf(name))
      : node.inputs.map((name) => inHalf.has(name) ? cast(name, "float32", "answer") : name);
    nodes.push({ ...node, inputs });
  }
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  return { ...graph, nodes, initializers: new Map([...initializers].filter(([name]) => used.has(name))) };
}

function halfInitializer({ shape, values }: Initializer): Initializer {
  for (let i = 0; i < values.length; i++) {
    if (Math.abs(values[i]!) <= MOST) continue;
    throw new UserError(
      "usage",
      `Cannot export in float16: a weight of the model is ${
        values[i]
      }, and halves go up to ${MOST}. Export it in float32.`,
    );
  }
  return { shape, type: "float16", values };
}
