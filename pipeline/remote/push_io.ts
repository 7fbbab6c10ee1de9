/**
 * Puts results of this machine into a shared cache: objects first, the record last, and nothing whose bytes were not
 * compared with their digests just before. Whoever put a result there first is right, as long as what is there is sound.
 */
import {
  readSharedRecord,
  sameResults,
  type SharedObject,
  type SharedRecord,
  sharedRecordText,
} from "../engine/cache/shared_record.ts";
import { exists, namesIn, writeAll } from "../engine/store/atomic_io.ts";
import type { Store } from "../engine/store/store_io.ts";
import type { Receipt, TaskKey } from "../engine/types.ts";
import { sha256 } from "../../lib/base/digest.ts";
import { packTree } from "./archive_io.ts";
import { Arrivals } from "./arrivals_io.ts";
import type { SharedCache } from "./shared_cache_io.ts";

/** Most results that are sent at a time. */
const MOST_AT_A_TIME = 4;
/** Folder of the store with lists of what is known to be in a cache. */
const PUSHED = "pushed";

export interface PushTally {
  /** Results that were put there. */
  readonly pushed: number;
  readonly bytes: number;
  /** Results that could not be: the next command tries again. */
  readonly left: number;
}

/** An output as it is sent. */
interface Sent {
  readonly object: SharedObject;
  readonly path: string;
}

export class Pusher {
  readonly #store: Store;
  readonly #cache: SharedCache;
  readonly #archives: Arrivals;
  /** Keys of what is there. */
  readonly #there: Set<string>;
  readonly #notes: string;
  readonly #queue: TaskKey[] = [];
  readonly #seen = new Set<TaskKey>();
  readonly #working = new Set<Promise<void>>();
  #stopped = false;
  #pushed = 0;
  #bytes = 0;
  #left = 0;
  #fault: { readonly error: unknown } | undefined;

  /** @param now Of today: what is noted counts for the month, since a cache may forget what nobody asked for. */
  constructor(store: Store, cache: SharedCache, now: Date) {
    this.#store = store;
    this.#cache = cache;
    this.#archives = new Arrivals(store.folder("staging"));
    const folder = store.folder(PUSHED);
    this.#notes = `${folder}/${sha256(cache.location).slice(0, 16)}-${now.toISOString().slice(0, 7)}.txt`;
    this.#there = new Set(exists(this.#notes) ? Deno.readTextFileSync(this.#notes).split("\n") : []);
    if (namesIn(folder).length === 0) Deno.mkdirSync(folder, { recursive: true });
  }

  /** To be called with each key that is fresh: what is not known to be there is sent meanwhile. */
  offer(key: TaskKey): void {
    if (this.#seen.has(key) || this.#there.has(key) || this.#cache.there.has(key)) return;
    this.#seen.add(key);
    this.#queue.push(key);
    this.#pump();
  }

  /** Waits until all is sent, or until somebody asks to stop: then what is under way is still ended. */
  async settle(signal: AbortSignal): Promise<PushTally> {
    const stop = (): void => {
      this.#stopped = true;
      this.#left += this.#queue.splice(0).length;
    };
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    while (this.#working.size > 0) await Promise.race(this.#working);
    signal.removeEventListener("abort", stop);
    if (this.#fault !== undefined) throw this.#fault.error;
    return { pushed: this.#pushed, bytes: this.#bytes, left: this.#left };
  }

  #pump(): void {
    while (!this.#stopped && this.#queue.length > 0 && this.#working.size < MOST_AT_A_TIME) {
      const work: Promise<void> = this.#push(this.#queue.shift()!)
        .catch((error) => void (this.#fault ??= { error }))
        .finally(() => {
          this.#working.delete(work);
          this.#pump();
        });
      this.#working.add(work);
    }
  }

  async #push(key: TaskKey): Promise<void> {
    const receipt = this.#store.local.remembered(key);
    if (receipt === undefined) return;
    const outputs = Object.entries(receipt.outputs);
    if (!outputs.every(([name, output]) => this.#store.local.has(output, name))) return; // it is from there
    const theirs = await this.#theirs(key, receipt);
    if (theirs === "unknown") this.#left++;
    else if (theirs === "other") this.#note(key);
    else if (await this.#send(receipt, theirs === "wrong")) this.#note(key);
    else this.#left++;
  }

  /** What is there under the key: nothing, the same, another result that stays, or nonsense. */
  async #theirs(key: TaskKey, { fingerprint, ...receipt }: Receipt) {
    if (this.#cache.wrong.has(key)) return "wrong";
    const asked = await this.#cache.attempt((remote) => remote.record(key));
    if ("trouble" in asked) return asked.trouble.kind === "wrong" ? "wrong" : "unknown";
    if (asked.value === undefined) return "none";
    const reading = readSharedRecord(asked.value, key, (digest) => {
      if (digest === fingerprint.code.digest) return fingerprint.code;
      throw new Error("it is of other code");
    });
    if (reading.kind === "wrong") return "wrong";
    return sameResults(reading.record.receipt, { ...receipt, fingerprint }) ? "same" : "other";
  }

  /** @param replace What is there under the key is nonsense. @returns Whether all of it is there now. */
  async #send(receipt: Receipt, replace: boolean): Promise<boolean> {
    const archives: Record<string, SharedObject> = {};
    for (const [name, output] of Object.entries(receipt.outputs)) {
      const reading = await this.#store.local.read(output, name);
      if (reading.kind === "damaged") return false;
      if (output.kind === "file") {
        const object = { sha256: output.digest, bytes: output.bytes };
        if (!await this.#sendObject({ object, path: reading.path })) return false;
      } else if (output.files > 0) {
        using packing = this.#archives.begin(output.digest);
        const path = `${packing.folder}/${crypto.randomUUID()}.tar`;
        packing.over(); // whatever comes of it
        const object = await packTree(reading.path, path);
        archives[name] = object;
        if (!await this.#sendObject({ object, path })) return false;
      }
    }
    return await this.#sendRecord({ receipt, archives }, replace);
  }

  async #sendObject({ object, path }: Sent): Promise<boolean> {
    const { sha256, bytes } = object;
    if (!this.#cache.wrong.has(sha256)) {
      const size = await this.#cache.attempt((remote) => remote.size(sha256));
      if ("trouble" in size) return false;
      if (size.value === bytes) return true;
    }
    const put = await this.#cache.attempt((remote) => remote.putObject(object, path), "put");
    if ("trouble" in put) return false;
    this.#cache.wrong.delete(sha256);
    this.#bytes += bytes;
    return true;
  }

  async #sendRecord(record: SharedRecord, replace: boolean): Promise<boolean> {
    const { key } = record.receipt;
    const put = await this.#cache.attempt(
      (remote) => remote.putRecord(key, sharedRecordText(record), replace),
      "put",
    );
    if ("trouble" in put) {
      // Somebody removed an object meanwhile: the next command begins anew.
      if (put.trouble.kind === "wrong") {
        this.#cache.refuse(`The record ${key.slice(0, 8)}`, put.trouble.message);
      }
      return false;
    }
    this.#cache.wrong.delete(key);
    if (put.value === "put") this.#pushed++;
    return true;
  }

  #note(key: TaskKey): void {
    this.#there.add(key);
    try {
      using file = Deno.openSync(this.#notes, { append: true, create: true });
      writeAll(file, new TextEncoder().encode(`${key}\n`));
    } catch {
      // It is asked for again next time.
    }
  }
}
