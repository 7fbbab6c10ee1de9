/** Kernels that go element by element. */
import { type Call, operand, value, type Write } from "../write/call.ts";
import { type Given, isValue, type Value, type Writer } from "../write/writer.ts";

/** One node of one operand. */
export function unary(type: string): Write {
  return (writer, call) => {
    const x = value(call, "x");
    return [{ ...x, name: writer.node(type, [x.name]) }];
  };
}

/** One node of two operands, of which one may be a constant, or of another rank. */
export function binary(type: string): Write {
  return (writer, call) => [combined(writer, type, operand(call, "a"), operand(call, "b"), call.outputs[0]!)];
}

/** `a` and `b` by a node that repeats axes of size 1. */
export function combined(writer: Writer, type: string, a: Given, b: Given, shape: Value["shape"]): Value {
  const whole = [a, b].filter((given): given is Value =>
    isValue(given) && given.shape.length === shape.length
  );
  const leading = whole.find((given) => given.shape.every((sizes, i) => sizes.join() === shape[i]!.join())) ??
    whole[0];
  if (leading === undefined) {
    const names = [a, b].map((given) => isValue(given) ? writer.plain(given) : asGiven(writer, given));
    return writer.value(writer.node(type, names), shape);
  }
  const { order } = leading;
  const name = (given: Given) => {
    if (!isValue(given)) {
      return given.shape.length > order.length ? asGiven(writer, given) : writer.beside(given, leading);
    }
    const missing = shape.length - given.shape.length;
    const raised = missing === 0 ? given : writer.reshape(given, [
      ...Array.from({ length: missing }, () => shape[0]!.map(() => 1)),
      ...given.shape,
    ]);
    return writer.ordered(raised, order);
  };
  return { name: writer.node(type, [name(a), name(b)]), shape, order };
}

function asGiven(writer: Writer, { data, shape }: Exclude<Given, Value>): string {
  return writer.constant(data, shape);
}

/** Of any number of operands of one shape. */
export const sumOf: Write = (writer, call) => {
  const shape = call.outputs[0]!;
  const [first, ...others] = Object.values(call.inputs).flat();
  return [others.reduce<Given>((sum, other) => combined(writer, "Add", sum, other, shape), first!) as Value];
};

/** `x x`. */
export const square: Write = (writer, call) => {
  const x = value(call, "x");
  return [{ ...x, name: writer.node("Mul", [x.name, x.name]) }];
};

/** `1 / sqrt(x)`. */
export const rsqrt: Write = (writer, call) => {
  const x = value(call, "x");
  return [{ ...x, name: writer.node("Reciprocal", [writer.node("Sqrt", [x.name])]) }];
};

/** Exact also where `x` is small. */
export const log1pOf: Write = (writer, call) => {
  const x = value(call, "x");
  return [{ ...x, name: log1p(writer, x.name) }];
};

/** Exact also where `x` is small. */
export const expm1Of: Write = (writer, call) => {
  const x = value(call, "x");
  return [{ ...x, name: expm1(writer, x.name) }];
};

/** Below this share of 1 the series is nearer than the logarithm of a rounded sum: what it leaves out is `x^5 / 5`. */
const SMALL = 0.01;

/** `log(1 + x)` of `x >= 0`: ONNX has no such operator, and the logarithm of the sum loses what is small beside 1. */
export function log1p(writer: Writer, x: string): string {
  const [one, half, third, quarter] = [1, 1 / 2, 1 / 3, 1 / 4].map((number) => writer.scalar(number)) as //
  [string, string, string, string];
  const times = (a: string, b: string) => writer.node("Mul", [a, b]);
  const minus = (a: string, b: string) => writer.node("Sub", [a, b]);
  const series = times(x, minus(one, times(x, minus(half, times(x, minus(third, times(x, quarter)))))));
  const log = writer.node("Log", [writer.node("Add", [x, one])]);
  return writer.node("Where", [writer.node("Less", [x, writer.scalar(SMALL)]), series, log]);
}

/** `exp(x) - 1` as `tanh(x / 2) (exp(x) + 1)`, in which nothing cancels. */
export function expm1(writer: Writer, x: string): string {
  const tanh = writer.node("Tanh", [writer.node("Mul", [x, writer.scalar(0.5)])]);
  return writer.node("Mul", [tanh, writer.node("Add", [writer.node("Exp", [x]), writer.scalar(1)])]);
}

export const zerosLike: Write = (writer, call) => {
  const x = value(call, "x");
  return [{ ...x, name: writer.node("Mul", [x.name, writer.scalar(0)]) }];
};

/** Attributes `clipValueMin` and `clipValueMax`. */
export const clip: Write = (writer, call: Call) => {
  const x = value(call, "x");
  const [least, most] = ["clipValueMin", "clipValueMax"].map((name) =>
    writer.scalar(call.attrs[0]![name] as number)
  );
  return [{ ...x, name: writer.node("Clip", [x.name, least!, most!]) }];
};
