/**
 * Brings tasks up to date one by one, as they are thought of, on an executor that takes whole graphs. On this machine
 * so many at a time, each on its share of the threads; on a cluster all at once, those that are asked for while a submission
 * is made as the next one.
 */
import type { ExecutionRequest, Executor } from "../engine/executor.ts";
import { dependenciesOf } from "../engine/order.ts";
import type { FailureRecord, RunEvent, TaskGraph, TaskKey } from "../engine/types.ts";

/** A task and what it builds on. */
export interface Errand {
  readonly graph: TaskGraph;
  readonly task: string;
  /** Names of it and of those it builds on that nobody else does. */
  readonly own: readonly string[];
}

export type Ending =
  | { readonly kind: "done"; readonly key: TaskKey }
  /** Itself, or a task that it builds on. */
  | { readonly kind: "failed"; readonly failure: FailureRecord }
  /** Somebody asked to stop. */
  | { readonly kind: "cancelled" };

export type FeedRequest = Omit<ExecutionRequest, "graph" | "onPlanned" | "failFast">;

export interface Feed<Job> {
  run(job: Job): Promise<Ending>;
}

/**
 * @param executors Each takes one errand at a time. @param errandOf The graph of one job.
 */
export function localFeed<Job>(
  executors: readonly Executor[],
  request: FeedRequest,
  errandOf: (job: Job) => Promise<Errand>,
): Feed<Job> {
  const free = new Pool(executors);
  const common = new Pool([{}]);
  return {
    async run(job) {
      const { graph, task, own } = await errandOf(job);
      // What several trials build on is made once, by the first, and not waited for by the others on their share.
      const shared = { tasks: graph.tasks.filter(({ name }) => !own.includes(name)) };
      const made = await common.with(() =>
        free.with((executor) => execute(executor, request, { graph: shared, task }))
      );
      if (made.kind === "failed") return made;
      return await free.with((executor) => execute(executor, request, { graph, task }));
    },
  };
}

/** @param errandsOf One graph for several jobs. */
export function clusterFeed<Job>(
  executor: Executor,
  request: FeedRequest,
  errandsOf: (
    jobs: readonly Job[],
  ) => Promise<{ readonly graph: TaskGraph; readonly tasks: readonly string[] }>,
): Feed<Job> {
  let waiting: { readonly job: Job; readonly ended: PromiseWithResolvers<Ending> }[] = [];
  let submitting = false;
  function submitSoon(): void {
    if (submitting || waiting.length === 0) return;
    submitting = true;
    setTimeout(submit, 0); // behind all that is asked for now
  }
  async function submit(): Promise<void> {
    const group = waiting;
    waiting = [];
    let isMade = false;
    const made = (): void => {
      if (isMade) return;
      isMade = true;
      submitting = false;
      submitSoon();
    };
    try {
      const { graph, tasks } = await errandsOf(group.map(({ job }) => job));
      const endings = new Endings(graph, (task, ending) => {
        for (const [i, { ended }] of group.entries()) if (tasks[i] === task) ended.resolve(ending);
      });
      const hear = heard(request, endings);
      const onEvent = (event: RunEvent): void => {
        hear(event);
        if (event.type === "submitted") made();
      };
      await executor.execute({ ...request, graph, onEvent });
      for (const { ended } of group) ended.resolve({ kind: "cancelled" }); // those that nothing was heard of
    } catch (error) {
      for (const { ended } of group) ended.reject(error);
    } finally {
      made(); // nothing was left to submit, or nothing could be
    }
  }
  return {
    run(job) {
      const ended = Promise.withResolvers<Ending>();
      waiting.push({ job, ended });
      submitSoon();
      return ended.promise;
    },
  };
}

async function execute(
  executor: Executor,
  request: FeedRequest,
  { graph, task }: Pick<Errand, "graph" | "task">,
): Promise<Ending> {
  let found: Ending = { kind: "cancelled" };
  const endings = new Endings(graph, (ended, ending) => {
    if (ended === task || ending.kind === "failed") found = ending;
  });
  await executor.execute({ ...request, graph, onEvent: heard(request, endings) });
  return found;
}

function heard({ onEvent }: FeedRequest, endings: Endings): (event: RunEvent) => void {
  return (event) => {
    onEvent?.(event);
    endings.add(event);
  };
}

/** How tasks end, as the events of one execution tell it. */
class Endings {
  readonly #failures = new Map<string, FailureRecord>();
  readonly #onEnd: (task: string, ending: Ending) => void;
  readonly #graph: TaskGraph;

  constructor(graph: TaskGraph, onEnd: (task: string, ending: Ending) => void) {
    this.#graph = graph;
    this.#onEnd = onEnd;
  }

  add(event: RunEvent): void {
    switch (event.type) {
      case "task-fresh":
      case "task-done":
        return this.#onEnd(event.task, { kind: "done", key: event.key });
      case "task-failed":
        this.#failures.set(event.task, event.failure);
        return this.#onEnd(event.task, { kind: "failed", failure: event.failure });
      case "task-cancelled":
        return this.#onEnd(event.task, { kind: "cancelled" });
      case "task-blocked": {
        const failure = this.#failures.get(event.by) ?? this.#anyBefore(event.task);
        return this.#onEnd(
          event.task,
          failure === undefined ? { kind: "cancelled" } : { kind: "failed", failure },
        );
      }
      default:
    }
  }

  #anyBefore(task: string): FailureRecord | undefined {
    const spec = this.#graph.tasks.find(({ name }) => name === task);
    for (const name of spec === undefined ? [] : dependenciesOf(spec)) {
      const failure = this.#failures.get(name) ?? this.#anyBefore(name);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }
}

/** Lends out items, first come, first served. */
class Pool<Item extends object> {
  readonly #free: Item[];
  readonly #waiting: ((item: Item) => void)[] = [];

  constructor(items: readonly Item[]) {
    this.#free = [...items];
  }

  async with<T>(use: (item: Item) => Promise<T>): Promise<T> {
    const item = this.#free.shift() ?? await new Promise<Item>((resolve) => this.#waiting.push(resolve));
    try {
      return await use(item);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(item);
      else next(item);
    }
  }
}
