/** Takes a clip's graph node by node, and writes what makes the same of a stream's next block. */
import type { Graph, Node, Part } from "../graph.ts";
import { Memory } from "./memory.ts";
import { RULES } from "./rules.ts";
import { resized, stepsOf, type Streamed, type Timed, type Whole } from "./timed.ts";

/** Where a window over time lies. */
export interface WindowForm {
  /** Steps from its first tap to its last. */
  readonly reach: number;
  readonly stride: number;
  /** Steps before a clip. */
  readonly before: number;
  /** What is there. */
  readonly fill: number;
}

/** Thrown where something has to see a whole clip. Tells what, as a noun. */
export class NeedsWholeClip extends Error {}

/** Thrown where a block is not of whole steps. */
export class UnevenBlock extends Error {
  /** Samples from one step to the next. */
  readonly stepSamples: number;

  constructor(stepSamples: number) {
    super(`a block that is not a multiple of ${stepSamples} samples`);
    this.stepSamples = stepSamples;
  }
}

export class Streamer {
  readonly memory: Memory;
  readonly #graph: Graph;
  readonly #values = new Map<string, Streamed>();
  readonly #makers: ReadonlyMap<string, Node>;
  readonly #wholes = new Map<string, string>();
  /** Pieces of the wave backwards, which are only there to be joined with it. */
  readonly #mirrors = new Map<string, Whole>();
  /** Of the last clip that was heard: samples from its first step to the end of the block. */
  #span: number | null = null;

  /** @param graph Of clips of one length. @param blockSamples Of a call. */
  constructor(graph: Graph, blockSamples: number) {
    this.#graph = graph;
    this.memory = new Memory(graph.initializers, blockSamples);
    this.#makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
    const [input] = graph.inputs;
    this.#values.set(input!.name, {
      is: "timed",
      name: input!.name,
      shape: [1, input!.shape![1] as number],
      axis: 1,
      stride: 1,
      lag: 0,
      clean: true,
      mirrored: null,
    });
  }

  /** @returns Samples from the beginning of the clip that is decided on to the block's end. @throws {NeedsWholeClip | UnevenBlock} */
  run(): number {
    for (const node of this.#graph.nodes) this.#add(node);
    if (this.#span === null) throw new NeedsWholeClip("nothing: no answer is of a whole clip");
    return this.#span;
  }

  /** Adds a node. @param names Of its inputs. @returns What it makes. */
  put(node: Node, names: readonly string[], made: Timed): Timed {
    this.memory.nodes.push({ ...node, inputs: names });
    return { ...made, name: node.outputs[0]! };
  }

  /** Values as they were where the latest of them is. */
  aligned(values: readonly Timed[], part: Part): readonly Timed[] {
    const latest = Math.max(...values.map(({ lag }) => lag));
    const [first] = values as [Timed];
    const isOne = values.every(({ stride, mirrored }) =>
      stride === first.stride && JSON.stringify(mirrored) === JSON.stringify(first.mirrored)
    );
    if (!isOne) throw new NeedsWholeClip("what joins steps of different lengths");
    return values.map((value) => {
      const more = latest - value.lag;
      if (more === 0) return value;
      this.#checkPlain(value);
      const buffer = this.memory.remembered(value, more, part);
      const steps = this.memory.steps(value);
      const bounds = [[0], [steps], [value.axis]].map((own) => this.memory.integers(own));
      const name = this.memory.derived(part, "Slice", buffer.name, bounds);
      return { ...value, name, lag: latest };
    });
  }

  /** The value with zeros where the stream had not begun. */
  cleaned(value: Timed, part: Part): Timed {
    if (value.clean || value.lag <= 0) return { ...value, clean: true };
    this.#checkPlain(value);
    const buffer = { name: value.name, offset: value.lag, length: this.memory.steps(value) };
    return { ...value, name: this.memory.begun(buffer, value, 0, part).name, clean: true };
  }

  /**
   * What the windows of a block see, and nothing else.
   * @returns Its name, and the lag of what is made of it, in steps of the windows; null if there is none.
   */
  windows(
    x: Timed,
    { reach, stride, before, fill }: WindowForm,
    part: Part,
  ): { readonly name: string; readonly lag: number } | null {
    if (x.axis === 0) return null;
    const { memory } = this;
    const made = memory.blockSamples / (x.stride * stride);
    if (!Number.isInteger(made)) {
      throw new UnevenBlock(x.stride * stride);
    }
    const length = (made - 1) * stride + reach + 1;
    const latest = Math.ceil((x.lag + reach - before + 1 - stride) / stride);
    if (x.mirrored === null) {
      const buffer = memory.remembered(x, latest * stride + before - x.lag, part);
      const isSeen = before > 0 && (fill !== 0 || !(x.clean || x.lag <= 0));
      const begun = isSeen ? memory.begun(buffer, x, fill, part) : buffer;
      return { name: this.#firstOf(begun, x, length, part), lag: latest };
    }
    // What stands backwards must have come when it is seen.
    if (before > 0) return null;
    const { before: turned, edge } = x.mirrored;
    const lag = Math.max(latest, Math.ceil((2 * turned - edge + x.lag + 1 - stride) / stride));
    const buffer = memory.remembered(x, lag * stride - x.lag, part);
    return { name: memory.mirrored(buffer, x, length, 2 * (turned + lag * stride) - edge), lag };
  }

  /** A Scan that begins anew with a stream. @returns Its last state, which nobody sees. */
  continued(node: Node, x: Timed): Whole {
    const { memory } = this;
    const attribute = node.attributes["body"];
    if (attribute === undefined || !("graph" in attribute)) throw new NeedsWholeClip("a Scan without a body");
    const body = attribute.graph;
    const [before, energy] = body.inputs as [Graph["inputs"][number], Graph["inputs"][number]];
    const [begins, state] = [`${before.name}_begins`, `${before.name}_or_first`];
    const size = before.shape![1] as number;
    const steps = memory.steps(x);
    const isFirst = memory.constant(Float64Array.from({ length: steps }, (_, i) => i), alongAxis(x, steps));
    // In call n step i is the first one where i = lag - n steps.
    const first = memory.node(node.part, "Sub", [
      memory.constant([x.lag], []),
      memory.node(node.part, "Mul", [memory.calls(x.shape.length), memory.constant([steps], [])]),
    ]);
    const flags = memory.node(node.part, "Less", [
      memory.node(node.part, "Abs", [memory.node(node.part, "Sub", [isFirst, first])]),
      memory.constant([0.5], []),
    ]);
    memory.tellApart(Math.ceil(x.lag / steps) + 1);
    const kept = memory.kept([size]);
    const nodes: Node[] = [
      {
        type: "Where",
        inputs: [begins, energy.name, before.name],
        outputs: [state],
        attributes: {},
        part: node.part,
      },
      ...body.nodes.map((own) => ({
        ...own,
        inputs: own.inputs.map((name) => name === before.name ? state : name),
      })),
    ];
    const flag = {
      name: begins,
      type: "bool",
      shape: ["batch", 1],
      about: "whether this is a stream's first frame",
    } as const;
    const two = { ints: [x.axis, x.axis] };
    memory.nodes.push({
      ...node,
      inputs: [kept.name, x.name, flags],
      outputs: [kept.next, node.outputs[1]!],
      attributes: {
        ...node.attributes,
        num_scan_inputs: { int: 2 },
        scan_input_axes: two,
        body: { graph: { ...body, inputs: [before, energy, flag], nodes } },
      },
    });
    return { is: "whole", name: kept.next, ofSound: true };
  }

  rankOf(value: Streamed): number {
    if (value.is === "timed") return value.shape.length;
    return value.is === "first" ? 0 : this.shapeOf(value.name)?.length ?? 0;
  }

  /** Of a constant. */
  shapeOf(name: string): readonly number[] | null {
    return this.memory.initializers.get(name)?.shape ?? null;
  }

  integersOf(name: string): number[] | null {
    const found = this.memory.initializers.get(name);
    return found === undefined ? null : Array.from(found.values);
  }

  numberOf(name: string): number | null {
    return this.integersOf(name)?.[0] ?? null;
  }

  /** How many steps of a value stand backwards in what a clip's graph cut out of it; null: it is no such thing. */
  backwardsOf(name: string, x: Timed): number | null {
    const node = this.#makers.get(name);
    if (node?.type !== "Slice" || node.inputs[0] !== x.name) return null;
    const [start, end, axis, step] = node.inputs.slice(1).map((own) => this.numberOf(own));
    if (step !== -1 || axis !== x.axis || typeof start !== "number" || typeof end !== "number") return null;
    return start < 0 ? start - end : start + 1;
  }

  #add(node: Node): void {
    if (this.#isPartOfMirror(node)) return;
    const inputs = node.inputs.map((name) =>
      this.#values.get(name) ?? this.#mirrors.get(name) ?? this.#constant(name)
    );
    if (inputs.every(({ is }) => is === "whole")) {
      const ofSound = inputs.some((input) => input.is === "whole" && input.ofSound);
      this.#keep(node, inputs.map((input) => (input as Whole).name), ofSound);
      return;
    }
    const made = RULES[node.type]?.(this, node, inputs) ?? null;
    if (made !== null) {
      node.outputs.forEach((name, i) => this.#values.set(name, made[i] ?? made[0]!));
      return;
    }
    this.#keep(node, inputs.map((input) => this.#wholeOf(input, node)), true);
  }

  /** As in the clip's graph. */
  #keep(node: Node, names: readonly string[], ofSound: boolean): void {
    this.memory.nodes.push({ ...node, inputs: names });
    for (const name of node.outputs) this.#values.set(name, { is: "whole", name, ofSound });
  }

  #constant(name: string): Whole {
    if (name !== "" && !this.memory.initializers.has(name)) throw new NeedsWholeClip("a clip backwards");
    return { is: "whole", name, ofSound: false };
  }

  #isPartOfMirror(node: Node): boolean {
    const x = this.#values.get(node.inputs[0]!);
    const [name] = node.outputs as [string];
    if (x?.is !== "timed" || this.backwardsOf(name, x) === null) return false;
    this.#mirrors.set(name, { is: "whole", name, ofSound: true });
    return true;
  }

  /** The value of the last clip that was heard. */
  #wholeOf(value: Streamed, node: Node): string {
    if (value.is === "whole") return value.name;
    if (value.is === "first") throw new NeedsWholeClip(`the first step that ${node.type} sees`);
    this.#checkPlain(value);
    if (value.stride === 1) throw new NeedsWholeClip(`${node.type} of all samples of a clip`);
    const found = this.#wholes.get(value.name);
    if (found !== undefined) return found;
    const { memory } = this;
    const [steps, clip] = [memory.steps(value), stepsOf(value)];
    const buffer = memory.remembered(value, clip - steps, node.part);
    const span = (value.lag + clip) * value.stride;
    if (this.#span !== null && this.#span !== span) {
      throw new NeedsWholeClip(`what joins clips in ${node.type}`);
    }
    this.#span = span;
    this.#wholes.set(value.name, buffer.name);
    return buffer.name;
  }

  #firstOf(
    { name, length }: { readonly name: string; readonly length: number },
    x: Timed,
    wanted: number,
    part: Part,
  ): string {
    if (length === wanted) return name;
    const bounds = [[0], [wanted], [x.axis]].map((own) => this.memory.integers(own));
    return this.memory.derived(part, "Slice", name, bounds);
  }

  #checkPlain({ mirrored, axis }: Timed): void {
    if (mirrored !== null) throw new NeedsWholeClip("a wave that is continued by its reflection");
    if (axis === 0) throw new NeedsWholeClip("steps that stand among clips");
  }
}

function alongAxis({ shape, axis }: Timed, length: number): number[] {
  return resized(shape.map(() => 1), axis, length);
}
