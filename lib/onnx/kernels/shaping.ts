/** Kernels that move values and compute nothing. */
import { attribute, sizesIn, value, type Write } from "../write/call.ts";
import { isFixed, type Sizes } from "../write/lengths.ts";
import { isValue, type Value } from "../write/writer.ts";

/** The same values in another shape. */
export function reshape(name: string): Write {
  return (writer, call) => [writer.reshape(value(call, name), call.outputs[0]!)];
}

/** No node: whoever needs an order of axes gets it. */
export const transpose: Write = (_writer, call) => {
  const { name, order } = value(call, "x");
  const permutation = attribute<readonly number[]>(call, "perm");
  return [{ name, shape: call.outputs[0]!, order: permutation.map((axis) => order[axis]!) }];
};

/** No node. */
export function same(name: string): Write {
  return (_writer, call) => [value(call, name)];
}

/** No node for float32, the only type that forward passes compute in. */
export const cast: Write = (_writer, call) => {
  const dtype = attribute<string>(call, "dtype");
  if (dtype !== "float32") throw new Error(`Cast to ${dtype}: wanted float32`);
  return [value(call, "x")];
};

export const slice: Write = (writer, call) => {
  const x = value(call, "x");
  const [begins, sizes] = [sizesIn(call, "begin"), sizesIn(call, "size")];
  const cut = begins.flatMap((begin, axis) => {
    const [length, wanted] = [x.shape[axis]!, sizes[axis]!];
    const end = begin.map((first, i) => wanted[i] === -1 ? length[i]! : first + wanted[i]!);
    const isWhole = begin.every((first) => first === 0) && end.every((last, i) => last === length[i]);
    return isWhole ? [] : [{ axis, begin, end, length }];
  });
  if (cut.length === 0) return [x];
  const list = (places: readonly string[]) =>
    places.length === 1 ? places[0]! : writer.node("Concat", places, { axis: { int: 0 } });
  const place = (at: Sizes, length: Sizes) => {
    // From the end, where the distance to it is the same in all passes.
    const back = at.map((own, i) => own - length[i]!);
    return !isFixed(at) && isFixed(back) && back[0]! < 0
      ? writer.integers([back[0]!])
      : writer.size(at, "a slice");
  };
  const name = writer.node("Slice", [
    x.name,
    list(cut.map(({ begin, length }) => place(begin, length))),
    list(
      cut.map(({ end, length }) =>
        end.every((own, i) => own === length[i]) ? writer.integers([2 ** 31 - 1]) : place(end, length)
      ),
    ),
    writer.integers(cut.map(({ axis }) => x.order[axis]!)),
  ]);
  return [{ name, shape: call.outputs[0]!, order: x.order }];
};

export const concat: Write = (writer, call) => {
  const parts = Object.values(call.inputs).flat();
  const leading = parts.find((part): part is Value => isValue(part))!;
  const axis = attribute<number>(call, "axis");
  const own = axis < 0 ? axis + leading.shape.length : axis;
  const names = parts.map((part) =>
    isValue(part) ? writer.ordered(part, leading.order) : writer.beside(part, leading)
  );
  const name = writer.node("Concat", names, { axis: { int: leading.order[own]! } });
  return [{ name, shape: call.outputs[0]!, order: leading.order }];
};

/** Parts of equal size along an axis. */
export const split: Write = (writer, call) => {
  const x = value(call, "x");
  const axis = attribute<number>(call, "axis");
  const own = x.order[axis < 0 ? axis + x.shape.length : axis]!;
  const names = writer.nodeOf(call.outputs.length, "Split", [x.name], { axis: { int: own } });
  return names.map((name, i) => ({ name, shape: call.outputs[i]!, order: x.order }));
};

/** Parts of one, laid along a new axis. */
export const pack: Write = (writer, call) => {
  const parts = Object.values(call.inputs).flat();
  const shape = call.outputs[0]!;
  const axis = attribute<number>(call, "axis");
  const own = axis < 0 ? axis + shape.length : axis;
  const raised = shape.map((sizes, i) => i === own ? sizes.map(() => 1) : sizes);
  const names = parts.map((part) => {
    if (isValue(part)) return writer.plain(writer.reshape(part, raised));
    return writer.constant(part.data, [...part.shape.slice(0, own), 1, ...part.shape.slice(own)]);
  });
  return [writer.value(writer.node("Concat", names, { axis: { int: own } }), shape)];
};

/** With zeros, or another number. */
export const pad: Write = (writer, call) => {
  const x = value(call, "x");
  const pads = attribute<readonly (readonly [number, number])[]>(call, "paddings");
  const own = attribute<number | undefined>(call, "constantValue") ?? 0;
  const places = x.order.map((_, at) => x.order.indexOf(at));
  const ends = [...places.map((axis) => pads[axis]![0]), ...places.map((axis) => pads[axis]![1])];
  const inputs = [x.name, writer.integers(ends), ...(own === 0 ? [] : [writer.scalar(own)])];
  return [{ ...x, name: writer.node("Pad", inputs), shape: call.outputs[0]! }];
};

export const reverse: Write = (writer, call) => {
  const x = value(call, "x");
  const dims = attribute<number | readonly number[]>(call, "dims");
  const axes = [dims].flat().map((axis) => x.order[axis < 0 ? axis + x.shape.length : axis]!);
  const all = (number: number) => writer.integers(axes.map(() => number));
  const inputs = [x.name, all(-1), all(-(2 ** 31)), writer.integers(axes), all(-1)];
  return [{ ...x, name: writer.node("Slice", inputs) }];
};
