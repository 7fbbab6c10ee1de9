/** Decides which tasks become which jobs: alike tasks one array, and what each waits for. Pure. */
import { dependenciesOf, orderTasks } from "../../engine/order.ts";
import type { TaskGraph, TaskSpec } from "../../engine/types.ts";
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

interface WaitingSet {
  readonly waits: readonly string[];
  readonly tasks: readonly string[];
  /** If they wait for an element of an array: the place in an array that runs along that one. */
  readonly along?: Along;
}

interface Along {
  readonly index: number;
  /** What such an array waits for; of other arrays than the one it runs along, this set's elements. */
  readonly alone: readonly Dependency[];
  /** The same where it also runs along all others of whose elements this set waits for that of its index. */
  readonly beside: readonly Dependency[];
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
    for (const { members, dependencies } of this.#fewest(this.#sets(batch))) {
      const { stage } = batch[0]!;
      const group = this.groups.length;
      const array = members.length > 1;
      const placed = array ? members : members.map(({ task }) => ({ task, index: 0 }));
      for (const { task, index } of placed) this.#places.set(task, { group, index });
      this.groups.push({
        name: `${stage}-${group + 1}`,
        stage,
        array,
        members: placed,
        resources: resourcesOf(batch[0]!, this.#options.settings),
        dependencies,
      });
    }
  }

  /** Tasks that wait for exactly the same. */
  #sets(batch: readonly TaskSpec[]): readonly WaitingSet[] {
    const sets = new Map<string, { readonly waits: readonly string[]; readonly tasks: string[] }>();
    for (const { name } of batch) {
      const waits = this.#waits.get(name)!;
      const key = JSON.stringify([...waits].sort());
      const known = sets.get(key) ?? { waits, tasks: [] };
      known.tasks.push(name);
      sets.set(key, known);
    }
    return [...sets.values()].map(({ waits, tasks }) => {
      const along = this.#alongWhat(waits);
      return { waits, tasks, ...(along === undefined ? {} : { along }) };
    });
  }

  /** The last of the arrays gives the index. */
  #alongWhat(waits: readonly string[]): Along | undefined {
    const places = waits.flatMap((name) => this.#places.get(name) ?? [])
      .filter(({ group }) => this.groups[group]!.array);
    const last = Math.max(...places.map(({ group }) => group));
    const [leader, another] = places.filter(({ group }) => group === last);
    if (leader === undefined || another !== undefined) return undefined;
    const { index } = leader;
    const dependencies = this.#dependencies(waits);
    const along = (isPart: (group: number) => boolean) =>
      dependencies.map((it): Dependency =>
        it.kind === "element" && it.index === index && isPart(it.group)
          ? { kind: "each", group: it.group }
          : it
      );
    return { index, alone: along((group) => group === last), beside: along(() => true) };
  }

  /**
   * Large sets become an array each. Small ones that wait for an element of an array become part of arrays that run
   * along that one, the first task of each set in the first, and so on. Where small ends is where arrays are fewest.
   */
  #fewest(sets: readonly WaitingSet[]): readonly Draft[] {
    const drafts = [0, ...new Set(sets.map((set) => set.tasks.length))].map((small) => [
      ...this.#together(sets.filter((set) => !isSmall(set, small))),
      ...this.#along(sets.filter((set) => isSmall(set, small))),
    ]);
    return drafts.reduce((best, other) => other.length < best.length ? other : best);
  }

  #together(sets: readonly WaitingSet[]): readonly Draft[] {
    return sets.flatMap(({ waits, tasks }) =>
      chunks(tasks, this.#options.maxArraySize).map((some) => ({
        members: some.map((task, index) => ({ task, index })),
        dependencies: this.#dependencies(waits),
      }))
    );
  }

  #along(sets: readonly WaitingSet[]): readonly Draft[] {
    const alike = Map.groupBy(sets, (set) => JSON.stringify(set.along!.alone));
    const arrays = new Map<
      string,
      Draft & { readonly members: GroupMember[]; readonly waits: readonly string[] }
    >();
    for (const set of sets) {
      const { index, alone, beside } = set.along!;
      // What several sets wait for has the index of one of them by chance.
      const dependencies = alike.get(JSON.stringify(alone))!.length > 1 ? alone : beside;
      for (const [round, task] of set.tasks.entries()) {
        const key = JSON.stringify([dependencies, round]);
        const known = arrays.get(key) ?? { dependencies, waits: set.waits, members: [] };
        known.members.push({ task, index });
        arrays.set(key, known);
      }
    }
    return [...arrays.values()].map(({ dependencies, waits, members }) => ({
      members,
      dependencies: members.length > 1 ? dependencies : this.#dependencies(waits),
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

function isSmall({ tasks, along }: WaitingSet, most: number): boolean {
  return along !== undefined && tasks.length <= most;
}

function chunks<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from(
    { length: Math.ceil(list.length / size) },
    (_, i) => list.slice(i * size, (i + 1) * size),
  );
}
