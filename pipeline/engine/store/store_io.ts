/** The store: results by key, and what belongs to attempts on this machine: locks, staging, logs, failures. */
import { statSync } from "node:fs";
import { sameEnvironment } from "../../../lib/base/environment.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { pathWithin } from "../../../lib/base/operating_system_io.ts";
import { hashOutputs, type Outputs, sameOutputs } from "../cache/commit_io.ts";
import type { Cache } from "../cache/contract.ts";
import { LocalCache } from "../cache/local_io.ts";
import { AttemptLog } from "../attempt_log_io.ts";
import { exists, namesIn, removeTree, setTime, writeAtomically } from "./atomic_io.ts";
import { ChangeTimes } from "./change_times_io.ts";
import { attemptOf, driftName, failureName, FORMAT_FILE, lastName, lockName, logName } from "./layout.ts";
import { LOCK_TIMES, type LockAttempt, type LockTimes, type LockView, tryLock, viewLock } from "./lock_io.ts";
import { closeStaging, openStaging, type Staging } from "./staging_io.ts";
import { externalDigest } from "./external_io.ts";
import { type WatchedInput, watchExternal } from "./external_watch_io.ts";
import { taskNames } from "./task_names_io.ts";
import { newestLogs } from "./logs_io.ts";
import { isStore, makeStore } from "./store_folder_io.ts";
import { clockAheadMs, type StatCacheOptions } from "./stat_cache_io.ts";
import { readNeeds, Uses } from "./uses_io.ts";
import {
  type ContentDigest,
  type DriftRecord,
  ENGINE_FORMAT,
  type FailureRecord,
  type Receipt,
  type StoredOutput,
  type TaskKey,
} from "../types.ts";

export interface StoreOptions {
  /** `false`: where there is no store, none is made; then it is empty, and only to be read. */
  readonly create?: boolean;
  /** Hears of trouble that is not fatal: a damaged receipt, a missing object. */
  readonly onWarning?: (message: string) => void;
  readonly lockTimes?: LockTimes;
  /** Keeps results elsewhere too, such as where others find them; by itself the store keeps them in its folder. */
  readonly cache?: (local: LocalCache, root: string) => Cache;
}

export interface Commit {
  readonly staging: Staging;
  /** All of the receipt but what the commit itself finds out. */
  readonly receipt: Receipt;
}

/**
 * Opens the store in a folder.
 *
 * @throws {UserError} If it is of another format or cannot be read, or the folder is none and holds something else.
 */
export function openStore(root: string, options: StoreOptions = {}): Store {
  const found = isStore(root);
  if (options.create !== false) makeStore(root);
  else if (!found) return new Store(root, false, options);
  return new Store(Deno.realPathSync(root), true, options);
}

export class Store {
  /** Absolute, without symbolic links. */
  readonly root: string;
  /** Whether there is anything at all. */
  readonly exists: boolean;
  /** Results, wherever they are kept. */
  readonly cache: Cache;
  /** Those that are kept here. */
  readonly local: LocalCache;
  /** What this process needs of it. */
  readonly uses: Uses;
  readonly #warn: (message: string) => void;
  readonly #lockTimes: LockTimes;
  #clockAheadMs: number | undefined;
  #changeTimes: ChangeTimes | undefined;
  #lastUse: number | undefined;

  constructor(root: string, exists: boolean, options: StoreOptions) {
    this.root = root;
    this.exists = exists;
    this.#warn = options.onWarning ?? (() => {});
    this.uses = new Uses(this.#path("uses"));
    this.local = new LocalCache(root, { warn: this.#warn, uses: this.uses, now: () => this.#useTime() });
    this.cache = options.cache?.(this.local, root) ?? this.local;
    this.#lockTimes = options.lockTimes ?? LOCK_TIMES;
  }

  /** From now on nobody removes what this process looks for. */
  begin(): Disposable {
    try {
      for (const name of readNeeds(this.root, this.now()).over) removeTree(this.#path(name));
      setTime(this.#path(FORMAT_FILE), this.#useTime());
      return this.uses.begin();
    } catch {
      return { [Symbol.dispose]() {} }; // a store that may only be read
    }
  }

  /** Milliseconds since 1970 by the clock that stamps the store's files. */
  now(): number {
    return Date.now() - this.#clockAhead();
  }

  /** Absolute path of a stored output of this machine, whatever is there: to link to. {@link soundPath} is for reading. */
  objectPath(output: StoredOutput, name: string): string {
    return this.local.objectPath(output, name);
  }

  /** The text of a stored file. @throws {UserError} As {@link soundPath}. */
  async readText(output: StoredOutput, name: string): Promise<string> {
    return await Deno.readTextFile(await this.soundPath(output, name));
  }

  /** Path of a stored output. @throws {UserError} `store-damaged` if its bytes are not what they were. */
  async soundPath(output: StoredOutput, name: string): Promise<string> {
    const reading = await this.cache.read(output, name);
    if (reading.kind === "sound") return reading.path;
    throw new UserError(
      "store-damaged",
      `Cannot read the stored ${name}: ${reading.problem}. It no longer counts; run the same command again, which ` +
        `makes it anew.`,
    );
  }

  /** Names under which tasks were last done, sorted. */
  taskNames(): readonly string[] {
    return taskNames(this.root);
  }

  /** The receipt under which a task was last done or found fresh, whether or not its objects are there. */
  lastReceipt(task: string): Receipt | undefined {
    const key = this.#lastKey(task);
    return key === undefined ? undefined : this.local.remembered(key);
  }

  /**
   * Remembers the key under which a task is done now. Writes only if it was another; where that fails, explanations
   * suffer and results do not, so it is a warning.
   */
  markLast(task: string, key: TaskKey): void {
    if (this.#lastKey(task) === key) return;
    try {
      writeAtomically(this.#path(lastName(task)), JSON.stringify({ task, key }), { sync: false });
    } catch (error) {
      this.#warn(`Cannot note down that ${task} is done: ${(error as Error).message}`);
    }
  }

  /** All sound receipts of this machine, in no order; their objects are not looked at. */
  receipts(): Iterable<Receipt> {
    return this.local.receipts();
  }

  failure(key: TaskKey): FailureRecord | undefined {
    return readJson<FailureRecord>(this.#path(failureName(key)));
  }

  recordFailure(failure: FailureRecord): void {
    writeAtomically(this.#path(failureName(failure.key)), toText(failure), { sync: false });
  }

  /** Records of reruns that gave other bytes, oldest first within a key. */
  *drifts(): Iterable<DriftRecord> {
    for (const name of namesIn(this.#path("drift"))) {
      const record = readJson<DriftRecord>(this.#path(`drift/${name}`));
      if (record !== undefined) yield record;
    }
  }

  /** @throws {UserError} If there is nothing at `path`, or it is a folder with this store within. */
  async externalDigest(path: string): Promise<ContentDigest> {
    if (pathWithin(path, this.root) !== undefined) {
      throw new UserError(
        "usage",
        `Cannot read ${path} with the store ${this.location}, which lies within: whatever a task writes would change ` +
          `what it reads. Name a store elsewhere with --store.`,
      );
    }
    return await externalDigest(path, this.statCache);
  }

  /** Where digests of files outside the store are remembered, if there is a store. */
  get statCache(): StatCacheOptions | undefined {
    return this.exists ? this.#statCache() : undefined;
  }

  /** @param copyTo For a copy, if it takes one. @throws {UserError} As {@link externalDigest}. */
  watchExternal(path: string, copyTo: string): Promise<WatchedInput> {
    return watchExternal(path, copyTo, this.#statCache());
  }

  #statCache(): StatCacheOptions {
    const folder = this.#path("stat-cache");
    const now = () => Date.now() - Math.max(0, this.#clockAhead());
    this.#changeTimes ??= new ChangeTimes({ folder, onWarning: this.#warn });
    return { folder, now, changeTimes: this.#changeTimes, onWarning: this.#warn };
  }

  tryLock(key: TaskKey): LockAttempt {
    return tryLock(this.#path(lockName(key)), this.#lockTimes);
  }

  /** For whoever hands tasks to a cluster, so that two do not hand over the same. */
  trySubmissionLock(): LockAttempt {
    return tryLock(this.#path("locks/submission.lock"), this.#lockTimes);
  }

  isLocked(key: TaskKey): boolean {
    return this.lockView(key)?.working === true;
  }

  /** Who has taken a key, as far as a single look can tell. */
  lockView(key: TaskKey): LockView | undefined {
    return viewLock(this.#path(lockName(key)), () => this.now(), this.#lockTimes);
  }

  /** Folders for an attempt whose caller holds the key's lock. */
  openStaging(key: TaskKey): Staging {
    return openStaging(this.root, key);
  }

  closeStaging(staging: Staging): void {
    closeStaging(staging);
  }

  /** Tells of trouble that is not fatal. */
  warn(message: string): void {
    this.#warn(message);
  }

  /** Absolute path of the log that a receipt or failure names. */
  logPath({ log }: Pick<Receipt, "log">): string {
    return this.#path(log);
  }

  /** Task -> path of its newest log; tasks whose names were too long for a file are left out. */
  newestLogs(): ReadonlyMap<string, string> {
    return newestLogs(this.#path("logs"));
  }

  /** Whether the attempt that writes this log goes on, as far as a single look can tell. */
  isGrowing(path: string): boolean {
    const found = attemptOf(path.slice(path.lastIndexOf("/") + 1));
    if (found === undefined || exists(path.replace(/\d+\.log$/, `${found.attempt + 1}.log`))) return false;
    return namesIn(this.#path("locks")).some((name) => {
      const key = /^(\w+)\.lock$/.exec(name)?.[1];
      return key?.startsWith(found.keyStart) === true && this.isLocked(key as TaskKey);
    });
  }

  /** Where it is, for people. */
  get location(): string {
    return this.root;
  }

  /** Path of what others keep beside results, such as `submissions`; it may be absent. */
  folder(name: string): string {
    return this.#path(name);
  }

  openLog(task: string, key: TaskKey): AttemptLog {
    for (let attempt = 1;; attempt++) {
      const name = logName(task, key, attempt);
      try {
        return new AttemptLog(
          name,
          attempt,
          Deno.openSync(this.#path(name), { write: true, createNew: true }),
        );
      } catch (error) {
        if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      }
    }
  }

  /** Checks that exactly the declared outputs were written, and hashes them. */
  hashOutputs(staging: Staging, declared: readonly string[], task: string): Promise<Outputs> {
    return hashOutputs(staging.outDir, declared, task);
  }

  /**
   * Makes a result visible. If the key has a sound receipt from the same environment already, that one stays: equal
   * bytes only replace damaged objects, other bytes are recorded as drift. One from another environment is replaced.
   */
  async commit(
    { staging, receipt }: Commit,
  ): Promise<{ readonly receipt: Receipt; readonly drift: boolean }> {
    const { key, task, outputs } = receipt;
    const found = await this.cache.lookup(key);
    // A receipt that lacks an output the task declares now is of no use to anybody.
    const existing = found !== undefined && covers(found.outputs, outputs) ? found : undefined;
    const kept = existing !== undefined && sameEnvironment(existing.environment, receipt.environment)
      ? existing
      : undefined;
    const drift = kept !== undefined && !sameOutputs(kept.outputs, outputs);
    if (drift) this.#recordDrift(kept, receipt);
    else await this.cache.put(kept ?? receipt, { outDir: staging.outDir, aside: staging.folder });
    this.markLast(task, key);
    removeTree(this.#path(failureName(key)));
    removeTree(staging.partialDir);
    return { receipt: kept ?? receipt, drift };
  }

  #recordDrift(existing: Receipt, found: Receipt): void {
    const record: DriftRecord = {
      format: ENGINE_FORMAT,
      key: found.key,
      task: found.task,
      foundAt: found.startedAt,
      recorded: existing.outputs,
      found: found.outputs,
      log: found.log,
    };
    writeAtomically(this.#path(driftName(found.key, found.startedAt)), toText(record), { sync: false });
  }

  /** Not before the store's last use, so that a clock that was set back makes nothing look unused. */
  #useTime(): number {
    this.#lastUse ??= statSync(this.#path(FORMAT_FILE), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    return Math.max(this.#lastUse, this.now());
  }

  #clockAhead(): number {
    return this.#clockAheadMs ??= clockAheadMs(this.#path("stat-cache"));
  }

  #lastKey(task: string): TaskKey | undefined {
    return readJson<{ key: TaskKey }>(this.#path(lastName(task)))?.key;
  }

  #path(name: string): string {
    return `${this.root}/${name}`;
  }
}

function covers(existing: Outputs, wanted: Outputs): boolean {
  return Object.keys(wanted).every((name) => Object.hasOwn(existing, name));
}

/** Absent and unreadable records are both misses. */
function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(path)) as T;
  } catch {
    return undefined;
  }
}

function toText(record: object): string {
  return `${JSON.stringify(record, undefined, 1)}\n`;
}
