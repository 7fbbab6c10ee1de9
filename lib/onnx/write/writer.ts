/** Writes nodes: values with their axes, constants, sizes that are only known when the graph runs. */
import type { Constant } from "../record/tape.ts";
import type { Attribute, Initializer, Node, Part } from "../graph.ts";
import { isFixed, type Lengths, type Sizes, termOf } from "./lengths.ts";

/**
 * A value of the graph as a tensor of the tape. Its axes may lie in another order than they have on the tape, so that what
 * is transposed for one node and back for the next is never moved: axis i of the tensor is axis `order[i]` of the value.
 */
export interface Value {
  readonly name: string;
  /** Sizes of each axis of the tensor, in each of the passes. */
  readonly shape: readonly Sizes[];
  readonly order: readonly number[];
}

/** An operand of a step: a value, or a constant. */
export type Given = Value | Constant;

export function isValue(given: Given): given is Value {
  return "order" in given;
}

/** Values of a constant that is looked for among others. */
const SMALL = 256;

/** Axes as they are. */
export function inOrder(rank: number): number[] {
  return Array.from({ length: rank }, (_, i) => i);
}

/** The place of each axis of a permutation's result. */
export function inverse(permutation: readonly number[]): number[] {
  const places: number[] = [];
  permutation.forEach((axis, i) => places[axis] = i);
  return places;
}

export class Writer {
  readonly nodes: Node[] = [];
  readonly initializers = new Map<string, Initializer>();
  readonly lengths: Lengths;
  /** Whom nodes belong to that are written from now on. */
  part: Part = "frontend";
  /** Whether clips are to come block by block: nothing can be known of a whole one that need not be. */
  readonly isStream: boolean;
  readonly #waveform: string;
  readonly #constants = new Map<string, string>();
  readonly #sizes = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** @param waveform Name of the graph's input `[batch, samples]`. */
  constructor(waveform: string, lengths: Lengths, isStream = false) {
    this.#waveform = waveform;
    this.isStream = isStream;
    this.lengths = lengths;
  }

  /** Adds a node with one output. @returns Its name. */
  node(type: string, inputs: readonly string[], attributes: Record<string, Attribute> = {}): string {
    return this.nodeOf(1, type, inputs, attributes)[0]!;
  }

  /** Adds a node with several outputs. @returns Their names. */
  nodeOf(
    count: number,
    type: string,
    inputs: readonly string[],
    attributes: Record<string, Attribute> = {},
  ): string[] {
    const stem = this.#fresh(type.toLowerCase());
    const outputs = count === 1 ? [stem] : Array.from({ length: count }, (_, i) => `${stem}_${i}`);
    this.nodes.push({ type, inputs, outputs, attributes, part: this.part });
    return outputs;
  }

  /** A constant; small ones that are equal are there once. */
  constant(
    values: ArrayLike<number>,
    shape: readonly number[],
    type: Initializer["type"] = "float32",
  ): string {
    const key = values.length > SMALL ? this.#fresh("large") : `${type} ${shape} ${Array.from(values)}`;
    const found = this.#constants.get(key);
    if (found !== undefined) return found;
    const name = this.#fresh("constant");
    this.initializers.set(name, { shape, type, values });
    this.#constants.set(key, name);
    return name;
  }

  scalar(value: number): string {
    return this.constant([value], []);
  }

  /** `[n]` of int64. */
  integers(values: readonly number[]): string {
    return this.constant(values, [values.length], "int64");
  }

  /** The input, as a value. */
  input(): Value {
    const { batch, samples } = this.lengths;
    return { name: this.#waveform, shape: [batch, samples], order: [0, 1] };
  }

  /** A new value with its axes in the order of the tape. */
  value(name: string, shape: readonly Sizes[]): Value {
    return { name, shape, order: inOrder(shape.length) };
  }

  /** A value whose axes lie in the order of the tape. */
  plain(value: Value): string {
    return this.ordered(value, inOrder(value.order.length));
  }

  /** A value whose axes lie in a given order. */
  ordered({ name, order }: Value, wanted: readonly number[]): string {
    if (order.every((axis, i) => axis === wanted[i])) return name;
    const places = inverse(wanted);
    return this.node("Transpose", [name], { perm: { ints: places.map((axis) => order[axis]!) } });
  }

  /** A size as int64 `[1]`. @param what Names it where it depends on lengths in a way that a graph cannot follow. */
  size(sizes: Sizes, what: string): string {
    if (isFixed(sizes)) return this.integers([sizes[0]!]);
    const { of, factor, more } = termOf(sizes, this.lengths, what);
    const times = factor === 1
      ? this.#length(of)
      : this.node("Mul", [this.#length(of), this.integers([factor])]);
    return more === 0 ? times : this.node("Add", [times, this.integers([more])]);
  }

  /** The tensor in another shape, in the order of the tape. */
  reshape(value: Value, shape: readonly Sizes[]): Value {
    const { shape: given } = value;
    if (given.length === shape.length && given.every((sizes, i) => sizes.join() === shape[i]!.join())) {
      return value;
    }
    const plain = this.plain(value);
    let open = false;
    const targets = shape.map((sizes, i): number | null => {
      if (isFixed(sizes)) return sizes[0]!;
      if (given[i]?.join() === sizes.join()) return 0; // as it is
      if (open) return null;
      open = true;
      return -1; // what is left
    });
    const target = targets.includes(null)
      ? this.node(
        "Concat",
        targets.map((size, i) => size === null ? this.size(shape[i]!, "a shape") : this.integers([size])),
        { axis: { int: 0 } },
      )
      : this.integers(targets as number[]);
    return this.value(this.node("Reshape", [plain, target]), shape);
  }

  /** A constant as an operand beside a value of that rank, its axes in the value's order. */
  beside(constant: Constant, { order }: Value): string {
    const { shape, data } = constant;
    if (data.length === 1) return this.constant(data, []);
    const rank = order.length;
    const whole = [...Array.from({ length: rank - shape.length }, () => 1), ...shape];
    const axes = inverse(order); // of the tensor, in the order of the value
    return this.constant(transposed(data, whole, axes), axes.map((axis) => whole[axis]!));
  }

  /** First elements along an axis of a value. @param axis Of the value. */
  firstOf(name: string, axis: number, count: Sizes, what: string): string {
    return this.node("Slice", [name, this.integers([0]), this.size(count, what), this.integers([axis])]);
  }

  #length(of: "batch" | "samples" | "frames"): string {
    const found = this.#sizes.get(of);
    if (found !== undefined) return found;
    const part = this.part;
    this.part = "frontend";
    const made = of === "frames" ? this.#frames() : this.#axis(of === "batch" ? 0 : 1);
    this.part = part;
    this.#sizes.set(of, made);
    return made;
  }

  #axis(axis: number): string {
    const shape = this.#sizes.get("shape") ?? this.node("Shape", [this.#waveform]);
    this.#sizes.set("shape", shape);
    return this.node("Slice", [shape, this.integers([axis]), this.integers([axis + 1])]);
  }

  #frames(): string {
    const { offset, hop } = this.lengths.framing;
    const samples = this.#length("samples");
    const sum = offset === 0 ? samples : this.node("Add", [samples, this.integers([offset])]);
    return hop === 1 ? sum : this.node("Div", [sum, this.integers([hop])]);
  }

  #fresh(stem: string): string {
    const count = this.#counts.get(stem) ?? 0;
    this.#counts.set(stem, count + 1);
    return `${stem}_${count}`;
  }
}

/** Values with their axes in another order. @param axes Axis i of the result is axis `axes[i]` of what is given. */
export function transposed(
  data: ArrayLike<number>,
  shape: readonly number[],
  axes: readonly number[],
): Float32Array {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((n, m) => n * m, 1));
  const sizes = axes.map((axis) => shape[axis]!);
  const out = new Float32Array(data.length);
  const index = sizes.map(() => 0);
  for (let i = 0; i < out.length; i++) {
    let at = 0;
    for (let d = 0; d < axes.length; d++) at += index[d]! * strides[axes[d]!]!;
    out[i] = data[at]!;
    for (let d = axes.length - 1; d >= 0 && ++index[d]! === sizes[d]; d--) index[d] = 0;
  }
  return out;
}
