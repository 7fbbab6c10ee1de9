/** The scheduler: brings every task of a graph up to date, as many at a time as the machine allows. */
import type { AttemptOutcome } from "./attempt_io.ts";
import { type Clock, systemClock } from "./clock_io.ts";
import type { ExecutionRequest, PlanOptions } from "./executor.ts";
import { madeElsewhere } from "./elsewhere.ts";
import { matchTasks } from "./match_tasks.ts";
import { dependenciesOf, dependentsOf, followersOf, orderTasks } from "./order.ts";
import {
  countStates,
  type Plan,
  planGraph,
  type PlanLookup,
  planTask,
  receiptOf,
  resolveInputs,
} from "./plan.ts";
import { lastAlike } from "./store/last_alike_io.ts";
import { grantResources, type MachineResources } from "./resources.ts";
import type { StageRunner } from "./process/stage_runner.ts";
import type {
  ContentDigest,
  FailureRecord,
  Receipt,
  RunEvent,
  RunSummary,
  StoredOutput,
  TaskGraph,
  TaskSpec,
  TaskState,
} from "./types.ts";

export interface RunOptions extends ExecutionRequest {
  readonly runner: StageRunner;
  readonly resources: MachineResources;
  readonly clock?: Clock;
}

/**
 * The plan of a run whose wanted results are here if they are fresh, and, where tasks cannot fetch what they read, that as
 * well: what cannot be had counts as not done.
 *
 * @param options `inputs`: have the inputs of what is stale be here, too.
 * @throws {UserError} As {@link planRun}.
 */
export async function planToRun(
  options: ExecutionRequest,
  { inputs }: { readonly inputs: boolean },
): Promise<Plan> {
  const lookup = await lookupOf(options);
  return await planWith(options, lookup, inputs);
}

/** What is fresh and what would run; starts and writes nothing. @throws {UserError} If an external input is missing. */
export async function planRun(options: PlanOptions): Promise<Plan> {
  return await planGraph(options.graph, await lookupOf(options));
}

/**
 * Runs what is stale. A task that fails is an event and a count, not an exception.
 *
 * @throws {UserError} If a pattern of `force` matches nothing or an external input is missing.
 */
export async function runGraph(options: RunOptions): Promise<RunSummary> {
  const lookup = await lookupOf(options);
  return await new GraphRun(options, lookup).run();
}

type Ending = "fresh" | "ran" | "failed" | "blocked" | "cancelled";

interface Node {
  readonly spec: TaskSpec;
  /** Its place in topological order: of those that may start, the first does. */
  readonly place: number;
  /** Tasks that must end well before this one can be considered. */
  readonly missing: Set<string>;
  state: TaskState;
  ending?: Ending;
  receipt?: Receipt;
  /** It ran again because its results were damaged. */
  redone?: true;
}

class GraphRun {
  readonly #options: RunOptions;
  readonly #lookup: PlanLookup;
  readonly #nodes = new Map<string, Node>();
  readonly #dependents: ReadonlyMap<string, readonly string[]>;
  /** Who had better begin after a task, however that ends. */
  readonly #followers: ReadonlyMap<string, readonly string[]>;
  readonly #wanted: ReadonlySet<string>;
  readonly #whole: WholeResults;
  readonly #clock: Clock;
  readonly #machine: MachineResources;
  readonly #ended = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  readonly #counts: Record<Ending, number> = { fresh: 0, ran: 0, failed: 0, blocked: 0, cancelled: 0 };
  #ready: Node[] = [];
  #free: { threads: number; gpu: number; jobs: number };
  /** Tasks in an attempt or waiting for somebody else's. */
  #active = 0;
  #open = 0;

  constructor(options: RunOptions, lookup: PlanLookup) {
    const { graph, resources } = options;
    this.#options = options;
    this.#lookup = lookup;
    this.#clock = options.clock ?? systemClock;
    this.#dependents = dependentsOf(graph);
    this.#followers = followersOf(graph);
    this.#wanted = wantedOf(options);
    this.#whole = new WholeResults(options);
    // One accelerator at least, so that tasks that want one exclude each other whatever was counted.
    this.#machine = { ...resources, gpu: Math.max(1, resources.gpu) };
    this.#free = { ...this.#machine };
  }

  async run(): Promise<RunSummary> {
    const begun = this.#clock();
    const { graph, signal } = this.#options;
    const plan = await planWith(this.#options, this.#lookup, false);
    this.#options.store.uses.planned();
    for (const spec of orderTasks(graph)) {
      this.#nodes.set(spec.name, {
        spec,
        place: this.#nodes.size,
        missing: new Set([...dependenciesOf(spec), ...spec.goesOn?.after ?? []]),
        state: plan.get(spec.name)!,
      });
    }
    this.#open = this.#nodes.size;
    this.#options.onPlanned?.(plan);
    this.#emit({ type: "planned", total: plan.size, ...countStates(plan) });
    const onAbort = (): void => this.#stopAll();
    signal?.addEventListener("abort", onAbort);
    try {
      // Listed first: considering one may complete the inputs of another, which is then considered by itself.
      const roots = [...this.#nodes.values()].filter((node) => node.missing.size === 0);
      for (const node of roots) this.#consider(node);
      if (signal?.aborted) this.#stopAll();
      this.#pump();
      if (this.#open === 0) this.#ended.resolve();
      await this.#ended.promise;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
    await this.#tellElsewhere();
    const seconds = Math.round((this.#clock() - begun) * 1000) / 1000;
    const summary: RunSummary = { ...this.#counts, seconds };
    this.#emit({ type: "finished", summary });
    return summary;
  }

  async #tellElsewhere(): Promise<void> {
    const { here } = this.#options;
    if (here === undefined) return;
    const used = [...this.#nodes.values()].flatMap(({ ending, spec, receipt }) =>
      ending === "fresh" && receipt !== undefined ? [{ spec, receipt }] : []
    );
    const found = await madeElsewhere(used, this.#nodes.size, here);
    if (found !== undefined) this.#emit({ type: "made-elsewhere", ...found });
  }

  /** All inputs are known, and with them the task's state. */
  #consider(node: Node): void {
    if (node.ending !== undefined) return;
    // What was planned holds as long as nothing it builds on has run since.
    const rerun = dependenciesOf(node.spec).some((name) => this.#nodes.get(name)?.ending === "ran");
    if (!rerun && node.state.kind !== "pending") return this.#admit(node);
    this.#guard(async () => {
      await this.#replan(node);
      this.#admit(node);
      this.#pump();
    });
  }

  async #replan(node: Node): Promise<void> {
    const { known } = resolveInputs(node.spec, this.#lookup, (task) => this.#nodes.get(task)?.receipt);
    do node.state = await planTask(node.spec, known, this.#lookup); while (!await this.#isHere(node));
  }

  /** Whether what is wanted of a task is here; if not, it does not count any more. */
  async #isHere({ spec, state }: Node): Promise<boolean> {
    if (state.kind !== "fresh" || !this.#wanted.has(spec.name)) return true;
    return await this.#options.store.cache.bring(state.receipt) &&
      await this.#whole.isSound(spec.name, state.receipt);
  }

  /** Its state is known: it is done, or it queues. */
  #admit(node: Node): void {
    if (node.ending !== undefined) return;
    if (this.#stop.signal.aborted) return this.#end(node, "cancelled");
    if (node.state.kind !== "fresh") {
      this.#ready.push(node);
      return;
    }
    const { key, receipt } = node.state;
    this.#options.store.markLast(node.spec.name, key);
    this.#emit({ type: "task-fresh", task: node.spec.name, key });
    this.#end(node, "fresh", receipt);
  }

  /** Starts what the free resources allow. */
  #pump(): void {
    if (this.#stop.signal.aborted) return;
    this.#ready.sort((a, b) => a.place - b.place);
    const wanted = this.#ready.map((node) => node.spec.resources);
    const grants = grantResources(this.#free, wanted, this.#machine);
    const starting = grants.map((grant) => ({ grant, node: this.#ready[grant.index]! }));
    this.#ready = this.#ready.filter((node) => !starting.some((start) => start.node === node));
    for (const { node, grant } of starting) {
      this.#take(grant, -1);
      this.#guard(async () => {
        const outcome = await this.#attempt(node, grant.threads);
        this.#take(grant, 1);
        await this.#handle(node, outcome);
      });
    }
  }

  #take(grant: { readonly threads: number; readonly gpu: number }, sign: 1 | -1): void {
    this.#free.threads += sign * grant.threads;
    this.#free.gpu += sign * grant.gpu;
    this.#free.jobs += sign;
  }

  async #attempt(node: Node, threads: number): Promise<AttemptOutcome> {
    const { state } = node;
    if (state.kind !== "stale") throw new Error(`Task ${node.spec.name} was started but is ${state.kind}`);
    // A run that finds everything fresh goes without.
    const { attemptTask } = await import("./attempt_io.ts");
    const { store, code, runner } = this.#options;
    return await attemptTask({
      spec: node.spec,
      state,
      upstream: (task) => this.#nodes.get(task)!.receipt!,
      threads,
      store,
      code,
      runner,
      signal: this.#stop.signal,
      onEvent: (event) => this.#emit(event),
    });
  }

  async #handle(node: Node, outcome: AttemptOutcome): Promise<void> {
    switch (outcome.kind) {
      case "done":
        this.#end(node, "ran", outcome.receipt);
        break;
      case "found":
        this.#emit({ type: "task-fresh", task: node.spec.name, key: outcome.receipt.key });
        this.#end(node, "fresh", outcome.receipt);
        break;
      case "damaged":
        await this.#redo(node, outcome.tasks);
        break;
      case "failed":
        this.#fail(node, outcome.failure);
        break;
      case "cancelled":
        this.#end(node, "cancelled");
        break;
      case "lost":
        this.#admit(node);
        break;
      case "busy":
        this.#pump(); // what this task gave back is free for others while it waits
        await this.#wait(node, outcome);
        break;
      default:
        outcome satisfies never;
    }
    this.#pump();
  }

  /** Somebody else works at the task: when they end, their result or failure is taken over, or it queues again. */
  async #wait(node: Node, { owner, watch }: Extract<AttemptOutcome, { kind: "busy" }>): Promise<void> {
    const { store } = this.#options;
    const { state, spec } = node;
    if (state.kind !== "stale") return;
    const before = store.failure(state.key);
    this.#emit({ type: "task-waiting", task: spec.name, key: state.key, owner });
    await watch.untilFree(this.#stop.signal);
    if (this.#stop.signal.aborted) return this.#end(node, "cancelled");
    const after = store.failure(state.key);
    if (after !== undefined && after.failedAt !== before?.failedAt) this.#fail(node, after);
    else this.#ready.push(node);
  }

  /** Results that a task reads are gone: they are made again first, once. */
  async #redo(node: Node, names: readonly string[]): Promise<void> {
    const makers: Node[] = [];
    for (const name of names) {
      const maker = this.#nodes.get(name)!;
      node.missing.add(name);
      if (maker.ending === undefined) continue; // another of its readers has seen to it
      if (maker.redone === true) throw new Error(`The results of ${name} were damaged twice in one run`);
      maker.redone = true;
      this.#counts[maker.ending]--;
      this.#open++;
      delete maker.ending;
      makers.push(maker);
    }
    for (const maker of makers) {
      await this.#replan(maker);
      this.#admit(maker);
    }
  }

  #fail(node: Node, failure: FailureRecord): void {
    this.#emit({ type: "task-failed", task: node.spec.name, key: failure.key, failure });
    this.#end(node, "failed");
    if (this.#options.failFast === true) this.#stopAll();
  }

  #end(node: Node, ending: Ending, receipt?: Receipt): void {
    if (node.ending !== undefined) return;
    node.ending = ending;
    if (receipt !== undefined) node.receipt = receipt;
    this.#counts[ending]++;
    this.#open--;
    if (ending === "cancelled") this.#emit({ type: "task-cancelled", task: node.spec.name });
    for (const name of this.#dependents.get(node.spec.name) ?? []) {
      const dependent = this.#nodes.get(name)!;
      dependent.missing.delete(node.spec.name);
      if (ending === "failed") this.#block(dependent, node.spec.name);
      else if (ending === "cancelled") this.#end(dependent, "cancelled");
      else if (ending !== "blocked" && dependent.missing.size === 0) this.#consider(dependent);
    }
    for (const name of this.#followers.get(node.spec.name) ?? []) {
      const follower = this.#nodes.get(name)!;
      if (follower.missing.delete(node.spec.name) && follower.missing.size === 0) this.#consider(follower);
    }
    if (this.#open === 0 && this.#active === 0) this.#ended.resolve();
  }

  #block(node: Node, root: string): void {
    if (node.ending !== undefined) return;
    this.#emit({ type: "task-blocked", task: node.spec.name, by: root });
    this.#end(node, "blocked");
    for (const name of this.#dependents.get(node.spec.name) ?? []) this.#block(this.#nodes.get(name)!, root);
  }

  /** Ends what runs and cancels what does not. */
  #stopAll(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    const queued = this.#ready;
    this.#ready = [];
    for (const node of queued) this.#end(node, "cancelled");
  }

  /** Runs one task's affairs; what they throw is a bug and ends the run. */
  #guard(action: () => Promise<void>): void {
    this.#active++;
    action().catch((error) => {
      this.#stopAll();
      this.#ended.reject(error);
    }).finally(() => {
      this.#active--;
      if (this.#open === 0 && this.#active === 0) this.#ended.resolve();
    });
  }

  #emit(event: RunEvent): void {
    this.#options.onEvent?.(event);
  }
}

/** What nobody reads is what a run is for. */
function wantedOf({ graph, wanted = [], read = [] }: ExecutionRequest): ReadonlySet<string> {
  const dependents = dependentsOf(graph);
  const last = graph.tasks.filter(({ name }) => (dependents.get(name) ?? []).length === 0);
  return new Set([...wanted, ...read, ...last.map(({ name }) => name)]);
}

/** Results that somebody reads whole in the end. */
class WholeResults {
  readonly #store: ExecutionRequest["store"];
  readonly #read: ReadonlySet<string>;
  /** Outputs that were said to be damaged: where they cannot be removed, they would be found for ever. */
  readonly #told = new Set<string>();

  constructor({ store, read = [] }: ExecutionRequest) {
    this.#store = store;
    this.#read = new Set(read);
  }

  /** Whether all outputs are what they were. One that is not does not count any more, which is said. */
  async isSound(task: string, { outputs }: Receipt): Promise<boolean> {
    if (!this.#read.has(task)) return true;
    let sound = true;
    for (const [name, output] of Object.entries(outputs)) {
      const reading = await this.#store.cache.read(output, name);
      const id = `${output.digest} ${name}`;
      if (reading.kind === "sound" || this.#told.has(id)) continue;
      this.#told.add(id);
      this.#store.warn(`The stored ${name} of ${task} is damaged (${reading.problem}); ${task} runs again.`);
      sound = false;
    }
    return sound;
  }
}

/** Plans until all that is wanted of what is fresh is here. Each time around something more does not count. */
async function planWith(options: ExecutionRequest, lookup: PlanLookup, inputs: boolean): Promise<Plan> {
  const { graph, store: { cache } } = options;
  const wanted = wantedOf(options);
  const whole = new WholeResults(options);
  for (;;) {
    const plan = await planGraph(graph, lookup);
    const fresh = [...plan].flatMap(([name, state]) =>
      state.kind === "fresh" && wanted.has(name) ? [[name, state.receipt] as const] : []
    );
    const brought = await Promise.all(
      fresh.map(async ([name, receipt]) => await cache.bring(receipt) && await whole.isSound(name, receipt)),
    );
    const read = inputs ? inputsOfStale(graph, plan) : [];
    const there = await Promise.all(read.map(([output, name]) => cache.read(output, name)));
    if (brought.every(Boolean) && there.every(({ kind }) => kind === "sound")) return plan;
  }
}

/** Outputs of results that tasks read which are not done. */
function inputsOfStale(graph: TaskGraph, plan: Plan): (readonly [StoredOutput, string])[] {
  const stale = graph.tasks.filter(({ name }) => plan.get(name)!.kind !== "fresh");
  return stale.flatMap(({ inputs }) => Object.values(inputs)).flatMap((source) => {
    const found = source.kind === "task"
      ? receiptOf(plan.get(source.task))?.outputs[source.output]
      : undefined;
    return source.kind === "task" && found !== undefined ? [[found, source.output] as const] : [];
  });
}

async function lookupOf({ graph, store, code, force }: PlanOptions): Promise<PlanLookup> {
  const tasks = orderTasks(graph);
  const forced = matchTasks(force ?? [], tasks);
  const digests = new Map<string, ContentDigest>();
  for (const source of tasks.flatMap((spec) => Object.values(spec.inputs))) {
    if (source.kind !== "external" || digests.has(source.path)) continue;
    digests.set(source.path, await store.externalDigest(source.path));
  }
  return {
    receipt: (key, fingerprint) => store.cache.lookup(key, fingerprint),
    lastReceipt: (task, alike) => store.lastReceipt(task) ?? lastAlike(store, alike),
    code: (module, kinds) => code.manifest(module, kinds),
    external: (path) => digests.get(path)!,
    forced: (task) => forced.has(task),
  };
}
