/** A forward pass as it is written down: which kernels ran on which tensors, with which attributes. */
import * as tf from "@tensorflow/tfjs";
import { type Watcher, watchOperations } from "../../kernels/operation/watched.ts";

/** A kernel of the tensor library by its name, or an operation of this project by its composite. */
// deno-lint-ignore no-explicit-any -- the table that knows an operation knows its operands too
export type Called = string | ((...operands: any[]) => tf.Tensor);

/** A tensor: made by a step of the tape, or there before. */
export type Operand =
  | { readonly from: "tape"; readonly id: number; readonly shape: readonly number[] }
  | { readonly from: "outside"; readonly value: Constant };

/** Values that do not depend on the input. */
export interface Constant {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** One step of a tape. */
export interface Step {
  readonly called: Called;
  /** Of a kernel by name, of an operation by their places. */
  readonly inputs: Readonly<Record<string, readonly Operand[]>>;
  /** A kernel's attributes; of an operation, all operands as they were given. */
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly outputs: readonly {
    readonly id: number;
    readonly shape: readonly number[];
    readonly dtype: string;
  }[];
}

export interface Tape {
  readonly input: number;
  readonly steps: readonly Step[];
  /** How many steps there were when each stage ended. */
  readonly ends: readonly number[];
  readonly output: number;
}

/** What is used of the library's engine beyond its public interface; the library is pinned exactly. */
interface Engine {
  runKernel(name: string, inputs: Inputs, attrs?: Record<string, unknown>): tf.Tensor | tf.Tensor[];
}
type Inputs = Readonly<Record<string, tf.Tensor | readonly tf.Tensor[] | undefined>>;

/**
 * Runs stages one after the other, the first on `input`, and writes down what depends on it.
 * @param whole Which operations are one step; the others are written down as what they are composed of.
 * @returns The tape; its tensors are disposed of.
 */
export function record(
  input: tf.Tensor,
  stages: readonly ((input: tf.Tensor) => tf.Tensor)[],
  whole: (composite: Called) => boolean,
): Tape {
  const recorder = new Recorder(input, whole);
  tf.engine().startScope();
  try {
    return recorder.run(stages);
  } finally {
    tf.engine().endScope();
  }
}

class Recorder {
  readonly #whole: (composite: Called) => boolean;
  /** Tensors that depend on the input, by their numbers in the library. */
  readonly #known = new Map<number, number>();
  readonly #input: tf.Tensor;
  readonly #steps: Step[] = [];
  /** Within a step that is written down whole. */
  #quiet = false;
  #next = 0;

  constructor(input: tf.Tensor, whole: (composite: Called) => boolean) {
    this.#whole = whole;
    this.#input = input;
    this.#name(input);
  }

  run(stages: readonly ((input: tf.Tensor) => tf.Tensor)[]): Tape {
    const engine = tf.engine() as unknown as Engine;
    const runKernel = engine.runKernel.bind(engine);
    const ends: number[] = [];
    engine.runKernel = (name, inputs, attrs) => {
      const made = runKernel(name, inputs, attrs);
      if (!this.#quiet) this.#add(name, inputs, attrs ?? {}, Array.isArray(made) ? made : [made]);
      return made;
    };
    try {
      const last = watchOperations(this.#watch, () =>
        stages.reduce((seen, stage) => {
          const made = stage(seen);
          ends.push(this.#steps.length);
          return made;
        }, this.#input));
      const [input, output] = [this.#known.get(this.#input.id)!, this.#known.get(last.id)];
      if (output === undefined) {
        throw new Error("What comes out of the forward pass does not depend on its input");
      }
      return { input, steps: this.#steps, ends, output };
    } finally {
      delete (engine as Partial<Engine>).runKernel; // the class' own is seen again
    }
  }

  readonly #watch: Watcher = (composite, operands) => {
    if (this.#quiet || !this.#whole(composite)) return composite(...operands);
    this.#quiet = true;
    try {
      const made = composite(...operands);
      this.#add(composite, tensorsIn(operands), { operands }, [made]);
      return made;
    } finally {
      this.#quiet = false;
    }
  };

  #add(called: Called, inputs: Inputs, attrs: Record<string, unknown>, made: readonly tf.Tensor[]): void {
    const all = Object.values(inputs).flat().filter((tensor) => tensor !== undefined);
    if (!all.some((tensor) => this.#known.has(tensor.id))) return;
    if (made.every((tensor) => all.includes(tensor))) return; // nothing to do at these sizes
    const operands = Object.entries(inputs).flatMap(([name, given]) =>
      given === undefined ? [] : [[name, [given].flat().map((tensor) => this.#operand(tensor))] as const]
    );
    const outputs = made.map((tensor) => ({
      id: this.#name(tensor),
      shape: tensor.shape,
      dtype: tensor.dtype,
    }));
    this.#steps.push({ called, inputs: Object.fromEntries(operands), attrs, outputs });
  }

  #operand(tensor: tf.Tensor): Operand {
    const known = this.#known.get(tensor.id);
    if (known !== undefined) return { from: "tape", id: known, shape: tensor.shape };
    return { from: "outside", value: constantOf(tensor) };
  }

  #name(tensor: tf.Tensor): number {
    this.#known.set(tensor.id, this.#next);
    return this.#next++;
  }
}

/** A tensor's values, read at once: it may be disposed of before the tape is looked at. */
export function constantOf(tensor: tf.Tensor): Constant {
  const data = tensor.dataSync<"float32">().slice();
  return { shape: [...tensor.shape], dtype: tensor.dtype, data };
}

/** Tensors among an operation's operands, by place, and by name within objects: `0`, `1.weight`. */
function tensorsIn(operands: readonly unknown[]): Record<string, tf.Tensor> {
  const found: Record<string, tf.Tensor> = {};
  const look = (value: unknown, name: string) => {
    if (value instanceof tf.Tensor) found[name] = value;
    else if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) {
      for (const [key, inner] of Object.entries(value)) look(inner, `${name}.${key}`);
    }
  };
  operands.forEach((operand, i) => look(operand, String(i)));
  return found;
}
