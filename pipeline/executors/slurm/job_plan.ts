/** Decides which tasks become which jobs: alike tasks one array, and what each waits for. Pure. */
import { dependenciesOf, orderTasks } from "../../engine/order.ts";
import type { TaskGraph, TaskSpec } from "../../engine/types.ts";
import { type JobResources, resourcesOf, type SlurmSettings } from "./settings.ts";

/** A job that was submitted: Slurm's number, and which element of an array, if it is one. */
export interface JobRef {
  readonly job: string;
  readonly index: number | null;
}

/** An array or a job by itself: of this plan, counted from 0, or submitted before, by Slurm's number. */
export type JobSource = number | string;

/** What a job waits for. */
export type Dependency =
  /** The good end of all of it. */
  | { readonly kind: "all"; readonly of: JobSource }
  /** The good end of some elements of an array. */
  | { readonly kind: "elements"; readonly of: JobSource; readonly indices: readonly number[] }
  /** Each element of an array waits for the good end of the element of the same index in another array. */
  | { readonly kind: "each"; readonly of: JobSource }
  /** The end, good or not, of all of it, or of some elements. */
  | { readonly kind: "ended"; readonly of: JobSource; readonly indices?: readonly number[] };

export interface GroupMember {
  readonly task: string;
  /** Index in the array; 0 for a job by itself. */
  readonly index: number;
}

/** One call of `sbatch`: an array of alike tasks, or a single job. */
export interface JobGroup {
  /** Unique in the submission and fit for a file name. */
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
  /** Most elements of an array; indices are below it, but for arrays that run along one that was submitted before. */
  readonly mostElements: number;
  /** Groups that the submission has already; names count on from there. */
  readonly before?: number;
}

/**
 * So many elements of one array are named as what a job waits for. One that waits for more waits for the whole array to
 * end, and looks itself for what it reads: lists of thousands are a burden on Slurm's controller, and at last no argument
 * of a command.
 */
export const MOST_NAMED = 500;

/** Groups in an order in which each waits only for earlier ones. */
export function planJobs(graph: TaskGraph, options: JobPlanOptions): readonly JobGroup[] {
  const planner = new Planner(graph, options);
  for (const batch of planner.batches()) planner.add(batch);
  return planner.groups;
}

/** Where a task has its place. */
interface Place {
  readonly of: JobSource;
  readonly index: number;
}

interface Draft {
  readonly members: readonly GroupMember[];
  readonly dependencies: readonly Dependency[];
}

/** Unfinished tasks that a task waits for. */
interface Waits {
  /** For a good end, without those that others wait for on its behalf. */
  readonly wellEnded: readonly string[];
  /** For any end. */
  readonly ended: readonly string[];
}

interface WaitingSet {
  /** Of its first task; the others wait for the end of other elements of the same arrays. */
  readonly waits: Waits;
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
  /** Slurm's numbers of arrays that were submitted before. */
  readonly #arrays = new Set<string>();
  readonly #waits = new Map<string, Waits>();

  constructor(graph: TaskGraph, options: JobPlanOptions) {
    this.#options = options;
    const ordered = orderTasks(graph);
    this.#specs = ordered.filter((spec) => options.submit.has(spec.name));
    for (const [task, { job, index }] of options.queued) {
      this.#places.set(task, { of: job, index: index ?? 0 });
      if (index !== null) this.#arrays.add(job);
    }
    this.#reduce(ordered);
  }

  /** Tasks to submit, those together that may become one array; what others wait for first. */
  batches(): readonly (readonly TaskSpec[])[] {
    const levels = this.#levels();
    const batches = new Map<string, TaskSpec[]>();
    for (const spec of this.#specs) {
      const alike = JSON.stringify([
        levels.get(spec.name),
        spec.stage,
        resourcesOf(spec, this.#options.settings),
      ]);
      const batch = batches.get(alike);
      if (batch === undefined) batches.set(alike, [spec]);
      else batch.push(spec);
    }
    const levelOf = (batch: readonly TaskSpec[]): number => levels.get(batch[0]!.name)!;
    return [...batches.values()].sort((a, b) => levelOf(a) - levelOf(b));
  }

  add(batch: readonly TaskSpec[]): void {
    for (const { members, dependencies } of this.#fewest(this.#sets(batch))) {
      const { stage } = batch[0]!;
      const of = this.groups.length;
      const array = members.length > 1;
      const placed = array ? members : members.map(({ task }) => ({ task, index: 0 }));
      for (const { task, index } of placed) this.#places.set(task, { of, index });
      this.groups.push({
        name: `${stage}-${(this.#options.before ?? 0) + of + 1}`,
        stage,
        array,
        members: placed,
        resources: resourcesOf(batch[0]!, this.#options.settings),
        dependencies,
      });
    }
  }

  /** Longest way from a task that waits for none of these; who goes on from others need not come after them in the graph. */
  #levels(): ReadonlyMap<string, number> {
    const levels = new Map<string, number>();
    const levelOf = (name: string): number => {
      const known = levels.get(name);
      if (known !== undefined) return known;
      levels.set(name, 0); // a circle, which only preferences could make, ends here
      const { wellEnded, ended } = this.#waits.get(name)!;
      const before = [...wellEnded, ...ended].filter((other) => this.#options.submit.has(other));
      const level = before.reduce((most, other) => Math.max(most, 1 + levelOf(other)), 0);
      levels.set(name, level);
      return level;
    };
    for (const { name } of this.#specs) levelOf(name);
    return levels;
  }

  /** Tasks that wait for exactly the same good ends, and for any end of elements of the same arrays. */
  #sets(batch: readonly TaskSpec[]): readonly WaitingSet[] {
    const sets = new Map<string, { readonly waits: Waits; readonly tasks: string[] }>();
    for (const { name } of batch) {
      const waits = this.#waits.get(name)!;
      const sources = new Set(waits.ended.flatMap((other) => this.#places.get(other)?.of ?? []));
      const key = JSON.stringify([[...waits.wellEnded].sort(), [...sources].map(String).sort()]);
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
  #alongWhat(waits: Waits): Along | undefined {
    const places = waits.wellEnded.flatMap((name) => this.#places.get(name) ?? [])
      .filter(({ of }) => this.#isArray(of));
    const last = places.reduce<JobSource | undefined>(
      (latest, { of }) => latest === undefined || isLater(of, latest) ? of : latest,
      undefined,
    );
    const [leader, another] = places.filter(({ of }) => of === last);
    if (leader === undefined || another !== undefined) return undefined;
    const { index } = leader;
    const dependencies = this.#dependencies(waits);
    const along = (isPart: (of: JobSource) => boolean) =>
      dependencies.map((it): Dependency =>
        it.kind === "elements" && it.indices.length === 1 && it.indices[0] === index && isPart(it.of)
          ? { kind: "each", of: it.of }
          : it
      );
    return { index, alone: along((of) => of === last), beside: along(() => true) };
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
      chunks(tasks, this.#options.mostElements).map((some) => ({
        members: some.map((task, index) => ({ task, index })),
        dependencies: some.length > 1 ? this.#dependencies(waits) : this.#own(some[0]!),
      }))
    );
  }

  #along(sets: readonly WaitingSet[]): readonly Draft[] {
    const alike = Map.groupBy(sets, (set) => JSON.stringify(set.along!.alone));
    const arrays = new Map<string, Draft & { readonly members: GroupMember[] }>();
    for (const set of sets) {
      const { index, alone, beside } = set.along!;
      // What several sets wait for has the index of one of them by chance.
      const dependencies = alike.get(JSON.stringify(alone))!.length > 1 ? alone : beside;
      for (const [round, task] of set.tasks.entries()) {
        const key = JSON.stringify([dependencies, round]);
        const known = arrays.get(key) ?? { dependencies, members: [] };
        known.members.push({ task, index });
        arrays.set(key, known);
      }
    }
    return [...arrays.values()].flatMap(({ dependencies, members }) =>
      chunks(members, this.#options.mostElements).map((some) => ({
        members: some,
        dependencies: some.length > 1 ? dependencies : this.#own(some[0]!.task),
      }))
    );
  }

  /** What a job by itself waits for. */
  #own(task: string): readonly Dependency[] {
    return this.#dependencies(this.#waits.get(task)!, { exactly: true });
  }

  /**
   * An array cannot say that each of its elements waits for any end of another one's: it waits for all of that.
   *
   * @param how `exactly`: for a job by itself, which waits for no more than it has to.
   */
  #dependencies(waits: Waits, how: { readonly exactly?: boolean } = {}): readonly Dependency[] {
    const wellEnded = this.#bySource(waits.wellEnded).map(([of, indices]): Dependency => {
      if (!this.#isArray(of) || indices.length === this.#size(of)) return { kind: "all", of };
      return indices.length > MOST_NAMED ? { kind: "ended", of } : { kind: "elements", of, indices };
    });
    const covered = new Set(wellEnded.flatMap(({ kind, of }) => kind === "elements" ? [] : [of]));
    const ended = this.#bySource(waits.ended).filter(([of]) => !covered.has(of)).map(
      ([of, indices]): Dependency =>
        how.exactly === true && this.#isArray(of) && indices.length <= MOST_NAMED
          ? { kind: "ended", of, indices }
          : { kind: "ended", of },
    );
    return [...wellEnded, ...ended];
  }

  /** What was submitted before comes first. */
  #bySource(names: readonly string[]): readonly (readonly [JobSource, readonly number[]])[] {
    const bySource = new Map<JobSource, number[]>();
    for (const name of names) {
      const place = this.#places.get(name);
      if (place === undefined) continue; // part of a circle of preferences
      const known = bySource.get(place.of);
      if (known === undefined) bySource.set(place.of, [place.index]);
      else known.push(place.index);
    }
    return [...bySource].sort(([a], [b]) => Number(typeof a === "number") - Number(typeof b === "number"));
  }

  #isArray(of: JobSource): boolean {
    return typeof of === "number" ? this.groups[of]!.array : this.#arrays.has(of);
  }

  /** Nobody knows of all elements of arrays that were submitted before. */
  #size(of: JobSource): number | undefined {
    return typeof of === "number" ? this.groups[of]!.members.length : undefined;
  }

  #reduce(ordered: readonly TaskSpec[]): void {
    const { submit, queued } = this.#options;
    const unfinished = (name: string): boolean => submit.has(name) || queued.has(name);
    const before = new Map<string, ReadonlySet<string>>();
    for (const spec of ordered) {
      const direct = dependenciesOf(spec).filter(unfinished);
      const implied = new Set(direct.flatMap((name) => [...before.get(name) ?? []]));
      const wellEnded = direct.filter((name) => !implied.has(name));
      const ended = (spec.goesOn?.after ?? []).filter((name) =>
        unfinished(name) && !implied.has(name) && !direct.includes(name)
      );
      this.#waits.set(spec.name, { wellEnded, ended });
      if (unfinished(spec.name)) before.set(spec.name, new Set([...direct, ...implied]));
    }
  }
}

/** Of what was submitted before, the higher number; of a plan, the group that comes later. */
function isLater(a: JobSource, b: JobSource): boolean {
  return typeof a === typeof b ? Number(a) > Number(b) : typeof a === "number";
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
