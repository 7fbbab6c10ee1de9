/**
 * Results in folders of this machine: content-addressed objects and one receipt a key. Everything visible is whole:
 * objects and receipts come into place by rename, the receipt last.
 */
import { statSync } from "node:fs";
import { dirname } from "node:path";
import { removeAtOnce, setTime, writeAtomically } from "../store/atomic_io.ts";
import { objectName, receiptName } from "../store/layout.ts";
import type { Uses } from "../store/uses_io.ts";
import type { Fingerprint, Receipt, StoredOutput, TaskKey } from "../types.ts";
import { placeObjects } from "./commit_io.ts";
import type { Cache, OutputReading, WrittenOutputs } from "./contract.ts";
import { Manifests } from "./manifests_io.ts";
import { missingObject, readReceipt, receiptKeys, type ReceiptReading, receiptText } from "./receipt_io.ts";
import { SoundObjects, stampOf } from "./sound_objects_io.ts";

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
    try {
      removeAtOnce(this.#root, path);
    } catch (error) {
      this.#warn(`Cannot remove the damaged ${objectName(output, name)}: ${(error as Error).message}`);
    }
    return { kind: "damaged", problem };
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
      this.#warn(`Receipt ${key.slice(0, 8)} does not count: ${reading.problem}`);
    }
    if (reading.kind !== "found") return undefined;
    const { receipt } = reading;
    this.#known.set(key, receipt);
    const missing = missingObject(this.#root, receipt);
    if (missing === undefined) {
      if (this.#uses.begun) this.#noteUse(key);
      return receipt;
    }
    this.#warn(`The result of ${receipt.task} does not count: ${missing} is missing or has another size`);
    return undefined;
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
    return reading.kind === "found" ? reading.receipt : undefined;
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

  #noteUse(key: TaskKey): void {
    const path = `${this.#root}/${receiptName(key)}`;
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
