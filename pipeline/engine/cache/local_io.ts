/**
 * Results in folders of this machine: content-addressed objects and one receipt a key. Everything visible is whole:
 * objects and receipts come into place by rename, the receipt last.
 */
import { statSync } from "node:fs";
import { dirname } from "node:path";
import { removeAtOnce, setTime, writeAtomically } from "../store/atomic_io.ts";
import { awayName, objectName, receiptName } from "../store/layout.ts";
import type { Uses } from "../store/uses_io.ts";
import type { CodeManifest, Fingerprint, Receipt, StoredOutput, TaskKey } from "../types.ts";
import { type Outputs, placeObjects } from "./commit_io.ts";
import type { Cache, OutputReading, WrittenOutputs } from "./contract.ts";
import { Manifests } from "./manifests_io.ts";
import { missingObject, readReceipt, receiptKeys, type ReceiptReading, receiptText } from "./receipt_io.ts";
import { readSharedRecord, type SharedRecord, sharedRecordText } from "./shared_record.ts";
import { NOT_THERE, SoundObjects, stampOf } from "./sound_objects_io.ts";

export interface LocalCacheOptions {
  readonly warn: (message: string) => void;
  /** Hears of what is looked for, before it is. */
  readonly uses: Uses;
  /** Milliseconds since 1970, never less than at the store's last use. */
  readonly now: () => number;
}

/** A receipt's time says when it was last found, about. */
const SAME_USE_MS = 60 * 60 * 1000;

export class LocalCache implements Cache {
  readonly #root: string;
  readonly #warn: (message: string) => void;
  readonly #manifests: Manifests;
  readonly #sound = new SoundObjects();
  /** As they were read, so that they need not be read again to be shown. */
  readonly #known = new Map<TaskKey, Receipt>();
  /** Results whose outputs are elsewhere, as far as they are not here. */
  readonly #away = new Map<TaskKey, SharedRecord>();
  /** Objects that cannot be had: what is away and needs one does not count. */
  readonly #lost = new Set<string>();
  /** What was said already. */
  readonly #warned = new Set<string>();
  readonly #uses: Uses;
  readonly #now: () => number;

  /** @param root Of the store. @param options `warn`: hears of receipts and objects that do not count. */
  constructor(root: string, { warn, uses, now }: LocalCacheOptions) {
    this.#root = root;
    this.#warn = warn;
    this.#uses = uses;
    this.#now = now;
    this.#manifests = new Manifests(root);
  }

  lookup(key: TaskKey, expected?: Fingerprint): Promise<Receipt | undefined> {
    return Promise.resolve(this.receipt(key, expected));
  }

  async put(receipt: Receipt, { outDir, aside }: WrittenOutputs): Promise<void> {
    const objects = Object.entries(receipt.outputs).map(([name, output]) => objectName(output, name));
    this.#uses.needs(receipt.key, ...objects);
    await placeObjects(this.#root, aside, outDir, receipt.outputs);
    const path = `${this.#root}/${receiptName(receipt.key)}`;
    const text = receiptText(receipt);
    this.#manifests.keep(receipt.fingerprint.code);
    this.#known.delete(receipt.key);
    this.#forget(receipt.key);
    for (const object of objects) this.#lost.delete(object);
    if (textOf(path) === text) return;
    Deno.mkdirSync(dirname(path), { recursive: true });
    // Out of the attempt's own folder: whoever was taken over has none any more, and cannot commit.
    writeAtomically(path, text, { sync: true, beside: `${aside}/receipt.json` });
  }

  /** A damaged output is moved out of the way, where the store may be written to. */
  async read(output: StoredOutput, name: string): Promise<OutputReading> {
    const path = this.objectPath(output, name);
    const problem = await this.#sound.problem(path, output);
    if (problem === undefined) return { kind: "sound", path };
    this.#lost.add(objectName(output, name));
    try {
      removeAtOnce(this.#root, path);
    } catch (error) {
      this.#warn(`Cannot remove the damaged ${objectName(output, name)}: ${(error as Error).message}`);
    }
    return { kind: "damaged", problem, ...(problem === NOT_THERE ? { absent: true } : {}) };
  }

  bring(receipt: Receipt): Promise<boolean> {
    if (!this.#away.has(receipt.key)) return Promise.resolve(true); // it was looked up, and is here
    const missing = missingObject(this.#root, receipt);
    if (missing === undefined) this.#keep(receipt);
    else this.#lost.add(missing);
    return Promise.resolve(missing === undefined);
  }

  /** Remembers a result whose outputs are elsewhere, and can be had. */
  noteAway(record: SharedRecord): void {
    const { receipt } = record;
    this.#away.set(receipt.key, record);
    for (const [name, output] of Object.entries(receipt.outputs)) this.#lost.delete(objectName(output, name));
    if (!this.#uses.begun) return; // only looked at
    this.#manifests.keep(receipt.fingerprint.code);
    writeAtomically(`${this.#root}/${awayName(receipt.key)}`, sharedRecordText(record), { sync: false });
  }

  /** What is known of results that have an output elsewhere and were looked up by this process. */
  away(): Iterable<SharedRecord> {
    return this.#away.values();
  }

  /** Whether an output is here, as far as its size tells. */
  has(output: StoredOutput, name: string): boolean {
    const only = { outputs: { [name]: output } };
    return missingObject(this.#root, only) === undefined;
  }

  /** Takes in an output of a result that is away, whose bytes were compared with its digest. */
  async take(outputs: Outputs, written: WrittenOutputs): Promise<void> {
    const names = Object.entries(outputs).map(([name, output]) => objectName(output, name));
    this.#uses.needs(...names);
    await placeObjects(this.#root, written.aside, written.outDir, outputs);
    for (const name of names) this.#lost.delete(name);
  }

  /** What cannot be had any more, wherever it was said to be: results that need it do not count. */
  lose(output: StoredOutput, name: string): void {
    const object = objectName(output, name);
    this.#lost.add(object);
    for (const { receipt: { key, outputs } } of [...this.#away.values()]) {
      if (Object.entries(outputs).some(([other, one]) => objectName(one, other) === object)) {
        this.#forget(key);
      }
    }
  }

  /** Changes whenever an output may have; what was read from it under the same stamp still holds. */
  stamp(output: Pick<StoredOutput, "kind" | "digest">, name: string): string {
    return stampOf(this.objectPath(output, name));
  }

  /** The same of a key's receipt. */
  receiptStamp(key: TaskKey): string {
    return stampOf(`${this.#root}/${receiptName(key)}`);
  }

  /** The receipt of a key, if it is sound and all its objects are there; else a warning and nothing. */
  receipt(key: TaskKey, expected?: Fingerprint): Receipt | undefined {
    this.#uses.needs(key);
    const reading = this.reading(key, expected);
    if (reading.kind === "damaged") {
      this.#warnOnce(`Receipt ${key.slice(0, 8)} does not count: ${reading.problem}`);
    }
    if (reading.kind !== "found") return this.#awayReceipt(key, expected);
    const { receipt } = reading;
    this.#known.set(key, receipt);
    const missing = missingObject(this.#root, receipt);
    if (missing === undefined) {
      if (this.#uses.begun) this.#noteUse(receiptName(key));
      return receipt;
    }
    // Of what was read and found damaged, whoever read it has told.
    if (!this.#lost.has(missing)) {
      this.#warnOnce(
        `The result of ${receipt.task} does not count: ${missing} is missing or has another size`,
      );
    }
    return this.#awayReceipt(key, expected);
  }

  /** The receipt of a key, or why it does not count; its objects are not looked at. */
  reading(key: TaskKey, expected?: Fingerprint): ReceiptReading {
    return readReceipt(this.#root, key, this.#manifests, expected);
  }

  /** A sound receipt, whether or not its objects are there; what was looked up before is not read again. */
  remembered(key: TaskKey): Receipt | undefined {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const reading = this.reading(key);
    return reading.kind === "found" ? reading.receipt : this.#readAway(key)?.receipt;
  }

  /** Of all receipts, sound or not, in no order. */
  keys(): Iterable<TaskKey> {
    return receiptKeys(this.#root);
  }

  /** All sound receipts, in no order; their objects are not looked at. */
  *receipts(): Iterable<Receipt> {
    for (const key of this.keys()) {
      const reading = this.reading(key);
      if (reading.kind === "found") yield reading.receipt;
    }
  }

  /** Absolute path of a stored output, whatever is there: to be opened only after {@link read}. */
  objectPath(output: Pick<StoredOutput, "kind" | "digest">, name: string): string {
    return `${this.#root}/${objectName(output, name)}`;
  }

  /** One that is away, as long as nothing of it is lost. */
  #awayReceipt(key: TaskKey, expected: Fingerprint | undefined): Receipt | undefined {
    const record = this.#readAway(key, expected?.code);
    if (record === undefined) return undefined;
    const { receipt } = record;
    const isLost = Object.entries(receipt.outputs).some(([name, output]) =>
      this.#lost.has(objectName(output, name)) && !this.has(output, name)
    );
    if (isLost) return undefined;
    this.#away.set(key, record);
    if (this.#uses.begun) this.#noteUse(awayName(key));
    return receipt;
  }

  #readAway(key: TaskKey, code?: CodeManifest): SharedRecord | undefined {
    const known = this.#away.get(key);
    if (known !== undefined) return known;
    const text = textOf(`${this.#root}/${awayName(key)}`);
    if (text === undefined) return undefined;
    const manifest = (digest: string) => code?.digest === digest ? code : this.#manifests.read(digest);
    const reading = readSharedRecord(text, key, manifest);
    return reading.kind === "found" ? reading.record : undefined;
  }

  /** All of a result that was away is here. */
  #keep(receipt: Receipt): void {
    if (!this.#uses.begun) return;
    const path = `${this.#root}/${receiptName(receipt.key)}`;
    this.#manifests.keep(receipt.fingerprint.code);
    Deno.mkdirSync(dirname(path), { recursive: true });
    writeAtomically(path, receiptText(receipt), { sync: true });
    this.#known.delete(receipt.key);
    this.#forget(receipt.key);
  }

  #forget(key: TaskKey): void {
    this.#away.delete(key);
    try {
      Deno.removeSync(`${this.#root}/${awayName(key)}`);
    } catch {
      // None, or a store that may only be read.
    }
  }

  /** A run looks for a result each time that it plans. */
  #warnOnce(message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    this.#warn(message);
  }

  #noteUse(name: string): void {
    const path = `${this.#root}/${name}`;
    const now = this.#now();
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: now };
    if (now - mtimeMs >= SAME_USE_MS) setTime(path, now); // never set back
  }
}

function textOf(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined; // absent, or to be replaced
  }
}
