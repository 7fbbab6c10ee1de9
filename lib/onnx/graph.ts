/** A graph of ONNX nodes in memory: what is written to files, and what is folded, halved and quantised. */

/** Of a tensor's elements, as ONNX calls them. */
export type ElementType = "float32" | "float16" | "int8" | "uint8" | "int32" | "int64" | "bool";

/** A constant of the graph. */
export interface Initializer {
  readonly shape: readonly number[];
  readonly type: ElementType;
  /** As many as the shape says; of int64 as numbers, of float16 as float32. */
  readonly values: ArrayLike<number>;
}

export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly texts: readonly string[] }
  | { readonly graph: Graph };

/** Whom a node belongs to: what is kept in float32 and what need not be. */
export type Part = "frontend" | "model" | "answer";

export interface Node {
  /** Of the default domain. */
  readonly type: string;
  /** Names of values; an empty one is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly part: Part;
}

/** What goes into a graph, or comes out of it. */
export interface Port {
  readonly name: string;
  readonly type: ElementType;
  /** A text names a size that each call may choose; null: nothing is said. */
  readonly shape: readonly (number | string)[] | null;
  /** What it is, for people. */
  readonly about: string;
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** In an order in which they can be computed. */
  readonly nodes: readonly Node[];
  readonly initializers: ReadonlyMap<string, Initializer>;
}

/** Names of values that a node reads, those within its own graphs included. */
export function readsOf(node: Node): string[] {
  const inner = Object.values(node.attributes).flatMap((attribute) =>
    "graph" in attribute ? attribute.graph.nodes.flatMap(readsOf) : []
  );
  return [...node.inputs, ...inner].filter((name) => name !== "");
}

/** How many nodes and outputs read each value. */
export function countReads({ nodes, outputs }: Pick<Graph, "nodes" | "outputs">): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  nodes.flatMap(readsOf).forEach(add);
  outputs.forEach(({ name }) => add(name));
  return counts;
}

/** The same without nodes and constants that no output needs. */
export function withoutUnused(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map(({ name }) => name));
  const nodes: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    readsOf(node).forEach((name) => needed.add(name));
    nodes.unshift(node);
  }
  const initializers = new Map([...graph.initializers].filter(([name]) => needed.has(name)));
  return { ...graph, nodes, initializers };
}
