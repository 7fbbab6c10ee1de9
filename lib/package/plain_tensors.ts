/**
 * Tensors that are plain arrays: what a page that only listens has in the place of TensorFlow.js. A stream is laid out
 * once from a checkpoint's tensors, and the few formulas on the way (filters of centres and widths, curves of PCEN) are
 * computed with these, in float32; listening itself needs no tensors. Names, arguments and results are those of
 * TensorFlow.js, of which nothing else is here: whoever calls what is not here fails at once. Pure.
 */

/** Anything that a tensor can be made of where two meet. */
type Operand = PlainTensor | number;

/** An array with a shape, row by row. Truth values are 0 and 1. */
export class PlainTensor {
  readonly shape: readonly number[];
  /** Always `float32`: truth values and whole numbers are held exactly. */
  readonly dtype = "float32";
  #values: Float32Array;

  constructor(values: Float32Array, shape: readonly number[]) {
    if (sizeOf(shape) !== values.length) {
      throw new RangeError(`Cannot make a tensor of ${values.length} values: wanted [${shape}]`);
    }
    this.#values = values;
    this.shape = shape;
  }

  get size(): number {
    return this.#values.length;
  }

  get rank(): number {
    return this.shape.length;
  }

  /** The array itself. */
  dataSync(): Float32Array {
    return this.#values;
  }

  data(): Promise<Float32Array> {
    return Promise.resolve(this.#values);
  }

  /** Of variables. @throws {RangeError} On another shape. */
  assign(other: PlainTensor): void {
    if (other.shape.join() !== this.shape.join()) {
      throw new RangeError(`Cannot assign [${other.shape}] to a variable of shape [${this.shape}]`);
    }
    this.#values = other.dataSync().slice();
  }

  dispose(): void {}
}

/** @param shape Absent: that of a list. */
export function tensor(values: ArrayLike<number>, shape: readonly number[] = [values.length]): PlainTensor {
  return new PlainTensor(Float32Array.from(values), shape);
}

/** A list. */
export function tensor1d(values: ArrayLike<number>): PlainTensor {
  return tensor(values);
}

/** A tensor of its own that can be assigned to. */
export function variable(initial: PlainTensor): PlainTensor {
  return clone(initial);
}

/** A copy. */
export function clone(x: PlainTensor): PlainTensor {
  return new PlainTensor(x.dataSync().slice(), x.shape);
}

/** Nothing has to be given back here. */
export function tidy<Result>(compute: () => Result): Result {
  return compute();
}

/** Nothing has to be given back here. */
export function dispose(_: unknown): void {}

/** Of gradients, which nobody asks for here, only the forward pass is left. */
export function engine() {
  return {
    state: { gradientDepth: 0 },
    runKernelFunc: ({ forwardFunc }: {
      readonly forwardFunc: (backend: null, save: () => void) => PlainTensor;
    }) => forwardFunc(null, () => {}),
  };
}

export function ones(shape: readonly number[]): PlainTensor {
  return new PlainTensor(new Float32Array(sizeOf(shape)).fill(1), shape);
}

export function onesLike(x: PlainTensor): PlainTensor {
  return ones(x.shape);
}

/** A matrix. */
export function tensor2d(values: ArrayLike<number>, shape: readonly [number, number]): PlainTensor {
  return tensor(values, shape);
}

/** Whole numbers from `start` to before `stop`. */
export function range(start: number, stop: number): PlainTensor {
  return tensor(Array.from({ length: Math.max(0, stop - start) }, (_, i) => start + i));
}

/** @param shape With at most one -1, for what is left. */
export function reshape(x: PlainTensor, shape: readonly number[]): PlainTensor {
  const known = shape.reduce((size, n) => n === -1 ? size : size * n, 1);
  return new PlainTensor(x.dataSync(), shape.map((n) => n === -1 ? x.size / known : n));
}

/** All values are float32 here, truth values included. */
export function cast(x: PlainTensor): PlainTensor {
  return x;
}

export const add = binary((a, b) => a + b);
export const sub = binary((a, b) => a - b);
export const mul = binary((a, b) => a * b);
export const div = binary((a, b) => a / b);
export const minimum = binary(Math.min);
export const maximum = binary(Math.max);
export const less = binary((a, b) => Number(a < b));
export const lessEqual = binary((a, b) => Number(a <= b));
export const equal = binary((a, b) => Number(a === b));
export const logicalAnd = binary((a, b) => Number(a !== 0 && b !== 0));
export const logicalOr = binary((a, b) => Number(a !== 0 || b !== 0));

export const abs = unary(Math.abs);
export const cos = unary(Math.cos);
export const sin = unary(Math.sin);
export const round = unary(Math.round);
export const exp = unary(Math.exp);
export const square = unary((a) => a * a);
export const relu = unary((a) => Math.max(0, a));
export const reciprocal = unary((a) => 1 / a);

export function clipByValue(x: PlainTensor, least: number, most: number): PlainTensor {
  return unary((a) => Math.min(most, Math.max(least, a)))(x);
}

/** Over the last axis. @throws {RangeError} On another. */
export function sum(x: PlainTensor, axis: number): PlainTensor {
  if (axis !== x.rank - 1) {
    throw new RangeError(`Cannot add up [${x.shape}] over axis ${axis}: wanted the last`);
  }
  const columns = x.shape[axis]!;
  const values = x.dataSync();
  const sums = new Float32Array(x.size / columns);
  for (let i = 0; i < values.length; i++) sums[Math.floor(i / columns)]! += values[i]!;
  return new PlainTensor(sums, x.shape.slice(0, -1));
}

/** `[rows, inner]` times `[inner, columns]`. */
export function matMul(a: PlainTensor, b: PlainTensor): PlainTensor {
  const [rows, inner] = a.shape as readonly [number, number];
  const columns = b.shape[1]!;
  const [left, right] = [a.dataSync(), b.dataSync()];
  const made = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let total = 0;
      for (let i = 0; i < inner; i++) total += left[row * inner + i]! * right[i * columns + column]!;
      made[row * columns + column] = total;
    }
  }
  return new PlainTensor(made, [rows, columns]);
}

/** With one more axis, of size 1. */
export function expandDims(x: PlainTensor, axis: number): PlainTensor {
  return reshape(x, [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)]);
}

/** Zeros around a tensor. @param paddings Before and behind, of each axis. */
export function pad(x: PlainTensor, paddings: readonly (readonly [number, number])[]): PlainTensor {
  const shape = x.shape.map((size, axis) => size + paddings[axis]![0] + paddings[axis]![1]);
  return arranged(x, shape, (place) => place.map((at, axis) => at - paddings[axis]![0]));
}

/** A stretch. @param begin Of each axis, or of the only one. @param size The same. */
export function slice(
  x: PlainTensor,
  begin: number | readonly number[],
  size: number | readonly number[],
): PlainTensor {
  const from = typeof begin === "number" ? [begin] : begin;
  return arranged(
    x,
    typeof size === "number" ? [size] : size,
    (place) => place.map((at, axis) => at + from[axis]!),
  );
}

/** Backwards along one axis. */
export function reverse(x: PlainTensor, axis: number): PlainTensor {
  const last = x.shape[axis]! - 1;
  return arranged(x, x.shape, (place) => place.map((at, i) => i === axis ? last - at : at));
}

/** Repeated so many times along each axis. */
export function tile(x: PlainTensor, times: readonly number[]): PlainTensor {
  const shape = x.shape.map((size, axis) => size * times[axis]!);
  return arranged(x, shape, (place) => place.map((at, axis) => at % x.shape[axis]!));
}

/** One behind the other, along one axis. */
export function concat(parts: readonly PlainTensor[], axis: number): PlainTensor {
  const whole = parts.reduce((size, { shape }) => size + shape[axis]!, 0);
  let before = 0;
  return parts.map((part) => {
    const own = part.shape[axis]!;
    const paddings = part.shape.map((_, i) =>
      i === axis ? [before, whole - before - own] as const : [0, 0] as const
    );
    before += own;
    return pad(part, paddings);
  }).reduce((sum, part) => add(sum, part));
}

/** @param source Of a place in the result, where its value is in `x`; beyond it: 0. */
function arranged(
  x: PlainTensor,
  shape: readonly number[],
  source: (place: readonly number[]) => readonly number[],
): PlainTensor {
  const [values, made] = [x.dataSync(), new Float32Array(sizeOf(shape))];
  const place = shape.map(() => 0);
  for (let i = 0; i < made.length; i++) {
    const from = source(place);
    if (from.every((at, axis) => at >= 0 && at < x.shape[axis]!)) {
      made[i] = values[from.reduce((at, own, axis) => at * x.shape[axis]! + own, 0)]!;
    }
    for (let axis = shape.length - 1; axis >= 0 && ++place[axis]! === shape[axis]; axis--) place[axis] = 0;
  }
  return new PlainTensor(made, shape);
}

function unary(compute: (value: number) => number): (x: PlainTensor) => PlainTensor {
  return (x) => new PlainTensor(x.dataSync().map((value) => compute(value)), x.shape);
}

/** Shapes are matched from their ends; a size of 1 is repeated. */
function binary(compute: (a: number, b: number) => number): (a: Operand, b: Operand) => PlainTensor {
  return (a, b) => {
    const [left, right] = [operand(a), operand(b)];
    const rank = Math.max(left.rank, right.rank);
    const [of, to] = [leading(left.shape, rank), leading(right.shape, rank)];
    const shape = of.map((size, axis) => size === 1 ? to[axis]! : size);
    if (to.some((size, axis) => size !== 1 && size !== shape[axis])) {
      throw new RangeError(`Cannot match [${left.shape}] and [${right.shape}]`);
    }
    const [x, y] = [left.dataSync(), right.dataSync()];
    const made = new Float32Array(sizeOf(shape));
    for (let i = 0; i < made.length; i++) {
      made[i] = compute(x[placeIn(of, shape, i)]!, y[placeIn(to, shape, i)]!);
    }
    return new PlainTensor(made, shape);
  };
}

function operand(value: Operand): PlainTensor {
  return typeof value === "number" ? tensor([value], []) : value;
}

function leading(shape: readonly number[], rank: number): number[] {
  return [...new Array<number>(rank - shape.length).fill(1), ...shape];
}

/** Where the element that goes to place `i` of `whole` is in an array of shape `own`. */
function placeIn(own: readonly number[], whole: readonly number[], i: number): number {
  let [place, stride, left] = [0, 1, i];
  for (let axis = whole.length - 1; axis >= 0; axis--) {
    const at = left % whole[axis]!;
    left = (left - at) / whole[axis]!;
    if (own[axis] !== 1) place += at * stride;
    stride *= own[axis]!;
  }
  return place;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, n) => size * n, 1);
}
