/** Decides which tasks become which jobs: alike tasks one array, and what each waits for. Pure. */
import { dependenciesOf, orderTasks } from "../engine/order.ts";
import type { TaskGraph, TaskSpec } from "../engine/types.ts";
import { type JobResources, resourcesOf, type SlurmSettings } from "./settings.ts";

/** A job that was submitted: Slurm's number, and which element of an array, if it is one. */
export interface JobRef {
  readonly job: string;
  readonly index: number | null;
}

/** What a job waits for; `group` counts from 0 in the plan. */
export type Dependency =
  /** Every job of a group. */
  | { readonly kind: "all"; readonly group: number }
  | { readonly kind: "element"; readonly group: number; readonly index: number }
  /** Each element of an array waits for the element of the same index in another array. */
  | { readonly kind: "each"; readonly group: number }
  /** A job of an earlier submission. */
  | { readonly kind: "earlier"; readonly ref: JobRef };

export interface GroupMember {
  readonly task: string;
  /** Index in the array; 0 for a job by itself. */
  readonly index: number;
}

/** One call of `sbatch`: an array of alike tasks, or a single job. */
export interface JobGroup {
  /** Unique in the plan and fit for a file name. */
  readonly name: string;
  readonly stage: string;
  readonly array: boolean;
  readonly members: readonly GroupMember[];
  readonly resources: JobResources;
  readonly dependencies: readonly Dependency[];
}

export interface JobPlanOptions {
  /** Tasks that are to run. */
  readonly submit: ReadonlySet<string>;
  /** Tasks that are queued or running already. */
  readonly queued: ReadonlyMap<string, JobRef>;
  readonly settings: SlurmSettings;
  /** The cluster's MaxArraySize: indices are below it. */
  readonly maxArraySize: number;
}

/** Groups in an order in which each waits only for earlier ones. */
export function planJobs(graph: TaskGraph, options: JobPlanOptions): readonly JobGroup[] {
  const planner = new Planner(graph, options);
  for (const batch of planner.batches()) planner.add(batch);
  return planner.groups;
}

/** Where a task has its place. */
interface Place {
  readonly group: number;
  readonly index: number;
}

interface Draft {
  readonly members: readonly GroupMember[];
  readonly dependencies: readonly Dependency[];
}

class Planner {
  readonly groups: JobGroup[] = [];
  readonly #options: JobPlanOptions;
  readonly #specs: readonly TaskSpec[];
  readonly #places = new Map<string, Place>();
  /** Unfinished tasks that a task waits for by itself, without those that others wait for on its behalf. */
  readonly #waits = new Map<string, readonly string[]>();

  constructor(graph: TaskGraph, options: JobPlanOptions) {
    this.#options = options;
    this.#specs = orderTasks(graph).filter((spec) => options.submit.has(spec.name));
    this.#reduce(graph);
  }

  /** Tasks to submit, those together that may become one array; inputs first. */
  batches(): readonly (readonly TaskSpec[])[] {
    const levels = new Map<string, number>();
    const batches = new Map<string, TaskSpec[]>();
    for (const spec of this.#specs) {
      const level = 1 + Math.max(-1, ...this.#waits.get(spec.name)!.map((name) => levels.get(name) ?? -1));
      levels.set(spec.name, level);
      const alike = JSON.stringify([level, spec.stage, resourcesOf(spec, this.#options.settings)]);
      batches.set(alike, [...batches.get(alike) ?? [], spec]);
    }
    const levelOf = (batch: readonly TaskSpec[]): number => levels.get(batch[0]!.name)!;
    return [...batches.values()].sort((a, b) => levelOf(a) - levelOf(b));
  }

  add(batch: readonly TaskSpec[]): void {
    const together = this.#sameInputs(batch);
    const paired = this.#pairs(batch);
    const drafts = paired !== undefined && paired.length < together.length ? paired : together;
    for (const { members, dependencies } of drafts) {
      const { stage } = batch[0]!;
      const group = this.groups.length;
      for (const { task, index } of members) this.#places.set(task, { group, index });
      this.groups.push({
        name: `${stage}-${group + 1}`,
        stage,
        array: members.length > 1,
        members: members.length > 1 ? members : [{ task: members[0]!.task, index: 0 }],
        resources: resourcesOf(batch[0]!, this.#options.settings),
        dependencies,
      });
      if (members.length === 1) this.#places.set(members[0]!.task, { group, index: 0 });
    }
  }

  /** Arrays of tasks that wait for exactly the same. */
  #sameInputs(batch: readonly TaskSpec[]): readonly Draft[] {
    const byWaits = new Map<string, TaskSpec[]>();
    for (const spec of batch) {
      const waits = JSON.stringify([...this.#waits.get(spec.name)!].sort());
      byWaits.set(waits, [...byWaits.get(waits) ?? [], spec]);
    }
    return [...byWaits.values()].flatMap((specs) =>
      chunks(specs, this.#options.maxArraySize).map((some) => ({
        members: some.map((spec, index) => ({ task: spec.name, index })),
        dependencies: this.#dependencies(this.#waits.get(specs[0]!.name)!),
      }))
    );
  }

  /** Arrays of tasks each of which waits for its own element of one array; `undefined` if that cannot be. */
  #pairs(batch: readonly TaskSpec[]): readonly Draft[] | undefined {
    const arrays = new Map<string, { readonly group: number; readonly members: GroupMember[] }>();
    const seen = new Map<string, number>();
    for (const spec of batch) {
      const waits = this.#waits.get(spec.name)!;
      const place = waits.length === 1 ? this.#places.get(waits[0]!) : undefined;
      if (place === undefined || !this.groups[place.group]!.array) return undefined;
      // The second task that waits for an element goes to a second array, and so on.
      const round = seen.get(waits[0]!) ?? 0;
      seen.set(waits[0]!, round + 1);
      const key = `${place.group} ${round}`;
      const known = arrays.get(key) ?? { group: place.group, members: [] };
      known.members.push({ task: spec.name, index: place.index });
      arrays.set(key, known);
    }
    return [...arrays.values()].map(({ group, members }) => ({
      members,
      dependencies: members.length > 1
        ? [{ kind: "each", group }]
        : [{ kind: "element", group, index: members[0]!.index }],
    }));
  }

  #dependencies(waits: readonly string[]): readonly Dependency[] {
    const earlier: Dependency[] = [];
    const byGroup = new Map<number, number[]>();
    for (const name of waits) {
      const place = this.#places.get(name);
      if (place === undefined) earlier.push({ kind: "earlier", ref: this.#options.queued.get(name)! });
      else byGroup.set(place.group, [...byGroup.get(place.group) ?? [], place.index]);
    }
    const here = [...byGroup].flatMap(([group, indices]): Dependency[] =>
      indices.length === this.groups[group]!.members.length
        ? [{ kind: "all", group }]
        : indices.map((index) => ({ kind: "element", group, index }))
    );
    return [...earlier, ...here];
  }

  #reduce(graph: TaskGraph): void {
    const { submit, queued } = this.#options;
    const unfinished = (name: string): boolean => submit.has(name) || queued.has(name);
    const before = new Map<string, ReadonlySet<string>>();
    for (const spec of orderTasks(graph)) {
      const direct = dependenciesOf(spec).filter(unfinished);
      const implied = new Set(direct.flatMap((name) => [...before.get(name) ?? []]));
      this.#waits.set(spec.name, direct.filter((name) => !implied.has(name)));
      if (unfinished(spec.name)) before.set(spec.name, new Set([...direct, ...implied]));
    }
  }
}

function chunks<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from(
    { length: Math.ceil(list.length / size) },
    (_, i) => list.slice(i * size, (i + 1) * size),
  );
}
