/** The only list of operators of ONNX that go on from block to block. All others take a whole clip. */
import type { Attribute, Node } from "../graph.ts";
import type { Streamer } from "./streamer.ts";
import { resized, stepsOf, type Streamed, type Timed } from "./timed.ts";

/**
 * Writes a node of a clip's graph for one block, of which at least one input has time.
 * @returns What comes out, by the node's outputs; null: it has to see a whole clip at once.
 */
export type Rule = (
  streamer: Streamer,
  node: Node,
  inputs: readonly Streamed[],
) => readonly Streamed[] | null;

/** The same of each number, of numbers at the same place, or of numbers of the same step. */
const elementwise: Rule = (streamer, node, inputs) => {
  const rank = Math.max(...inputs.map((input) => streamer.rankOf(input)));
  const timed = inputs.filter((input): input is Timed => input.is === "timed");
  const [first] = timed as [Timed];
  const axis = first.axis + rank - first.shape.length;
  for (const input of inputs) {
    if (input.is === "first" || (input.is === "whole" && input.ofSound)) return null;
    if (input.is === "whole" && (streamer.shapeOf(input.name)?.at(axis - rank) ?? 1) !== 1) return null;
    if (input.is === "timed" && input.axis + rank - input.shape.length !== axis) return null;
  }
  const aligned = streamer.aligned(timed, node.part);
  const named = inputs.map((input, i) => ({
    name: input.is === "timed" ? aligned[timed.indexOf(input)]!.name : node.inputs[i]!,
    shape: input.is === "timed" ? input.shape : streamer.shapeOf(node.inputs[i]!) ?? [],
  }));
  const names = named.map(({ name }) => name);
  const shape = Array.from(
    { length: rank },
    (_, i) => Math.max(...named.map((own) => own.shape[i - rank + own.shape.length] ?? 1)),
  );
  return [streamer.put(node, names, { ...aligned[0]!, shape, axis, clean: false })];
};

/** Axes in another order, or more of them, or fewer. */
const transpose: Rule = (streamer, node, [input]) => {
  const x = timedIn(input);
  if (x === null || x.mirrored !== null) return null;
  const order = ints(node, "perm");
  if (order[0] !== 0) return null;
  return [
    streamer.put(node, [x.name], {
      ...x,
      shape: order.map((axis) => x.shape[axis]!),
      axis: order.indexOf(x.axis),
    }),
  ];
};

const unsqueeze: Rule = (streamer, node, [input]) => {
  const x = timedIn(input);
  const axes = streamer.integersOf(node.inputs[1]!);
  if (x === null || axes === null) return null;
  const shape = [...x.shape];
  let axis = x.axis;
  for (const at of [...axes].sort((a, b) => a - b)) {
    if (at <= 0) return null;
    shape.splice(at, 0, 1);
    if (at <= axis) axis++;
  }
  return [streamer.put(node, [x.name, node.inputs[1]!], { ...x, shape, axis })];
};

const squeeze: Rule = (streamer, node, [input]) => {
  const x = timedIn(input);
  const axes = streamer.integersOf(node.inputs[1] ?? "");
  if (input?.is === "first") return [input];
  if (x === null || axes === null || axes.includes(x.axis) || axes.includes(0)) return null;
  const { axis } = x;
  const shape = x.shape.filter((_, i) => !axes.includes(i));
  return [
    streamer.put(node, [x.name, node.inputs[1]!], {
      ...x,
      shape,
      axis: axis - axes.filter((own) => own < axis).length,
    }),
  ];
};

/** Another shape in which time still is an axis. */
const reshape: Rule = (streamer, node, [input]) => {
  const x = timedIn(input);
  const target = streamer.integersOf(node.inputs[1]!);
  if (x === null || x.mirrored !== null || target === null) return null;
  const shape = shapeBy(target, x.shape);
  const before = (sizes: readonly number[], axis: number) =>
    sizes.slice(0, axis).reduce((product, n) => product * n, 1);
  const axis = shape.findIndex((size, i) =>
    size === stepsOf(x) && before(shape, i) === before(x.shape, x.axis)
  );
  if (axis < 0 || (axis > 0 && shape[0] !== 1)) return null;
  const sizes = target.map((size, i) => i === axis && axis > 0 ? streamer.memory.steps(x) : size);
  return [streamer.put(node, [x.name, streamer.memory.integers(sizes)], { ...x, shape, axis })];
};

/** What a clip's end is cut off by is no matter in a stream; what is cut off its beginning comes before step 0. */
const slice: Rule = (streamer, node, [input]) => {
  const x = timedIn(input);
  const [starts, ends, axes, steps] = [1, 2, 3, 4].map((i) => streamer.integersOf(node.inputs[i] ?? ""));
  if (x === null || !starts || !ends || !axes || steps?.some((step) => step !== 1)) return null;
  const along = axes.indexOf(x.axis);
  const shape = x.shape.map((size, axis) => {
    const i = axes.indexOf(axis);
    const place = (at: number) => Math.min(size, at < 0 ? size + at : at);
    return i < 0 ? size : place(ends[i]!) - place(starts[i]!);
  });
  if (along < 0) return [streamer.put(node, [x.name, ...node.inputs.slice(1)], { ...x, shape })];
  if (axes.length > 1 || starts[along]! < 0) return null;
  if (starts[along] === 0 && stepsOf({ ...x, shape }) === 1 && stepsOf(x) > 1) {
    return [{ is: "first", of: x }];
  }
  if (starts[along] === 0) return [{ ...x, shape }];
  return x.mirrored === null ? [{ ...x, shape, lag: x.lag + starts[along]!, clean: false }] : null;
};

const split: Rule = (streamer, node, [input]) => {
  const x = timedIn(input);
  const axis = int(node, "axis", 0);
  const { length } = node.outputs;
  if (x === null || axis === x.axis || node.inputs.length > 1) return null;
  const part = { ...x, shape: resized(x.shape, axis, x.shape[axis]! / length) };
  streamer.put(node, [x.name], part);
  return node.outputs.map((name) => ({ ...part, name }));
};

const concat: Rule = (streamer, node, inputs) => {
  const mirrored = mirroredBy(streamer, node, inputs);
  if (mirrored !== null) return [mirrored];
  const timed = inputs.filter((input): input is Timed => input.is === "timed");
  const [first] = timed as [Timed];
  const axis = int(node, "axis", 0);
  if (timed.length < inputs.length || timed.some((own) => own.axis !== first.axis) || axis === first.axis) {
    return null;
  }
  const aligned = streamer.aligned(timed, node.part);
  const size = timed.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  const clean = aligned.every((own) => own.clean);
  return [
    streamer.put(node, aligned.map(({ name }) => name), {
      ...aligned[0]!,
      shape: resized(first.shape, axis, size),
      clean,
    }),
  ];
};

/** A wave between its own beginning backwards and its own end backwards, in which its ends stand twice. */
function mirroredBy(streamer: Streamer, node: Node, inputs: readonly Streamed[]): Timed | null {
  const at = inputs.findIndex((input) => input.is === "timed");
  const x = inputs[at] as Timed;
  const before = node.inputs.slice(0, at).map((name) => streamer.backwardsOf(name, x));
  const behind = node.inputs.slice(at + 1).map((name) => streamer.backwardsOf(name, x));
  if (inputs.length < 2 || int(node, "axis", 0) !== x.axis || [...before, ...behind].includes(null)) {
    return null;
  }
  const [first, last] = [before[0] ?? 0, behind[0] ?? 0];
  return extendedBy(x, first, last, 1);
}

function extendedBy(x: Timed, before: number, behind: number, edge: 0 | 1): Timed {
  return {
    ...x,
    shape: resized(x.shape, x.axis, stepsOf(x) + before + behind),
    lag: x.lag - before,
    mirrored: before === 0 ? null : { before, edge },
  };
}

const pad: Rule = (streamer, node, [input]) => {
  const x = timedIn(input);
  const pads = streamer.integersOf(node.inputs[1]!);
  const fill = node.inputs[2] === undefined ? 0 : streamer.numberOf(node.inputs[2]);
  if (x === null || pads === null || x.mirrored !== null) return null;
  const rank = x.shape.length;
  const [before, behind] = [pads[x.axis]!, pads[rank + x.axis]!];
  const mode = text(node, "mode") ?? "constant";
  const others = pads.some((size, i) => size !== 0 && i % rank !== x.axis);
  if (mode === "reflect" && !others) return [extendedBy(x, before, behind, 0)];
  if (mode !== "constant" || fill !== 0) return null;
  let padded = x;
  if (others) {
    const own = pads.map((size, i) => i % rank === x.axis ? 0 : size);
    const shape = x.shape.map((size, i) => size + own[i]! + own[rank + i]!);
    padded = streamer.put(node, [x.name, streamer.memory.integers(own)], { ...x, shape });
  }
  return [extendedBy(before === 0 ? padded : streamer.cleaned(padded, node.part), before, behind, 0)].map((
    own,
  ) => (
    { ...own, mirrored: null }
  ));
};

/** Convolutions, and the largest within windows. */
function windowed(
  kernelOf: (streamer: Streamer, node: Node) => readonly number[] | null,
  outside: number,
): Rule {
  return (streamer, node, [input]) => {
    const x = timedIn(input);
    const kernel = kernelOf(streamer, node);
    if (x === null || kernel === null || x.axis < 2) return null;
    const at = x.axis - 2;
    const { length } = kernel;
    const ones = kernel.map(() => 1);
    const [strides, dilations] = [ints(node, "strides", ones), ints(node, "dilations", ones)];
    const pads = ints(node, "pads", [...ones, ...ones].map(() => 0));
    const reach = (kernel[at]! - 1) * dilations[at]!;
    const form = { reach, stride: strides[at]!, before: pads[at]!, fill: outside };
    const seen = streamer.windows(x, form, node.part);
    if (seen === null) return null;
    const sizes = kernel.map((width, i) =>
      Math.floor(
        (x.shape[i + 2]! + pads[i]! + pads[length + i]! - (width - 1) * dilations[i]! - 1) / strides[i]!,
      ) + 1
    );
    const channels = node.type === "Conv" ? streamer.shapeOf(node.inputs[1]!)![0]! : x.shape[1]!;
    const within = pads.map((size, i) => i % length === at ? 0 : size);
    return [
      streamer.put({ ...node, attributes: { ...node.attributes, pads: { ints: within } } }, [
        seen.name,
        ...node.inputs.slice(1),
      ], {
        ...x,
        shape: [x.shape[0]!, channels, ...sizes],
        stride: x.stride * strides[at]!,
        lag: seen.lag,
        clean: false,
        mirrored: null,
      }),
    ];
  };
}

const reduce: Rule = (streamer, node, [input]) => {
  const x = timedIn(input);
  const axes = node.type === "ReduceSum" ? streamer.integersOf(node.inputs[1] ?? "") : ints(node, "axes");
  if (x === null || x.mirrored !== null || axes === null) return null;
  const own = axes.map((axis) => axis < 0 ? axis + x.shape.length : axis);
  if (own.includes(x.axis) || own.includes(0)) return null;
  const keep = int(node, "keepdims", 1) === 1;
  const shape = keep
    ? x.shape.map((size, i) => own.includes(i) ? 1 : size)
    : x.shape.filter((_, i) => !own.includes(i));
  const axis = keep ? x.axis : x.axis - own.filter((i) => i < x.axis).length;
  return [streamer.put(node, [x.name, ...node.inputs.slice(1)], { ...x, shape, axis, clean: false })];
};

/** With a constant matrix on either side, each step by itself. */
const matMul: Rule = (streamer, node, inputs) => {
  const [a, b] = [timedIn(inputs[0]), timedIn(inputs[1])];
  const [left, right] = node.inputs.map((name) => streamer.shapeOf(name)) as [
    readonly number[] | null,
    readonly number[] | null,
  ];
  if (a !== null && a.mirrored === null && right?.length === 2 && a.axis < a.shape.length - 1) {
    const shape = [...a.shape.slice(0, -1), right[1]!];
    return [streamer.put(node, [a.name, node.inputs[1]!], { ...a, shape, clean: false })];
  }
  if (b !== null && b.mirrored === null && left?.length === 2 && b.axis !== b.shape.length - 2) {
    const shape = [...b.shape.slice(0, -2), left[0]!, b.shape.at(-1)!];
    return [streamer.put(node, [node.inputs[0]!, b.name], { ...b, shape, clean: false })];
  }
  return null;
};

/** What goes from step to step and begins with what the first step is. */
const scan: Rule = (streamer, node, [start, frames]) => {
  const x = timedIn(frames);
  const isKnown = start?.is === "first" && x !== null && start.of.name === x.name && start.of.lag === x.lag &&
    node.inputs.length === 2 && node.outputs.length === 2 && x.mirrored === null;
  if (!isKnown) return null;
  return [streamer.continued(node, x), { ...x, name: node.outputs[1]!, clean: false }];
};

const kernelOfWeight = (streamer: Streamer, { inputs }: Node) =>
  streamer.shapeOf(inputs[1]!)?.slice(2) ?? null;
const kernelOfNode = (_: Streamer, node: Node) => ints(node, "kernel_shape");
/** Less than any sound gives, and finite. */
const LOW = -3e38;

export const RULES: Readonly<Record<string, Rule>> = {
  Abs: elementwise,
  Add: elementwise,
  Clip: elementwise,
  Concat: concat,
  Conv: windowed(kernelOfWeight, 0),
  Div: elementwise,
  Exp: elementwise,
  Less: elementwise,
  LeakyRelu: elementwise,
  Log: elementwise,
  MatMul: matMul,
  Max: elementwise,
  MaxPool: windowed(kernelOfNode, LOW),
  Min: elementwise,
  Mul: elementwise,
  Neg: elementwise,
  Pad: pad,
  Pow: elementwise,
  Reciprocal: elementwise,
  ReduceMax: reduce,
  ReduceMean: reduce,
  ReduceMin: reduce,
  ReduceSum: reduce,
  Relu: elementwise,
  Reshape: reshape,
  Scan: scan,
  Sigmoid: elementwise,
  Slice: slice,
  Split: split,
  Sqrt: elementwise,
  Squeeze: squeeze,
  Sub: elementwise,
  Tanh: elementwise,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
  Where: elementwise,
};

function timedIn(input: Streamed | undefined): Timed | null {
  return input?.is === "timed" ? input : null;
}

function attributeOf({ attributes }: Node, name: string): Attribute | undefined {
  return attributes[name];
}

function int(node: Node, name: string, absent: number): number {
  const found = attributeOf(node, name);
  return found !== undefined && "int" in found ? found.int : absent;
}

function ints(node: Node, name: string, absent: readonly number[] = []): readonly number[] {
  const found = attributeOf(node, name);
  return found !== undefined && "ints" in found ? found.ints : absent;
}

function text(node: Node, name: string): string | undefined {
  const found = attributeOf(node, name);
  return found !== undefined && "text" in found ? found.text : undefined;
}

/** By ONNX's rules: 0 is as it is, -1 what is left. */
function shapeBy(target: readonly number[], given: readonly number[]): number[] {
  const sizes = target.map((size, i) => size === 0 ? given[i]! : size);
  const product = (numbers: readonly number[]) => numbers.reduce((all, n) => all * n, 1);
  const rest = product(given) / product(sizes.filter((size) => size !== -1));
  return sizes.map((size) => size === -1 ? rest : size);
}
