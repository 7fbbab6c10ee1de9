/** Kernels that leave fewer values than there were. */
import { attribute, type Call, calledName, value, type Write } from "../write/call.ts";
import type { Value } from "../write/writer.ts";

/** `ReduceMean`, `ReduceMax`, ...: axes as an attribute. */
export function reduction(type: string, name: string): Write {
  return (writer, call) => {
    const x = value(call, name);
    return [
      reduced(
        x,
        axesOf(call, x),
        keeps(call),
        call.outputs[0]!,
        (own, keepdims) => writer.node(type, [x.name], { axes: { ints: own }, keepdims: { int: keepdims } }),
      ),
    ];
  };
}

/** Axes are an input of this one since opset 13. */
export const sum: Write = (writer, call) => {
  const x = value(call, "x");
  return [
    reduced(
      x,
      axesOf(call, x),
      keeps(call),
      call.outputs[0]!,
      (own, keepdims) =>
        writer.node("ReduceSum", [x.name, writer.integers(own)], { keepdims: { int: keepdims } }),
    ),
  ];
};

function axesOf(call: Call, x: Value): number[] {
  // The library calls them so for its largest and otherwise for all else.
  const name = ["axis", "reductionIndices"].find((own) => Object.hasOwn(call.attrs[0]!, own));
  if (name === undefined) throw new Error(`${calledName(call.called)} does not say its axes`);
  const given = attribute<number | readonly number[] | null | undefined>(call, name);
  const axes = given === null || given === undefined ? x.shape.map((_, i) => i) : [given].flat();
  return axes.map((axis) => axis < 0 ? axis + x.shape.length : axis);
}

function keeps(call: Call): boolean {
  return attribute<boolean | undefined>(call, "keepDims") ?? false;
}

/** Axes that are left keep their order among themselves. */
function reduced(
  x: Value,
  axes: readonly number[],
  keep: boolean,
  shape: Value["shape"],
  write: (own: number[], keepdims: number) => string,
): Value {
  const name = write(axes.map((axis) => x.order[axis]!), Number(keep));
  if (keep || shape.length === x.shape.length) return { name, shape, order: x.order };
  const left = x.order.filter((_, axis) => !axes.includes(axis));
  const places = [...left].sort((a, b) => a - b);
  return { name, shape, order: left.map((place) => places.indexOf(place)) };
}

/** A mean over windows, or over a whole axis. @see https://js.tensorflow.org/api/latest/#avgPool */
export const averagePool: Write = (writer, call) => {
  const x = value(call, "x");
  const window = attributeSizes(call, "filterSize");
  const whole = [1, 2].filter((axis) => window.every((own, i) => own[axis - 1] === x.shape[axis]![i]));
  const other = [1, 2].filter((axis) => !whole.includes(axis) && window.some((own) => own[axis - 1] !== 1));
  if (other.length > 0) {
    throw new Error("AvgPool over a part of an axis: wanted windows as long as the axis, or of one");
  }
  const axes = { ints: whole.map((axis) => x.order[axis]!) };
  const name = whole.length === 0
    ? x.name
    : writer.node("ReduceMean", [x.name], { axes, keepdims: { int: 1 } });
  return [{ name, shape: call.outputs[0]!, order: x.order }];
};

/** Of each pass: height and width. */
function attributeSizes({ attrs }: Call, name: string): readonly (readonly [number, number])[] {
  return attrs.map((own) => {
    const size = own[name] as number | readonly [number, number];
    return typeof size === "number" ? [size, size] : size;
  });
}
