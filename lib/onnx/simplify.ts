/** Makes graphs smaller that compute the same: factors and offsets behind a convolution become its weights. */
import { countReads, type Graph, type Initializer, type Node, withoutUnused } from "./graph.ts";

/** Folds until nothing more can be folded. */
export function simplified(graph: Graph): Graph {
  const folder = new Folder(graph);
  folder.run();
  return withoutUnused({ ...graph, nodes: folder.nodes, initializers: folder.initializers });
}

class Folder {
  nodes: Node[];
  readonly initializers: Map<string, Initializer>;
  readonly #outputs: Graph["outputs"];
  #count = 0;

  constructor({ nodes, initializers, outputs }: Graph) {
    this.nodes = [...nodes];
    this.initializers = new Map(initializers);
    this.#outputs = outputs;
  }

  run(): void {
    while (this.#foldOne());
  }

  #foldOne(): boolean {
    const reads = countReads({ nodes: this.nodes, outputs: this.#outputs });
    const makers = new Map(this.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
    for (const node of this.nodes) {
      const before = node.inputs.map((name) => makers.get(name)).find((maker) => maker?.type === "Conv");
      if (before === undefined || reads.get(before.outputs[0]!) !== 1) continue;
      const joined = this.#joined(before, node);
      if (joined === undefined) continue;
      this.nodes = this.nodes.flatMap((other) => other === before ? [] : other === node ? [joined] : [other]);
      return true;
    }
    return false;
  }

  /** One convolution in the place of one and what comes behind it. */
  #joined(conv: Node, next: Node): Node | undefined {
    const at = next.inputs.indexOf(conv.outputs[0]!);
    if (next.type === "Conv") return at === 0 ? this.#ofTwo(conv, next) : undefined;
    if (next.type !== "Mul" && next.type !== "Add") return undefined;
    const numbers = this.#perChannel(conv, this.initializers.get(next.inputs[1 - at]!));
    if (numbers === undefined) return undefined;
    const { weight, bias } = this.#operands(conv);
    return next.type === "Add"
      ? this.#conv(conv, next, weight, bias.map((own, c) => own + numbers[c]!))
      : this.#conv(conv, next, scaled(weight, numbers), bias.map((own, c) => own * numbers[c]!));
  }

  /** One number for each channel of a convolution's output, if a constant is that. */
  #perChannel(conv: Node, constant: Initializer | undefined): number[] | undefined {
    if (constant === undefined) return undefined;
    const channels = this.#operands(conv).weight.shape[0]!;
    const rank = this.#operands(conv).weight.shape.length;
    const { shape, values } = constant;
    if (values.length === 1) return Array.from({ length: channels }, () => values[0]!);
    const isChannels = shape.length === rank && shape[1] === channels && values.length === channels;
    return isChannels ? Array.from(values) : undefined;
  }

  /** A 1x1 convolution behind one that has no bias of its own to be padded. */
  #ofTwo(conv: Node, next: Node): Node | undefined {
    const [first, second] = [this.#operands(conv), this.#operands(next)];
    const [out, inputs, ...size] = second.weight.shape as [number, number, ...number[]];
    const isPlain = size.every((length) => length === 1) &&
      intsOf(next, "strides").every((own) => own === 1) &&
      intsOf(next, "pads").every((own) => own === 0) && groupOf(next) === 1 && groupOf(conv) === 1;
    if (!isPlain || first.weight.shape[0] !== inputs) return undefined;
    const taps = first.weight.values.length / inputs;
    if (out * taps > inputs * taps + out * inputs) return undefined; // larger than both
    const values = new Float32Array(out * taps);
    const bias = [...second.bias];
    for (let o = 0; o < out; o++) {
      for (let tap = 0; tap < taps; tap++) {
        let sum = 0;
        for (let i = 0; i < inputs; i++) {
          sum += second.weight.values[o * inputs + i]! * first.weight.values[i * taps + tap]!;
        }
        values[o * taps + tap] = sum;
      }
      for (let i = 0; i < inputs; i++) bias[o]! += second.weight.values[o * inputs + i]! * first.bias[i]!;
    }
    const weight = { ...first.weight, shape: [out, ...first.weight.shape.slice(1)], values };
    return this.#conv(conv, next, weight, bias);
  }

  /** The convolution with other operands, and the output of what came behind it. */
  #conv(conv: Node, next: Node, weight: Initializer, bias: readonly number[]): Node {
    const names = ["weight", "bias"].map((what) => `folded_${what}_${this.#count}`) as [string, string];
    this.#count++;
    this.initializers.set(names[0], weight);
    this.initializers.set(names[1], {
      shape: [bias.length],
      type: "float32",
      values: Float32Array.from(bias),
    });
    return { ...conv, inputs: [conv.inputs[0]!, ...names], outputs: next.outputs, part: next.part };
  }

  #operands({ inputs }: Node): { readonly weight: Initializer; readonly bias: readonly number[] } {
    const weight = this.initializers.get(inputs[1]!)!;
    const bias = inputs[2] === undefined ? undefined : this.initializers.get(inputs[2]);
    const none = () => Array.from({ length: weight.shape[0]! }, () => 0);
    return { weight, bias: bias === undefined ? none() : Array.from(bias.values) };
  }
}

function scaled({ shape, type, values }: Initializer, factors: readonly number[]): Initializer {
  const size = values.length / factors.length;
  return {
    shape,
    type,
    values: Float32Array.from(values, (value, i) => value * factors[Math.floor(i / size)]!),
  };
}

function intsOf({ attributes }: Node, name: string): readonly number[] {
  const attribute = attributes[name];
  return attribute !== undefined && "ints" in attribute ? attribute.ints : [];
}

function groupOf({ attributes }: Node): number {
  const { group } = attributes;
  return group !== undefined && "int" in group ? group.int : 1;
}
