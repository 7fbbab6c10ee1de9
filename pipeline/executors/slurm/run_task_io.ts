/** One task of a frozen graph, brought up to date by the engine as it would be anywhere else. */
import { dirname } from "node:path";
import { UserError } from "../../../lib/base/errors.ts";
import { type AttemptOutcome, attemptTask } from "../../engine/attempt_io.ts";
import type { CodeReader } from "../../engine/code/closure_io.ts";
import { dependenciesOf } from "../../engine/order.ts";
import { type Plan, planGraph, type PlanLookup, receiptOf } from "../../engine/plan.ts";
import type { StageRunner } from "../../engine/process/stage_runner.ts";
import { namesIn } from "../../engine/store/atomic_io.ts";
import { receiptName } from "../../engine/store/layout.ts";
import type { Store } from "../../engine/store/store_io.ts";
import type { ContentDigest, Receipt, RunEvent, TaskGraph, TaskSpec } from "../../engine/types.ts";
import type { Manifest } from "./submission_io.ts";

export interface TaskRun {
  readonly manifest: Pick<Manifest, "graph" | "externals" | "forced">;
  readonly task: string;
  readonly store: Store;
  readonly code: CodeReader;
  readonly runner: StageRunner;
  readonly threads: number;
  /** Aborted: the stage is ended in order. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
}

/**
 * Computes the task's key from the contents of its inputs; runs it unless its result is there, waiting for whoever
 * is at it.
 *
 * @returns How it ended; blocked: a result that it reads is not in the store.
 * @throws {UserError} If a result that it reads was damaged, or an external input changed since the submission.
 */
export async function runTask(run: TaskRun): Promise<"done" | "failed" | "blocked" | "cancelled"> {
  const { manifest, task, store, onEvent } = run;
  const graph = partFor(manifest.graph, [task]);
  const spec = graph.tasks.find(({ name }) => name === task)!;
  await checkExternals(spec, manifest.externals, store);
  const lookup = lookupOf(run, task);
  for (let late = 0;;) {
    const plan = await planGraph(graph, lookup);
    store.uses.planned();
    const state = plan.get(task)!;
    if (state.kind === "pending") {
      if (late++ >= LATE_LOOKS) return blocked(run, state.waitsFor);
      await lookAnew(store, plan, state.waitsFor);
      if (run.signal.aborted) return "cancelled";
      continue;
    }
    if (state.kind === "fresh") {
      store.markLast(task, state.key);
      onEvent({ type: "task-fresh", task, key: state.key });
      return "done";
    }
    const outcome: AttemptOutcome = await attemptTask({
      spec,
      state,
      upstream: (name): Receipt => receiptOf(plan.get(name))!,
      threads: run.threads,
      store,
      code: run.code,
      runner: run.runner,
      signal: run.signal,
      onEvent,
    });
    switch (outcome.kind) {
      case "done":
        return "done";
      case "found":
        onEvent({ type: "task-fresh", task, key: outcome.receipt.key });
        return "done";
      case "failed":
        onEvent({ type: "task-failed", task, key: outcome.failure.key, failure: outcome.failure });
        return "failed";
      case "damaged":
        throw new UserError(
          "store-damaged",
          `Cannot run ${task}: the stored result of ${
            outcome.tasks.join(", ")
          } was damaged and is removed. Submit ` +
            `again: it is made again first.`,
        );
      case "cancelled":
        return "cancelled";
      case "lost":
        break;
      case "busy":
        onEvent({ type: "task-waiting", task, key: state.key, owner: outcome.owner });
        await outcome.watch.untilFree(run.signal);
        if (run.signal.aborted) return "cancelled";
        break;
      default:
        throw outcome satisfies never;
    }
  }
}

/** What another node wrote a moment ago may be seen late: so many looks are waited for it. */
const LATE_LOOKS = 2;
const LATE_MS = 1000;

/** A network file system looks again for files that were not there once their folder is listed. */
async function lookAnew(store: Store, plan: Plan, tasks: readonly string[]): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, LATE_MS));
  for (const task of tasks) {
    const state = plan.get(task);
    if (state?.kind === "stale") namesIn(dirname(store.folder(receiptName(state.key))));
  }
}

/** Some tasks and all that leads to them. */
export function partFor(graph: TaskGraph, tasks: readonly string[]): TaskGraph {
  const specs = new Map(graph.tasks.map((spec) => [spec.name, spec]));
  const wanted = new Set<string>();
  const open = [...tasks];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const spec = specs.get(name);
    if (spec === undefined) throw new Error(`The submitted graph has no task ${name}`);
    if (wanted.has(name)) continue;
    wanted.add(name);
    open.push(...dependenciesOf(spec));
  }
  return { tasks: graph.tasks.filter((spec) => wanted.has(spec.name)) };
}

/** What planning may ask of a frozen graph. @param only The task that may be forced; without, each that was. */
export function lookupOf(
  { manifest, store, code }: Pick<TaskRun, "manifest" | "store" | "code">,
  only?: string,
): PlanLookup {
  return {
    receipt: (key, fingerprint) => store.cache.lookup(key, fingerprint),
    lastReceipt: (name) => store.lastReceipt(name),
    code: (module, kinds) => code.manifest(module, kinds),
    external: (path) => manifest.externals[path]!,
    forced: (name) => (only ?? name) === name && manifest.forced.includes(name),
  };
}

/** What was submitted was meant for the files as they were; jobs of one graph must not see different ones. */
async function checkExternals(
  spec: TaskSpec,
  externals: Readonly<Record<string, ContentDigest>>,
  store: Store,
): Promise<void> {
  for (const [name, source] of Object.entries(spec.inputs)) {
    if (source.kind !== "external") continue;
    if (await store.externalDigest(source.path) === externals[source.path]) continue;
    throw new UserError(
      "input-changed",
      `Cannot run ${spec.name}: its input ${name} (${source.path}) changed since it was submitted. Submit again.`,
    );
  }
}

/** Slurm takes an element of an array that was cancelled in the queue for one that ended well (seen with 22.05). */
function blocked({ task, onEvent }: TaskRun, waitsFor: readonly string[]): "blocked" {
  const message = `the result of ${
    waitsFor.join(", ")
  } is not in the store: it was not made, or was removed since`;
  onEvent({ type: "task-note", task, level: "warning", message });
  onEvent({ type: "task-blocked", task, by: waitsFor[0]! });
  return "blocked";
}
