/** One step of several tapes of the same forward pass, ready to be written as nodes. */
import type { Called, Constant, Operand, Step, Tape } from "../record/tape.ts";
import { DependsOnLength, type Sizes } from "./lengths.ts";
import { type Given, isValue, type Value, type Writer } from "./writer.ts";

export interface Call {
  readonly called: Called;
  readonly inputs: Readonly<Record<string, readonly Given[]>>;
  /** In each of the passes. */
  readonly attrs: readonly Readonly<Record<string, unknown>>[];
  /** Shape of each output. */
  readonly outputs: readonly (readonly Sizes[])[];
}

/** Writes a call. @returns A value for each output. */
export type Write = (writer: Writer, call: Call) => readonly Value[];

/** What a kernel or an operation is called in messages. */
export function calledName(called: Called): string {
  return typeof called === "string" ? called : called.name.replace(/Composite$/, "");
}

/**
 * Lays tapes of one forward pass, on inputs of several sizes, over each other.
 * @param valueOf The value that an id of the tapes stands for.
 * @throws {DependsOnLength} If steps, or constants, are not the same in all of them.
 */
export function callAt(tapes: readonly Tape[], place: number, valueOf: (id: number) => Value): Call {
  const steps = tapes.map(({ steps }) => steps[place]);
  const [first] = steps as [Step];
  const what = calledName(first.called);
  if (steps.some((step) => step === undefined || !isSameStep(step, first))) {
    throw new DependsOnLength(`which steps there are (at ${what})`);
  }
  const all = steps as readonly Step[];
  const inputs = Object.entries(first.inputs).map(([name, operands]) =>
    [
      name,
      operands.map((operand, i): Given => {
        if (operand.from === "tape") return valueOf(operand.id);
        const values = all.map((step) => (step.inputs[name]![i] as typeof operand).value);
        if (values.some((value) => !isSameConstant(value, values[0]!))) {
          throw new DependsOnLength(`a constant of ${what}`);
        }
        return values[0]!;
      }),
    ] as const
  );
  return {
    called: first.called,
    inputs: Object.fromEntries(inputs),
    attrs: all.map(({ attrs }) => attrs),
    outputs: first.outputs.map(({ shape }, o) =>
      shape.map((_, axis) => all.map((step) => step.outputs[o]!.shape[axis]!))
    ),
  };
}

function isSameStep(step: Step, other: Step): boolean {
  const names = Object.keys(step.inputs);
  return step.called === other.called && names.join() === Object.keys(other.inputs).join() &&
    names.every((name) =>
      step.inputs[name]!.map(sourceOf).join() === other.inputs[name]!.map(sourceOf).join()
    ) &&
    step.outputs.every(({ id, shape }, i) =>
      id === other.outputs[i]?.id && shape.length === other.outputs[i].shape.length
    );
}

function sourceOf(operand: Operand): string {
  return operand.from === "tape" ? String(operand.id) : "outside";
}

function isSameConstant(a: Constant, b: Constant): boolean {
  return a.shape.join() === b.shape.join() && a.data.every((value, i) => Object.is(value, b.data[i]));
}

/** The operand that a kernel has under a name. */
export function operand({ inputs, called }: Call, name: string): Given {
  const found = inputs[name]?.[0];
  if (found === undefined) throw new Error(`${calledName(called)} has no operand ${name}`);
  return found;
}

/** The same where it must depend on the input. */
export function value(call: Call, name: string): Value {
  const given = operand(call, name);
  if (isValue(given)) return given;
  throw new Error(
    `${calledName(call.called)}: its operand ${name} is a constant, wanted what depends on the wave`,
  );
}

/** The same where it must not depend on the input: a weight. */
export function constant(call: Call, name: string): Constant {
  const given = operand(call, name);
  if (!isValue(given)) return given;
  throw new Error(`${calledName(call.called)}: its operand ${name} depends on the wave, wanted a constant`);
}

/** An attribute that is the same in all passes. @throws {DependsOnLength} If it is not. */
export function attribute<T>({ attrs, called }: Call, name: string): T {
  const [first, ...others] = attrs.map((own) => own[name]);
  const text = JSON.stringify(first);
  if (others.some((other) => JSON.stringify(other) !== text)) {
    throw new DependsOnLength(`${name} of ${calledName(called)}`);
  }
  return first as T;
}

/** Sizes in an attribute that is a list of them. */
export function sizesIn({ attrs }: Call, name: string): Sizes[] {
  const lists = attrs.map((own) => own[name] as readonly number[]);
  return lists[0]!.map((_, i) => lists.map((list) => list[i]!));
}

/** Operands of an operation as they were given, in each of the passes. */
export function operandsOf<Operands extends unknown[]>({ attrs }: Call): readonly Operands[] {
  return attrs.map(({ operands }) => operands as Operands);
}
