/** What a graph that listens block by block keeps from one call to the next: one row of numbers for each stream. */
import { STATE, STATE_NEXT } from "../answers.ts";
import type { Attribute, Initializer, Node, Part } from "../graph.ts";
import { CAST_TO } from "../types.ts";
import { resized, type Timed } from "./timed.ts";

/** Steps of a value, of this call and of calls before. */
export interface Buffer {
  readonly name: string;
  /** Of its first step, `n steps - offset` in call n. */
  readonly offset: number;
  readonly length: number;
}

interface Piece {
  readonly name: string;
  readonly next: string;
  /** Without the batch. */
  readonly shape: readonly number[];
}

/** Puts graphs together whose state is zeros at the beginning. */
export class Memory {
  readonly nodes: Node[] = [];
  readonly initializers: Map<string, Initializer>;
  /** Samples of a call. */
  readonly blockSamples: number;
  readonly #pieces: Piece[] = [];
  readonly #buffers = new Map<string, Buffer>();
  readonly #masked = new Map<string, string>();
  readonly #calls = new Map<number, string>();
  readonly #origins = new Map<string, string>();
  #count = 0;
  /** Calls that are told apart. */
  #mostCalls = 1;

  constructor(initializers: ReadonlyMap<string, Initializer>, blockSamples: number) {
    this.initializers = new Map(initializers);
    this.blockSamples = blockSamples;
  }

  /** Values that are others of the clip's graph with more steps, by their names. */
  get origins(): ReadonlyMap<string, string> {
    return this.#origins;
  }

  /** Numbers of one stream. */
  get size(): number {
    return this.#pieces.reduce((sum, { shape }) => sum + sizeOf(shape), 1);
  }

  /** Steps of a value in one call. */
  steps({ stride }: Pick<Timed, "stride">): number {
    return this.blockSamples / stride;
  }

  node(
    part: Part,
    type: string,
    inputs: readonly string[],
    attributes: Record<string, Attribute> = {},
  ): string {
    const output = this.fresh(type.toLowerCase());
    this.nodes.push({ type, inputs, outputs: [output], attributes, part });
    return output;
  }

  /** A node whose output has the same numbers as a value has over time. */
  derived(part: Part, type: string, from: string, others: readonly string[]): string {
    const made = this.node(part, type, [from, ...others]);
    this.#derive(made, from);
    return made;
  }

  #derive(made: string, from: string): void {
    this.#origins.set(made, this.#origins.get(from) ?? from);
  }

  fresh(stem: string): string {
    return `stream_${stem}_${this.#count++}`;
  }

  constant(
    values: ArrayLike<number>,
    shape: readonly number[],
    type: Initializer["type"] = "float32",
  ): string {
    const key = `stream_${type}_${shape.join("x")}_${Array.from(values).join("_")}`;
    const name = key.length < 60 ? key : this.fresh("constant");
    if (!this.initializers.has(name)) this.initializers.set(name, { shape, type, values });
    return name;
  }

  integers(values: readonly number[]): string {
    return this.constant(values, [values.length], "int64");
  }

  /** The value behind so many steps of before. */
  remembered(value: Timed, before: number, part: Part): Buffer {
    const { name, shape, axis, lag } = value;
    const steps = this.steps(value);
    if (before <= 0) return this.#later(value, -before, part);
    const key = `${name} ${before}`;
    const found = this.#buffers.get(key);
    if (found !== undefined) return found;
    const piece = this.#piece(resized(shape, axis, before).slice(1));
    const whole = this.node(part, "Concat", [piece.name, name], { axis: { int: axis } });
    this.#derive(whole, name);
    const [from, to, along] = [[steps], [steps + before], [axis]].map((own) => this.integers(own)) as //
    [string, string, string];
    this.nodes.push({
      type: "Slice",
      inputs: [whole, from, to, along],
      outputs: [piece.next],
      attributes: {},
      part: "answer",
    });
    const buffer = { name: whole, offset: lag + before, length: steps + before };
    this.#buffers.set(key, buffer);
    return buffer;
  }

  /** Without so many steps of this call's first. */
  #later({ name, axis, lag, stride }: Timed, without: number, part: Part): Buffer {
    const steps = this.steps({ stride });
    if (without === 0) return { name, offset: lag, length: steps };
    const bounds = [without, steps, axis].map((own) => this.integers([own]));
    const cut = this.derived(part, "Slice", name, bounds);
    return { name: cut, offset: lag - without, length: steps - without };
  }

  /** A state of its own, zeros at the beginning. @returns Names of what it is, and of what it is to be. */
  kept(shape: readonly number[]): { readonly name: string; readonly next: string } {
    return this.#piece(shape);
  }

  /** A buffer with another number where the stream had not begun. */
  begun(buffer: Buffer, value: Timed, fill: number, part: Part): Buffer {
    const steps = this.steps(value);
    const { name, offset, length } = buffer;
    if (offset <= 0) return buffer;
    const key = `${name} ${fill}`;
    const masked = this.#masked.get(key) ?? this.node(part, "Where", [
      this.earlier(value.shape.length, value.axis, length, (i) => Math.ceil((offset - i) / steps)),
      this.constant([fill], []),
      name,
    ]);
    this.#masked.set(key, masked);
    this.#derive(masked, name);
    return { name: masked, offset, length };
  }

  /** Of booleans along an axis: whether this is a call before one that differs from step to step. */
  earlier(rank: number, axis: number, length: number, callOf: (i: number) => number): string {
    const calls = Array.from({ length }, (_, i) => callOf(i));
    this.tellApart(Math.max(...calls));
    const bounds = this.constant(calls.map((call) => call - 0.5), alongAxis(rank, axis, length));
    return this.node("frontend", "Less", [this.calls(rank), bounds]);
  }

  /** Calls before this one, `[batch, 1, ...]`; large ones are not told apart. */
  calls(rank: number): string {
    const found = this.#calls.get(rank);
    if (found !== undefined) return found;
    const name = rank === 2 ? "stream_calls" : this.node("frontend", "Reshape", [
      "stream_calls",
      this.integers([0, ...Array.from({ length: rank - 1 }, () => 1)]),
    ]);
    this.#calls.set(rank, name);
    return name;
  }

  /**
   * What a buffer has at places that depend on the call: place i is `max(i, reach - i)` with a reach that falls by
   * `2 steps` a call.
   */
  mirrored(buffer: Buffer, value: Timed, length: number, reach: number): string {
    const { axis, shape } = value;
    const rank = shape.length;
    const steps = this.steps(value);
    this.tellApart(Math.ceil(reach / (2 * steps)) + 1);
    const places = Float64Array.from({ length }, (_, i) => i);
    const shapeOf = alongAxis(rank, axis, length);
    const at = this.constant(places, shapeOf);
    const node = (type: string, ...inputs: string[]) => this.node("frontend", type, inputs);
    const back = node(
      "Sub",
      this.constant(places.map((i) => reach - i), shapeOf),
      node("Mul", this.calls(rank), this.constant([2 * steps], [])),
    );
    const wanted = node("Min", node("Max", at, back), this.constant([buffer.length - 1], []));
    const integers = this.node("frontend", "Cast", [wanted], { to: { int: CAST_TO.int64 } });
    return this.node("frontend", "GatherElements", [buffer.name, integers], { axis: { int: axis } });
  }

  /** Counts at least so many calls. */
  tellApart(calls: number): void {
    this.#mostCalls = Math.max(this.#mostCalls, calls);
  }

  #piece(shape: readonly number[]): Piece {
    const name = `stream_memory_${this.#pieces.length}`;
    const piece = { name, next: `${name}_next`, shape };
    this.#pieces.push(piece);
    return piece;
  }

  /** All nodes, with those that take the state apart and put the next one together. */
  whole(): Node[] {
    const pieces = [{ name: "stream_calls", next: "stream_calls_next", shape: [1] }, ...this.#pieces];
    const flat = (name: string) => `${name}_row`;
    const node = (
      type: string,
      inputs: string[],
      outputs: string[],
      attributes: Node["attributes"] = {},
    ): Node => (
      { type, inputs, outputs, attributes, part: "answer" }
    );
    const axis = { axis: { int: 1 } };
    const shaped = pieces.filter(({ shape }) => shape.length > 1);
    const nameIn = (piece: Piece) => piece.shape.length > 1 ? flat(piece.name) : piece.name;
    const nameOut = (piece: Piece) => piece.shape.length > 1 ? flat(piece.next) : piece.next;
    const sizes = this.integers(pieces.map(({ shape }) => sizeOf(shape)));
    const rows = this.integers([0, -1]);
    const [one, most] = [this.constant([1], []), this.constant([this.#mostCalls], [])];
    return [
      node("Split", [STATE, sizes], pieces.map(nameIn), axis),
      ...shaped.map(({ name, shape }) => node("Reshape", [flat(name), this.integers([0, ...shape])], [name])),
      ...this.nodes,
      node("Add", ["stream_calls", one], ["stream_calls_more"]),
      node("Min", ["stream_calls_more", most], ["stream_calls_next"]),
      ...shaped.map(({ next }) => node("Reshape", [next, rows], [flat(next)])),
      node("Concat", pieces.map(nameOut), [STATE_NEXT], axis),
    ];
  }
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

function alongAxis(rank: number, axis: number, length: number): number[] {
  return Array.from({ length: rank }, (_, i) => i === axis ? length : 1);
}
