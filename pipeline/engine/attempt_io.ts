/** One attempt at one task: lock, staging, stage, commit; whatever goes wrong becomes a failure record. */
import { UserError } from "../../lib/base/errors.ts";
import { printable } from "../../lib/base/printable.ts";
import { explainSystemError } from "../../lib/base/system_error_io.ts";
import type { AttemptLog } from "./attempt_log_io.ts";
import type { CodeReader } from "./code/closure_io.ts";
import type { Outputs } from "./cache/commit_io.ts";
import type { StageReport, StageRunner, TaskResult } from "./process/stage_runner.ts";
import { compareFingerprints, describeChange, firstReason } from "./explain.ts";
import { ExternalInputs } from "./external_inputs_io.ts";
import { codeOf, fingerprintOf } from "./fingerprint.ts";
import { earlierWork, noteBeginning } from "./store/earlier_io.ts";
import type { HeldLock, LockWatch } from "./store/lock_io.ts";
import type { Staging } from "./store/staging_io.ts";
import type { Store } from "./store/store_io.ts";
import {
  ENGINE_FORMAT,
  type FailureRecord,
  type InputOrigin,
  type Receipt,
  type RunEvent,
  type TaskSpec,
  type TaskState,
} from "./types.ts";

export interface AttemptOptions {
  readonly spec: TaskSpec;
  readonly state: Extract<TaskState, { kind: "stale" }>;
  /** Receipts of the tasks whose outputs it reads. */
  readonly upstream: (task: string) => Receipt;
  readonly threads: number;
  readonly store: Store;
  readonly code: CodeReader;
  readonly runner: StageRunner;
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
}

export type AttemptOutcome =
  | { readonly kind: "done"; readonly receipt: Receipt }
  /** Somebody else had finished it. */
  | { readonly kind: "found"; readonly receipt: Receipt }
  /** Somebody else works at it. */
  | { readonly kind: "busy"; readonly owner: string; readonly watch: LockWatch }
  /** Results that it reads were damaged and do not count any more; `tasks` made them. */
  | { readonly kind: "damaged"; readonly tasks: readonly string[] }
  | { readonly kind: "failed"; readonly failure: FailureRecord }
  /** Somebody else has taken it over while this process was silent. */
  | { readonly kind: "lost" }
  | { readonly kind: "cancelled" };

/** Never rejects for anything that happens to the task; a rejection is a bug. */
export async function attemptTask(options: AttemptOptions): Promise<AttemptOutcome> {
  const { store, state } = options;
  let lock: HeldLock | undefined;
  try {
    const attempt = store.tryLock(state.key);
    if (attempt.kind === "busy") return attempt;
    lock = attempt.lock;
    return await attemptLocked(options, lock);
  } catch (error) {
    const ending = troubleOf(options, error);
    return ending.kind === "failed" ? failed(options, ending, undefined) : ending;
  } finally {
    lock?.release();
  }
}

async function attemptLocked(options: AttemptOptions, lock: HeldLock): Promise<AttemptOutcome> {
  const { store, state, spec } = options;
  const found = state.forced ? undefined : await foundMeanwhile(options);
  if (found !== undefined) return { kind: "found", receipt: found };
  const { inputs, damaged } = await readInputs(options);
  if (damaged.length > 0) return { kind: "damaged", tasks: damaged };
  if (!lock.isHeld()) return lost(options, undefined);
  const log = store.openLog(spec.name, state.key);
  let staging: Staging | undefined;
  try {
    let ending: Ending;
    try {
      staging = store.openStaging(state.key);
      begin(options, log);
      noteBeginning(store, spec, state.fingerprint);
      ending = await work(options, { inputs, lock, log, staging });
    } catch (error) {
      ending = troubleOf(options, error);
    }
    return lock.isHeld() ? conclude(options, ending, log) : lost(options, log);
  } finally {
    log.close();
    if (staging !== undefined) store.closeStaging(staging);
  }
}

function begin({ spec, state, threads, onEvent }: AttemptOptions, log: AttemptLog): void {
  const reason = firstReason(state);
  onEvent({ type: "task-started", task: spec.name, key: state.key, reason, threads });
  log.begin(spec.name, state.key, threads, reason);
}

interface Means {
  /** Name -> absolute path. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly lock: HeldLock;
  readonly log: AttemptLog;
  readonly staging: Staging;
}

type Failed = TaskResult & { kind: "failed" };

/** How an attempt went, as long as nobody took over. */
type Ending =
  | { readonly kind: "done"; readonly receipt: Receipt; readonly seconds: number; readonly drift: boolean }
  | { readonly kind: "cancelled" }
  | Failed;

async function work(options: AttemptOptions, means: Means): Promise<Ending> {
  const { spec, state, store } = options;
  const startedAt = new Date().toISOString();
  const begun = performance.now();
  checkCode(options);
  const externals = await ExternalInputs.watch(spec, state.fingerprint.inputs, {
    store,
    folder: means.staging.folder,
  });
  const result = await runStage({ ...options, runner: externals.wording(options.runner) }, {
    ...means,
    inputs: { ...means.inputs, ...externals.paths },
  });
  if (result.kind !== "done") return result;
  const outputs = await store.hashOutputs(means.staging, spec.outputs, spec.name);
  checkWanted(spec, outputs);
  externals.check();
  const seconds = Math.round(performance.now() - begun) / 1000;
  const committed = await store.commit({
    staging: means.staging,
    receipt: {
      format: ENGINE_FORMAT,
      key: state.key,
      task: spec.name,
      fingerprint: state.fingerprint,
      outputs,
      startedAt,
      seconds,
      attempts: means.log.attempt,
      host: Deno.hostname(),
      deno: Deno.version.deno,
      log: means.log.name,
      ...(spec.wanted !== undefined || result.environment === undefined
        ? {}
        : { environment: result.environment }),
      ...((spec.v8Flags ?? []).length === 0 ? {} : { v8Flags: spec.v8Flags }),
    },
  });
  return { kind: "done", seconds, ...committed };
}

/** Tells how an attempt went, in its log too. */
function conclude(options: AttemptOptions, ending: Ending, log: AttemptLog): AttemptOutcome {
  if (ending.kind === "failed") return failed(options, ending, log);
  const { spec, state, onEvent } = options;
  if (ending.kind === "cancelled") {
    tryToSay(log, "Cancelled.");
    return ending;
  }
  const { receipt, seconds, drift } = ending;
  tryToSay(log, `Done in ${seconds} s.`);
  onEvent({ type: "task-done", task: spec.name, key: state.key, seconds, drift });
  return { kind: "done", receipt };
}

/** Whoever took over found this process silent: what it did since does not count, and theirs is waited for. */
function lost({ spec, state, store, onEvent }: AttemptOptions, log: AttemptLog | undefined): AttemptOutcome {
  const owner = store.lockView(state.key)?.owner ?? "another process";
  const message =
    `this process was suspended, or cut off from the store, for so long that ${owner} took over: what it ` +
    `began does not count`;
  tryToSay(log, `Ended: ${message}.`);
  onEvent({ type: "task-note", task: spec.name, level: "warning", message });
  return { kind: "lost" };
}

/**
 * Runs the stage. The code is compared once more at the first progress: by then the modules are loaded, those of kinds
 * too, which are loaded when they are asked for.
 */
async function runStage(options: AttemptOptions, means: Means): Promise<TaskResult> {
  const { spec } = options;
  const origins: Record<string, InputOrigin> = {};
  for (const [name, source] of Object.entries(spec.inputs)) {
    if (source.kind === "task") origins[name] = originOf(options.upstream(source.task));
  }
  // Who wants it anew wants to see that all of it comes out the same.
  const earlier = options.state.forced
    ? []
    : await earlierWork(options.store, spec, options.state.fingerprint);
  let codeChecked = false;
  const checkOnce = (): void => {
    if (codeChecked) return;
    codeChecked = true;
    checkCode(options);
  };
  const result = await options.runner.run({
    spec,
    request: {
      task: spec.name,
      slice: spec.slice,
      inputs: means.inputs,
      origins,
      outDir: means.staging.outDir,
      partialDir: means.staging.partialDir,
      threads: options.threads,
      ...(earlier.length === 0 ? {} : { earlier }),
      ...(spec.route === undefined ? {} : { route: spec.route }),
    },
    log: { write: (line) => means.log.printed(line) },
    signal: AbortSignal.any([options.signal, means.lock.lost]),
    onReport: (report) => {
      if (report.type === "progress") {
        checkOnce();
        means.log.progress(report.progress);
      } else means.log.say(`${report.level === "warning" ? "Warning: " : ""}${report.message}`);
      options.onEvent(eventOf(spec.name, report));
    },
  });
  if (result.kind === "done") checkOnce();
  return result;
}

/** Paths of the inputs that are results, and the tasks whose results, as far as this one reads them, are not what their receipts say. */
async function readInputs(
  options: AttemptOptions,
): Promise<{ readonly inputs: Readonly<Record<string, string>>; readonly damaged: readonly string[] }> {
  const { spec, store } = options;
  const inputs: Record<string, string> = {};
  const damaged = new Set<string>();
  for (const [name, source] of Object.entries(spec.inputs)) {
    if (source.kind === "external") continue;
    const output = options.upstream(source.task).outputs[source.output]!;
    const reading = await store.cache.read(output, source.output);
    if (reading.kind === "sound") {
      inputs[name] = reading.path;
      continue;
    }
    damaged.add(source.task);
    const what = reading.absent
      ? `The input ${name} is not in this store (${reading.problem})`
      : `The stored input ${name} is damaged (${reading.problem})`;
    const message = `${what}; ${source.task} runs again.`;
    options.onEvent({ type: "task-note", task: spec.name, level: "warning", message });
  }
  return { inputs, damaged: [...damaged] };
}

function originOf({ task, key, startedAt, seconds, deno, fingerprint }: Receipt): InputOrigin {
  const { code, slice, inputs } = fingerprint;
  return { task, key, startedAt, seconds, deno, code: code.digest, slice, inputs };
}

async function foundMeanwhile({ store, state, spec }: AttemptOptions): Promise<Receipt | undefined> {
  const receipt = await store.cache.lookup(state.key, state.fingerprint);
  if (receipt === undefined || !spec.outputs.every((name) => Object.hasOwn(receipt.outputs, name))) {
    return undefined;
  }
  store.markLast(spec.name, state.key);
  return receipt;
}

/** The key says which code made the result, so code edited since it was computed must not run under it. */
function checkCode({ code, spec, state }: AttemptOptions): void {
  const current = codeOf(spec, (module, kinds) => code.current(module, kinds));
  const now = fingerprintOf(spec, current, state.fingerprint.inputs);
  const change = compareFingerprints(state.fingerprint, now)[0];
  if (change === undefined) return;
  throw new UserError(
    "input-changed",
    `Cannot run ${spec.name}: since this run began, ${describeChange(change)}. Run the same command again.`,
  );
}

function checkWanted({ name, wanted = {} }: TaskSpec, outputs: Outputs): void {
  for (const [output, digest] of Object.entries(wanted)) {
    const found = outputs[output]?.digest;
    if (found === digest) continue;
    throw new Error(`Task ${name} wrote ${output} with the SHA-256 ${found}, wanted ${digest}`);
  }
}

function troubleOf(
  { signal, spec }: AttemptOptions,
  error: unknown,
): Failed | { readonly kind: "cancelled" } {
  if (signal.aborted && !(error instanceof UserError)) return { kind: "cancelled" };
  const explained = explainSystemError(error, `run ${spec.name}`);
  if (explained instanceof UserError) {
    return { kind: "failed", reason: explained.reason, message: explained.message };
  }
  const { message, stack } = explained instanceof Error ? explained : new Error(String(explained));
  return { kind: "failed", reason: "unexpected", message, ...(stack === undefined ? {} : { stack }) };
}

function failed(
  { spec, state, store }: AttemptOptions,
  { reason, message, stack }: Failed,
  log: AttemptLog | undefined,
): AttemptOutcome {
  const told = tryToSay(log, `Failed: ${stack?.includes(message) === true ? stack : message}`);
  const failure: FailureRecord = {
    format: ENGINE_FORMAT,
    key: state.key,
    task: spec.name,
    reason,
    message: printable(message),
    failedAt: new Date().toISOString(),
    log: told && log !== undefined ? log.name : "",
    logTail: [...log?.tail ?? []],
  };
  try {
    store.recordFailure(failure);
  } catch {
    // On a full disk the record cannot be kept; the failure is still reported by the event.
  }
  return { kind: "failed", failure };
}

/** @returns Whether it is in the log: on a full disk it is not. */
function tryToSay(log: AttemptLog | undefined, text: string): boolean {
  try {
    log?.say(text);
    return true;
  } catch {
    return false;
  }
}

function eventOf(task: string, report: StageReport): RunEvent {
  return report.type === "progress"
    ? { type: "task-progress", task, progress: report.progress }
    : { type: "task-note", task, level: report.level, message: report.message };
}
