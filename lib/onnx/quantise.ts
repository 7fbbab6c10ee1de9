/** Graphs whose model computes in integers of eight bits: static, in the QDQ form, which all runtimes can also read as it is. */
import { type Graph, type Initializer, type Node, withoutUnused } from "./graph.ts";

/** What a value was seen to be, over all clips of the calibration. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

/**
 * Weights keep seven bits: processors without VNNI add up products of eight by eight bits in sixteen, where two of the
 * largest do not fit.
 */
const MOST_WEIGHT = 63;
/** Half of what 32 bits hold: scales are rounded. */
const MOST_BIAS = 2 ** 30;

/** Values of which ranges must be known. */
export function calibrated(graph: Graph): string[] {
  const found = new Set<string>();
  const behind = behindOf(graph);
  for (const node of graph.nodes) {
    if (!isQuantised(node, graph)) continue;
    found.add(node.inputs[0]!);
    const made = behind.get(node);
    if (made !== undefined) found.add(made);
  }
  return [...found];
}

/** The graph with more outputs: values as they are. */
export function withOutputs(graph: Graph, names: readonly string[]): Graph {
  const more = names.map((name) => ({ name, type: "float32", shape: null, about: "" }) as const);
  return { ...graph, outputs: [...graph.outputs, ...more] };
}

/**
 * Convolutions and products of the model with constant weights, in integers; weights a scale for each output, values one.
 * The front-end stays in float32, as sounds have more than eight bits, and so does an LSTM, for which there is no such
 * operator.
 *
 * @param ranges Of {@link calibrated} values.
 */
export function quantised(graph: Graph, ranges: ReadonlyMap<string, Range>): Graph {
  const quantiser = new Quantiser(graph, ranges);
  quantiser.run();
  return withoutUnused({ ...graph, nodes: quantiser.nodes, initializers: quantiser.initializers });
}

function isQuantised({ type, part, inputs }: Node, { initializers }: Pick<Graph, "initializers">): boolean {
  return part === "model" && (type === "Conv" || type === "MatMul") && initializers.has(inputs[1]!);
}

/**
 * The value in which a convolution's result is quantised: its own, or that of the rectifier behind it. A product's stays
 * as it is: the last one makes logits, which eight bits would blur.
 */
function behindOf(graph: Graph): ReadonlyMap<Node, string> {
  const readers = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const name of node.inputs) readers.set(name, [...readers.get(name) ?? [], node]);
  }
  return new Map(
    graph.nodes.filter((node) => node.type === "Conv" && isQuantised(node, graph)).map((node) => {
      const own = node.outputs[0]!;
      const [next, ...others] = readers.get(own) ?? [];
      const isRectified = next?.type === "Relu" && others.length === 0;
      return [node, isRectified ? next.outputs[0]! : own] as const;
    }),
  );
}

interface Scale {
  readonly scale: number;
  readonly zero: number;
}

class Quantiser {
  readonly nodes: Node[] = [];
  readonly initializers: Map<string, Initializer>;
  readonly #graph: Graph;
  readonly #ranges: ReadonlyMap<string, Range>;
  /** Names of the same values after eight bits. */
  readonly #short = new Map<string, string>();

  constructor(graph: Graph, ranges: ReadonlyMap<string, Range>) {
    this.#graph = graph;
    this.#ranges = ranges;
    this.initializers = new Map(graph.initializers);
  }

  run(): void {
    const made = new Set(behindOf(this.#graph).values());
    for (const node of this.#graph.nodes) {
      if (isQuantised(node, this.#graph)) this.#add(node);
      else this.nodes.push({ ...node, inputs: node.inputs.map((name) => this.#short.get(name) ?? name) });
      for (const name of node.outputs) if (made.has(name)) this.#shorten(name);
    }
  }

  #add(node: Node): void {
    const [x, weight, bias] = node.inputs as [string, string, string?];
    const input = this.#shorten(x);
    const { scale } = this.#scaleOf(x);
    const axis = node.type === "Conv" ? 0 : 1;
    const own = this.initializers.get(weight)!;
    const numbers = bias === undefined ? undefined : this.initializers.get(bias)!;
    const scales = weightScales(own, axis, scale, numbers?.values);
    const inputs = [
      input,
      this.#constant(`${weight}_int8`, integersOf(own, axis, scales), "int8", own.shape, scales, axis),
    ];
    if (numbers !== undefined) {
      const steps = scales.map((one) => one * scale);
      const whole = Array.from(numbers.values, (value, i) => Math.round(value / steps[i]!));
      inputs.push(this.#constant(`${bias}_${x}_int32`, whole, "int32", numbers.shape, steps, 0));
    }
    this.nodes.push({ ...node, inputs });
  }

  /** A value through eight bits and back. */
  #shorten(name: string): string {
    const known = this.#short.get(name);
    if (known !== undefined) return known;
    const { scale, zero } = this.#scaleOf(name);
    const [whole, back] = [`${name}_uint8`, `${name}_short`];
    const numbers = [
      this.#numbers(`${name}_scale`, [scale], "float32", []),
      this.#numbers(`${name}_zero`, [zero], "uint8", []),
    ];
    this.#node("QuantizeLinear", [name, ...numbers], whole);
    this.#node("DequantizeLinear", [whole, ...numbers], back);
    this.#short.set(name, back);
    return back;
  }

  #scaleOf(name: string): Scale {
    const range = this.#ranges.get(name);
    if (range === undefined) throw new Error(`Nothing is known of the range of ${name}`);
    const [least, most] = [Math.min(0, range.least), Math.max(0, range.most)]; // padding is 0, and must be exact
    const scale = Math.fround((most - least) / 255) || 1;
    return { scale, zero: Math.round(-least / scale) };
  }

  /** @returns The constant as floats. */
  #constant(
    name: string,
    values: ArrayLike<number>,
    type: "int8" | "int32",
    shape: readonly number[],
    scales: readonly number[],
    axis: number,
  ): string {
    const made = `${name}_float`;
    if (this.initializers.has(name)) return made;
    this.#numbers(name, values, type, shape);
    const zeros = this.#numbers(`${name}_zero`, scales.map(() => 0), type, [scales.length]);
    const steps = this.#numbers(`${name}_scale`, scales, "float32", [scales.length]);
    this.#node("DequantizeLinear", [name, steps, zeros], made, { axis: { int: axis } });
    return made;
  }

  #numbers(
    name: string,
    values: ArrayLike<number>,
    type: Initializer["type"],
    shape: readonly number[],
  ): string {
    this.initializers.set(name, { shape, type, values });
    return name;
  }

  #node(type: string, inputs: string[], output: string, attributes: Node["attributes"] = {}): void {
    this.nodes.push({ type, inputs, outputs: [output], attributes, part: "model" });
  }
}

/** One for each output, so large that its bias fits in 32 bits too. */
function weightScales(
  weight: Initializer,
  axis: number,
  inputScale: number,
  bias: ArrayLike<number> | undefined,
): number[] {
  const largest = Array.from({ length: weight.shape[axis]! }, () => 0);
  each(weight, axis, (value, output) => largest[output] = Math.max(largest[output]!, Math.abs(value)));
  return largest.map((most, output) =>
    Math.fround(Math.max(most / MOST_WEIGHT, Math.abs(bias?.[output] ?? 0) / (inputScale * MOST_BIAS))) || 1
  );
}

function integersOf(weight: Initializer, axis: number, scales: readonly number[]): number[] {
  const whole: number[] = [];
  each(weight, axis, (value, output) => whole.push(Math.round(value / scales[output]!)));
  return whole;
}

function each(
  { shape, values }: Initializer,
  axis: number,
  see: (value: number, output: number) => void,
): void {
  const inner = shape.slice(axis + 1).reduce((n, m) => n * m, 1);
  for (let i = 0; i < values.length; i++) see(values[i]!, Math.floor(i / inner) % shape[axis]!);
}
