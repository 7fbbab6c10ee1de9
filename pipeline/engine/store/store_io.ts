/**
 * The store: content-addressed objects, one receipt a key, and what belongs to attempts. Everything visible is
 * whole: objects and receipts come into place by rename, the receipt last.
 */
import { UserError } from "../../../lib/base/errors.ts";
import { removeAtOnce, removeTree, writeAtomically } from "./atomic_io.ts";
import { hashOutputs, type Outputs, placeObjects, sameOutputs } from "../cache/commit_io.ts";
import {
  driftName,
  failureName,
  FORMAT_FILE,
  lastName,
  lockName,
  logName,
  objectName,
  partialName,
  receiptName,
  STORE_FOLDERS,
} from "./layout.ts";
import { isLocked, LOCK_TIMES, type LockAttempt, lockOwner, type LockTimes, tryLock } from "./lock_io.ts";
import { identityOf } from "./process_io.ts";
import { Manifests } from "../cache/manifests_io.ts";
import {
  missingObject,
  readReceipt,
  receiptKeys,
  type ReceiptReading,
  receiptText,
} from "../cache/receipt_io.ts";
import { SoundObjects } from "../cache/sound_objects_io.ts";
import { externalDigest } from "./external_io.ts";
import { clockAheadMs, type StatCacheOptions } from "./stat_cache_io.ts";
import {
  type ContentDigest,
  type DriftRecord,
  ENGINE_FORMAT,
  type FailureRecord,
  type Fingerprint,
  type Receipt,
  type StoredOutput,
  type TaskKey,
} from "../types.ts";

export interface StoreOptions {
  /** Hears of trouble that is not fatal: a damaged receipt, a missing object. */
  readonly onWarning?: (message: string) => void;
  readonly lockTimes?: LockTimes;
}

/** A folder of one attempt; `outDir` is what the stage may write to. */
export interface Staging {
  readonly folder: string;
  readonly outDir: string;
}

export interface AttemptLog {
  /** Relative to the store's root. */
  readonly name: string;
  /** 1 for the first attempt under a key. */
  readonly attempt: number;
  readonly file: Deno.FsFile;
}

export interface Commit {
  readonly staging: Staging;
  /** All of the receipt but what the commit itself finds out. */
  readonly receipt: Receipt;
}

/** Opens a store, making it if there is none. @throws {UserError} If it is of another format or cannot be read. */
export function openStore(root: string, options: StoreOptions = {}): Store {
  const marker = `${root}/${FORMAT_FILE}`;
  const found = readFormat(marker);
  if (found === undefined) {
    for (const folder of STORE_FOLDERS) Deno.mkdirSync(`${root}/${folder}`, { recursive: true });
    writeAtomically(marker, `${JSON.stringify({ format: ENGINE_FORMAT })}\n`, { sync: true });
  } else if (found !== ENGINE_FORMAT) {
    const [age, advice] = found > ENGINE_FORMAT
      ? ["newer", "use the program that wrote it"]
      : ["older", "move it away or remove it, and its results are computed again"];
    throw new UserError(
      "usage",
      `Cannot use the store in ${root}: it has format ${found}, which is ${age} than this program's ${ENGINE_FORMAT}: ` +
        `${advice}, or name another folder with --store.`,
    );
  }
  return new Store(Deno.realPathSync(root), options);
}

export class Store {
  /** Absolute, without symbolic links. */
  readonly root: string;
  readonly #manifests: Manifests;
  /** As they were read: a key has one receipt for ever, so that it need not be read again to be shown. */
  readonly #receipts = new Map<TaskKey, Receipt>();
  readonly #sound = new SoundObjects();
  readonly #warn: (message: string) => void;
  readonly #lockTimes: LockTimes;
  #clockAheadMs: number | undefined;

  constructor(root: string, options: StoreOptions) {
    this.root = root;
    this.#manifests = new Manifests(root);
    this.#warn = options.onWarning ?? (() => {});
    this.#lockTimes = options.lockTimes ?? LOCK_TIMES;
  }

  /** Absolute path of a stored output. */
  objectPath(output: StoredOutput, outputName: string): string {
    return this.#path(objectName(output, outputName));
  }

  /**
   * Hashes a stored output unless this store has done so and nothing touched it since. A damaged one is moved out of
   * the way, so that its task counts as undone.
   *
   * @returns What is wrong; nothing if it is sound.
   */
  async damage(output: StoredOutput, outputName: string): Promise<string | undefined> {
    const path = this.objectPath(output, outputName);
    const problem = await this.#sound.problem(path, output);
    if (problem !== undefined) removeAtOnce(this.root, path);
    return problem;
  }

  /** The text of a stored file. @throws {UserError} `store-damaged` if its bytes are not what they were. */
  async readText(output: StoredOutput, outputName: string): Promise<string> {
    const problem = await this.damage(output, outputName);
    if (problem === undefined) return await Deno.readTextFile(this.objectPath(output, outputName));
    throw new UserError(
      "store-damaged",
      `Cannot read the stored ${outputName}: ${problem}. It no longer counts; run the same command again, which ` +
        `makes it anew.`,
    );
  }

  /** The receipt of a key, if it is sound and all its objects are there; else a warning and nothing. */
  receipt(key: TaskKey, expected?: Fingerprint): Receipt | undefined {
    const reading = this.readReceipt(key, expected);
    if (reading.kind === "damaged") {
      this.#warn(`Receipt ${key.slice(0, 8)} does not count: ${reading.problem}`);
    }
    if (reading.kind !== "found") return undefined;
    this.#receipts.set(key, reading.receipt);
    const missing = missingObject(this.root, reading.receipt);
    if (missing === undefined) return reading.receipt;
    this.#warn(
      `The result of ${reading.receipt.task} does not count: ${missing} is missing or has another size`,
    );
    return undefined;
  }

  /** The receipt of a key, or why it does not count; its objects are not looked at. */
  readReceipt(key: TaskKey, expected?: Fingerprint): ReceiptReading {
    return readReceipt(this.root, key, this.#manifests, expected);
  }

  /** The receipt under which a task was last done or found fresh, whether or not its objects are there. */
  lastReceipt(task: string): Receipt | undefined {
    const key = this.#lastKey(task);
    const known = key === undefined ? undefined : this.#receipts.get(key);
    if (key === undefined || known !== undefined) return known;
    const reading = this.readReceipt(key);
    return reading?.kind === "found" ? reading.receipt : undefined;
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

  /** All sound receipts, in no order; their objects are not looked at. */
  *receipts(): Iterable<Receipt> {
    for (const key of receiptKeys(this.root)) {
      const reading = this.readReceipt(key);
      if (reading.kind === "found") yield reading.receipt;
    }
  }

  failure(key: TaskKey): FailureRecord | undefined {
    return readJson<FailureRecord>(this.#path(failureName(key)));
  }

  recordFailure(failure: FailureRecord): void {
    writeAtomically(this.#path(failureName(failure.key)), toText(failure), { sync: false });
  }

  /** Records of reruns that gave other bytes, oldest first within a key. */
  *drifts(): Iterable<DriftRecord> {
    for (const name of [...Deno.readDirSync(this.#path("drift"))].map((entry) => entry.name).sort()) {
      const record = readJson<DriftRecord>(this.#path(`drift/${name}`));
      if (record !== undefined) yield record;
    }
  }

  /** @throws {UserError} If there is nothing at `path`. */
  externalDigest(path: string): Promise<ContentDigest> {
    return externalDigest(path, this.statCache);
  }

  /** Where digests of files outside the store are remembered. */
  get statCache(): StatCacheOptions {
    const folder = this.#path("stat-cache");
    const now = () => Date.now() - Math.max(0, this.#clockAheadMs ??= clockAheadMs(folder));
    return { folder, now, onWarning: this.#warn };
  }

  tryLock(key: TaskKey): Promise<LockAttempt> {
    return tryLock(this.#path(lockName(key)), this.#lockTimes);
  }

  /** For whoever hands tasks to a cluster, so that two do not hand over the same. */
  trySubmissionLock(): Promise<LockAttempt> {
    return tryLock(this.#path("locks/submission.lock"), this.#lockTimes);
  }

  isLocked(key: TaskKey): boolean {
    return isLocked(this.#path(lockName(key)));
  }

  /** Who works at a key now, in words. */
  lockOwner(key: TaskKey): string | undefined {
    return lockOwner(this.#path(lockName(key)));
  }

  /** A fresh staging folder. The caller holds the key's lock, so any older one of the key is a dead attempt's. */
  openStaging(key: TaskKey): Staging {
    for (const entry of Deno.readDirSync(this.#path("staging"))) {
      if (entry.name.startsWith(`${key.slice(0, 16)}-`)) removeTree(this.#path(`staging/${entry.name}`));
    }
    const owner = identityOf(Deno.pid);
    const folder = this.#path(`staging/${key.slice(0, 16)}-${crypto.randomUUID().slice(0, 8)}`);
    Deno.mkdirSync(`${folder}/out`, { recursive: true });
    Deno.writeTextFileSync(`${folder}/owner.json`, JSON.stringify(owner));
    return { folder, outDir: `${folder}/out` };
  }

  discardStaging(staging: Staging): void {
    removeTree(staging.folder);
  }

  /** The folder in which attempts under a key leave what the next one may go on from. */
  partialDir(key: TaskKey): string {
    const path = this.#path(partialName(key));
    Deno.mkdirSync(path, { recursive: true });
    return path;
  }

  openLog(task: string, key: TaskKey): AttemptLog {
    for (let attempt = 1;; attempt++) {
      const name = logName(task, key, attempt);
      try {
        return { name, attempt, file: Deno.openSync(this.#path(name), { write: true, createNew: true }) };
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
   * Makes a result visible. If the key has a sound receipt already, that one stays: equal bytes only replace
   * damaged objects, other bytes are recorded as drift.
   */
  async commit(
    { staging, receipt }: Commit,
  ): Promise<{ readonly receipt: Receipt; readonly drift: boolean }> {
    const { key, task, outputs } = receipt;
    const found = this.receipt(key);
    // A receipt that lacks an output the task declares now is of no use to anybody.
    const existing = found !== undefined && covers(found.outputs, outputs) ? found : undefined;
    const drift = existing !== undefined && !sameOutputs(existing.outputs, outputs);
    if (drift) {
      this.#recordDrift(existing, receipt);
    } else {
      await placeObjects(this.root, staging.folder, staging.outDir, outputs);
      if (existing === undefined) this.#writeReceipt(receipt);
    }
    this.markLast(task, key);
    removeTree(this.#path(failureName(key)));
    removeTree(this.#path(partialName(key)));
    return { receipt: existing ?? receipt, drift };
  }

  #writeReceipt(receipt: Receipt): void {
    this.#manifests.keep(receipt.fingerprint.code);
    const path = this.#path(receiptName(receipt.key));
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    writeAtomically(path, receiptText(receipt), { sync: true });
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

function readFormat(path: string): number | undefined {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  try {
    const { format } = JSON.parse(text);
    if (typeof format === "number") return format;
  } catch {
    // Falls through to the same sentence.
  }
  throw new UserError(
    "store-damaged",
    `Cannot read the store's format from ${path}: found ${
      JSON.stringify(text.slice(0, 40))
    }, wanted {"format": ` +
      `${ENGINE_FORMAT}}. If its receipts are sound, write that there.`,
  );
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
