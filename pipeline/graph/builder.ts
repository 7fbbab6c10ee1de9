/** Collects the tasks of a graph. */
import { sha256 } from "../../lib/base/digest.ts";
import type { Json } from "../../lib/base/json.ts";
import type { InputSource, TaskGraph, TaskSpec } from "../engine/types.ts";

/** A task's output as another's input. */
export function output(source: string, name: string): InputSource {
  return { kind: "task", task: source, output: name };
}

export interface NewTask {
  readonly name: string;
  readonly stage: string;
  /** How the names of tasks like it begin. */
  readonly alike?: string;
  /** Modules of the kinds that it uses, relative to the project's root: its key covers them. */
  readonly kinds?: readonly string[];
  readonly slice: object;
  readonly inputs: Readonly<Record<string, InputSource>>;
  readonly outputs: readonly string[];
  readonly goesOn?: {
    /** What the slices of all tasks have in common that only go less or more far. */
    readonly shared: object;
    readonly output: string;
    /** How far it goes, for others of the graph to wait; null: nobody knows. */
    readonly length: number | null;
  };
  /** How long its work may take, where that can be told before it ran; absent: next to nothing. */
  readonly seconds?: number;
  readonly gpu?: number;
  readonly threads?: number;
  readonly leastThreads?: number;
  readonly packages?: readonly string[];
  /** That has these packages, if not all are in `deno.lock`. */
  readonly lock?: string;
  readonly v8Flags?: readonly string[];
  /** Hosts with ports. */
  readonly net?: readonly string[];
  /** Absolute paths. */
  readonly read?: readonly string[];
  readonly wanted?: Readonly<Record<string, string>>;
  readonly route?: object;
}

/** Adds tasks, each once: the same work asked for twice is one task, different work under one name gets a suffix. */
export class GraphBuilder {
  readonly #byWork = new Map<string, TaskSpec>();
  readonly #names = new Set<string>();
  readonly #seconds = new Map<string, number>();
  /** Tasks of which each longer one goes on from the one before, by what they have in common. */
  readonly #courses = new Map<string, { readonly name: string; readonly length: number }[]>();

  /** @returns The task's name. */
  add(task: NewTask): string {
    const slice = task.slice as Json;
    // Not canonical, which would be slow: work that is asked for by the same code is worded the same.
    const work = JSON.stringify([task.stage, slice, task.inputs]);
    const known = this.#byWork.get(work);
    if (known !== undefined) return known.name;
    const name = this.#names.has(task.name) ? `${task.name}-${sha256(work).slice(0, 8)}` : task.name;
    this.#names.add(name);
    if (task.seconds !== undefined) this.#seconds.set(name, task.seconds);
    const { goesOn } = task;
    if (goesOn !== undefined && goesOn.length !== null) {
      const course = JSON.stringify([task.stage, goesOn.shared, task.inputs]);
      this.#courses.set(course, [...this.#courses.get(course) ?? [], { name, length: goesOn.length }]);
    }
    this.#byWork.set(work, {
      name,
      stage: task.stage,
      module: `pipeline/stages/${task.stage}.ts`,
      kinds: task.kinds ?? [],
      slice,
      inputs: task.inputs,
      outputs: task.outputs,
      ...(goesOn === undefined ? {} : { goesOn: { shared: goesOn.shared as Json, output: goesOn.output } }),
      resources: {
        threads: task.threads ?? 1,
        gpu: task.gpu ?? 0,
        ...(task.leastThreads === undefined ? {} : { leastThreads: task.leastThreads }),
      },
      permissions: {
        net: task.net ?? [],
        env: [],
        packages: task.packages ?? [],
        read: task.read ?? [],
        ...(task.lock === undefined ? {} : { lock: task.lock }),
      },
      v8Flags: task.v8Flags ?? [],
      ...(task.alike === undefined ? {} : { alike: task.alike }),
      ...(task.wanted === undefined ? {} : { wanted: task.wanted }),
      ...(task.route === undefined ? {} : { route: task.route as Json }),
    });
    return name;
  }

  /** Seconds of work, by task, as far as they could be told. */
  get seconds(): ReadonlyMap<string, number> {
    return this.#seconds;
  }

  graph(): TaskGraph {
    const after = new Map<string, string>();
    for (const course of this.#courses.values()) {
      const ordered = course.toSorted((a, b) => a.length - b.length);
      for (const [i, { name }] of ordered.entries()) if (i > 0) after.set(name, ordered[i - 1]!.name);
    }
    return {
      tasks: [...this.#byWork.values()].map((spec) => {
        const earlier = after.get(spec.name);
        return earlier === undefined || spec.goesOn === undefined
          ? spec
          : { ...spec, goesOn: { ...spec.goesOn, after: [earlier] } };
      }),
    };
  }
}
