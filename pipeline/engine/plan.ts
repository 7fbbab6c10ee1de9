/** Decides what is fresh and what must run, from what the store remembers. Pure: all knowledge is passed in. */
import { compareFingerprints } from "./explain.ts";
import { type CodeLookup, codeOf, fingerprintOf, taskKey } from "./fingerprint.ts";
import { dependenciesOf, orderTasks } from "./order.ts";
import type {
  ContentDigest,
  FieldChange,
  Fingerprint,
  Receipt,
  TaskGraph,
  TaskKey,
  TaskSpec,
  TaskState,
} from "./types.ts";

/** What planning may ask. */
export interface PlanLookup {
  /** The receipt of a key, if there is one and all its objects are there. */
  receipt(key: TaskKey, fingerprint: Fingerprint): Promise<Receipt | undefined>;
  /** The receipt under which the task of this name, else one like it, was last done or found fresh, its objects there or not. */
  lastReceipt(task: string, alike?: string): Receipt | undefined;
  readonly code: CodeLookup;
  /** The content of an external file or folder. */
  external(path: string): ContentDigest;
  forced(task: string): boolean;
}

export type Plan = ReadonlyMap<string, TaskState>;

/** The state of every task, in topological order. @throws {Error} As {@link orderTasks}. */
export async function planGraph(graph: TaskGraph, lookup: PlanLookup): Promise<Plan> {
  const states = new Map<string, Promise<TaskState>>();
  const done = new Map<string, TaskState>();
  // Receipts may be far away: what does not wait for another is asked for at the same time.
  const planOne = async (spec: TaskSpec): Promise<TaskState> => {
    for (const name of dependenciesOf(spec)) if (!done.has(name)) await states.get(name);
    const { known, waitsFor } = resolveInputs(spec, lookup, (task) => receiptOf(done.get(task)));
    const state = waitsFor.length > 0
      ? pendingTask(spec, known, waitsFor, lookup)
      : await planTask(spec, known, lookup);
    done.set(spec.name, state);
    return state;
  };
  const ordered = orderTasks(graph);
  for (const spec of ordered) states.set(spec.name, planOne(spec));
  await Promise.all(states.values());
  return new Map(ordered.map(({ name }) => [name, done.get(name)!]));
}

/** The state of a task all of whose inputs are known. */
export async function planTask(
  spec: TaskSpec,
  inputs: Readonly<Record<string, ContentDigest>>,
  lookup: PlanLookup,
): Promise<TaskState> {
  const fingerprint = fingerprintOf(spec, codeOf(spec, lookup.code), inputs);
  const key = taskKey(fingerprint);
  const receipt = outputsMatch(await lookup.receipt(key, fingerprint), spec);
  const forced = lookup.forced(spec.name);
  if (receipt !== undefined && !forced) return { kind: "fresh", key, receipt };
  const changes = changesSince(lookup.lastReceipt(spec.name, spec.alike), fingerprint);
  return { kind: "stale", key, fingerprint, changes, forced, ...(receipt === undefined ? {} : { receipt }) };
}

/** Digests of the inputs known so far, and the names of the tasks that must run before the others are. */
export function resolveInputs(
  spec: TaskSpec,
  lookup: Pick<PlanLookup, "external">,
  receiptOfTask: (task: string) => Receipt | undefined,
): { readonly known: Readonly<Record<string, ContentDigest>>; readonly waitsFor: readonly string[] } {
  const known: Record<string, ContentDigest> = {};
  const waitsFor = new Set<string>();
  for (const [name, source] of Object.entries(spec.inputs)) {
    if (source.kind === "external") {
      known[name] = lookup.external(source.path);
      continue;
    }
    const output = receiptOfTask(source.task)?.outputs[source.output];
    if (output === undefined) waitsFor.add(source.task);
    else known[name] = output.digest;
  }
  return { known, waitsFor: [...waitsFor] };
}

/** How many tasks of a plan are in which state. */
export function countStates(plan: Plan): Readonly<Record<TaskState["kind"], number>> {
  const counts = { fresh: 0, stale: 0, pending: 0 };
  for (const state of plan.values()) counts[state.kind]++;
  return counts;
}

/** The receipt whose outputs dependents read, if it is known already. */
export function receiptOf(state: TaskState | undefined): Receipt | undefined {
  return state === undefined || state.kind === "pending" ? undefined : state.receipt;
}

function pendingTask(
  spec: TaskSpec,
  known: Readonly<Record<string, ContentDigest>>,
  waitsFor: readonly string[],
  lookup: PlanLookup,
): TaskState {
  const last = lookup.lastReceipt(spec.name, spec.alike);
  const forced = lookup.forced(spec.name);
  if (last === undefined) return { kind: "pending", waitsFor, changes: undefined, forced };
  // Unknown inputs are taken as they were, so that only what certainly differs is listed.
  const unknown = Object.keys(spec.inputs).filter((name) => !(name in known));
  const assumed = unknown.flatMap((name) => {
    const digest = last.fingerprint.inputs[name];
    return digest === undefined ? [] : [[name, digest] as const];
  });
  const inputs = { ...known, ...Object.fromEntries(assumed) };
  const fingerprint = fingerprintOf(spec, codeOf(spec, lookup.code), inputs);
  return { kind: "pending", waitsFor, changes: compareFingerprints(last.fingerprint, fingerprint), forced };
}

function changesSince(
  last: Receipt | undefined,
  fingerprint: Fingerprint,
): readonly FieldChange[] | undefined {
  return last === undefined ? undefined : compareFingerprints(last.fingerprint, fingerprint);
}

/** The list of outputs is the stage's own affair and not in the key; a receipt that lacks one is of no use. */
function outputsMatch(receipt: Receipt | undefined, spec: TaskSpec): Receipt | undefined {
  return receipt !== undefined && spec.outputs.every((name) => Object.hasOwn(receipt.outputs, name))
    ? receipt
    : undefined;
}
