/**
 * Results of this machine, and of a shared cache where they are missing: asked for by key when a key is asked for, brought
 * when somebody reads them, and only what arrived with the right digest counts. Whatever goes wrong there is a miss that is
 * told once.
 */
import { UserError } from "../../lib/base/errors.ts";
import type { Cache, OutputReading, WrittenOutputs } from "../engine/cache/contract.ts";
import type { LocalCache } from "../engine/cache/local_io.ts";
import {
  objectOf,
  readSharedRecord,
  type SharedObject,
  type SharedRecord,
} from "../engine/cache/shared_record.ts";
import { removeTree } from "../engine/store/atomic_io.ts";
import { contentOf } from "../engine/store/content_io.ts";
import type { Fingerprint, Receipt, StoredOutput, TaskKey } from "../engine/types.ts";
import { unpackTree } from "./archive_io.ts";
import { Arrivals } from "./arrivals_io.ts";
import { Breaker } from "./breaker.ts";
import { type Remote, RemoteTrouble } from "./contract.ts";

export interface SharedCacheOptions {
  readonly local: LocalCache;
  /** The store's folder for what is not whole yet. */
  readonly staging: string;
  /** Where it is, for people. */
  readonly location: string;
  /** Opened when it is first asked for something. */
  readonly open: () => Promise<Remote>;
  /** Whether something is going to be put there. */
  readonly put: boolean;
  readonly warn: (message: string) => void;
}

/** What came from a cache and what went there. */
export interface Tally {
  /** Results whose records were found there. */
  found: number;
  /** Objects that were brought, and their bytes. */
  brought: number;
  broughtBytes: number;
  /** Objects and records that were not what they should be. */
  refused: number;
}

/** Most requests at a time: more would only wait for each other. */
const MOST_AT_A_TIME = 16;
/** What is not there is not asked for again so soon. */
const MISS_MS = 60_000;

export class SharedCache implements Cache {
  readonly location: string;
  readonly tally: Tally = { found: 0, brought: 0, broughtBytes: 0, refused: 0 };
  /** Keys of results that are known to be there. */
  readonly there = new Set<TaskKey>();
  /** Names of what was there and wrong: whoever puts it there does so although it exists. */
  readonly wrong = new Set<string>();
  readonly #options: SharedCacheOptions;
  readonly #local: LocalCache;
  readonly #arrivals: Arrivals;
  readonly #breaker = new Breaker(() => performance.now());
  readonly #missed = new Map<TaskKey, number>();
  /** What was tried in vain: it is as good as not there. */
  readonly #vain = new Set<string>();
  readonly #asking = new Map<TaskKey, Promise<Receipt | undefined>>();
  readonly #bringing = new Map<string, Promise<string | undefined>>();
  readonly #waiting: (() => void)[] = [];
  #free = MOST_AT_A_TIME;
  #remote: Promise<Remote> | undefined;
  #readOnly = false;
  readonly #told = new Set<string>();

  constructor(options: SharedCacheOptions) {
    this.#options = options;
    this.#local = options.local;
    this.location = options.location;
    this.#arrivals = new Arrivals(options.staging);
  }

  async lookup(key: TaskKey, expected?: Fingerprint): Promise<Receipt | undefined> {
    const here = this.#local.receipt(key, expected);
    // Without what the key was made from, a record could not be compared with anything.
    if (here !== undefined || expected === undefined) return here;
    if (performance.now() - (this.#missed.get(key) ?? -Infinity) < MISS_MS) return undefined;
    const asking = this.#asking.get(key) ?? this.#find(key, expected);
    this.#asking.set(key, asking);
    const found = await asking.finally(() => this.#asking.delete(key));
    if (found === undefined) this.#missed.set(key, performance.now());
    return found;
  }

  put(receipt: Receipt, written: WrittenOutputs): Promise<void> {
    return this.#local.put(receipt, written);
  }

  async read(output: StoredOutput, name: string): Promise<OutputReading> {
    const reading = await this.#local.read(output, name);
    if (reading.kind === "sound") return reading;
    const problem = await this.#bringOutput(output, name);
    if (problem === undefined) return await this.#local.read(output, name);
    if (problem === "") return reading;
    return reading.absent
      ? { kind: "damaged", problem, absent: true }
      : { kind: "damaged", problem: `${reading.problem}, and ${problem}` };
  }

  async bring(receipt: Receipt): Promise<boolean> {
    const absent = Object.entries(receipt.outputs).filter(([name, output]) => !this.#local.has(output, name));
    await Promise.all(absent.map(([name, output]) => this.#bringOutput(output, name)));
    return await this.#local.bring(receipt) &&
      absent.every(([name, output]) => this.#local.has(output, name));
  }

  /**
   * Asks the cache something, unless it is left alone.
   *
   * @param purpose Who may not put anything there may still be allowed to read.
   * @returns What it said, or the trouble, which has been told.
   */
  async attempt<T>(
    action: (remote: Remote) => Promise<T>,
    purpose: "read" | "put" = "read",
  ): Promise<{ readonly value: T } | { readonly trouble: RemoteTrouble }> {
    await this.#enter();
    try {
      if ((purpose === "put" && this.#readOnly) || !this.#breaker.allows()) {
        return { trouble: new RemoteTrouble("unreachable", `${this.location} was of no use before`) };
      }
      const remote = await (this.#remote ??= this.#open().catch((error) => {
        this.#remote = undefined; // after a rest it may be better
        throw error;
      }));
      const value = await action(remote);
      this.#breaker.succeeded();
      return { value };
    } catch (error) {
      if (!(error instanceof RemoteTrouble)) throw error; // of this machine, such as a full disk
      this.#tell(error, purpose);
      return { trouble: error };
    } finally {
      this.#leave();
    }
  }

  async #open(): Promise<Remote> {
    const remote = await this.#options.open();
    const trouble = this.#options.put ? await beginning(remote) : undefined;
    await remote.check(); // what is no cache takes nothing either, which then needs no words
    if (trouble !== undefined) this.#tell(trouble, "put");
    return remote;
  }

  /** Says that something there is not what it should be. */
  refuse(what: string, problem: string): void {
    this.tally.refused++;
    this.#options.warn(`${what} in ${this.location} is not used: ${problem}.`);
  }

  /** Each kind of trouble with the cache as a whole is told once. */
  #tell({ kind, message }: RemoteTrouble, purpose: "read" | "put"): void {
    if (kind === "unreachable") {
      this.#breaker.failed();
      this.#warnOnce(`Cannot reach ${this.location}`, message, "This goes on with what is here.");
      return;
    }
    this.#breaker.succeeded();
    if (kind !== "refused") return;
    if (purpose === "put") {
      this.#readOnly = true;
      this.#warnOnce(`Cannot put anything into ${this.location}`, message, "Results stay here.");
    } else {
      this.#breaker.close();
      this.#warnOnce(`Cannot use ${this.location}`, message, "This goes on with what is here.");
    }
  }

  #warnOnce(what: string, why: string, then: string): void {
    if (this.#told.has(what)) return;
    this.#told.add(what);
    this.#options.warn(`${what}: ${why}. ${then}`);
  }

  async #find(key: TaskKey, expected: Fingerprint): Promise<Receipt | undefined> {
    const asked = await this.attempt((remote) => remote.record(key));
    if ("trouble" in asked) {
      if (asked.trouble.kind === "wrong") this.#refuseRecord(key, asked.trouble.message);
      return undefined;
    }
    if (asked.value === undefined) return undefined;
    const code = (digest: string) => {
      if (digest === expected.code.digest) return expected.code;
      throw new Error("it is of other code");
    };
    const reading = readSharedRecord(asked.value, key, code);
    if (reading.kind === "wrong") return this.#refuseRecord(key, reading.problem);
    if (!await this.#isWhole(reading.record)) return undefined;
    this.tally.found++;
    this.there.add(key);
    try {
      this.#local.noteAway(reading.record);
    } catch {
      // A store that may only be read: it is asked for again next time.
    }
    return reading.record.receipt;
  }

  #refuseRecord(key: TaskKey, problem: string): undefined {
    this.wrong.add(key);
    this.refuse(`The record ${key.slice(0, 8)}`, problem);
  }

  /** A record may outlive what it names: then it is as good as none. */
  async #isWhole(record: SharedRecord): Promise<boolean> {
    const sizes = await Promise.all(
      Object.entries(record.receipt.outputs).map(async ([name, output]) => {
        const object = objectOf(record, name);
        if (object === undefined || this.#local.has(output, name)) return true;
        if (this.#vain.has(object.sha256)) return false;
        const asked = await this.attempt((remote) => remote.size(object.sha256));
        return "value" in asked && asked.value === object.bytes;
      }),
    );
    return sizes.every(Boolean);
  }

  /** @returns Why it could not be brought; empty if it is of nothing that is known to be there. */
  async #bringOutput(output: StoredOutput, name: string): Promise<string | undefined> {
    const found = this.#sourceOf(output);
    if (found === undefined) return "";
    const { object } = found;
    const id = `${output.digest} ${name}`;
    const bringing = this.#bringing.get(id) ?? this.#bring(output, name, object);
    this.#bringing.set(id, bringing);
    const problem = await bringing.finally(() => this.#bringing.delete(id));
    if (problem !== undefined) return problem;
    // Others of the same results may be all there by now.
    for (const { receipt } of [...this.#local.away()]) {
      const outputs = Object.entries(receipt.outputs);
      if (outputs.every(([name, output]) => this.#local.has(output, name))) await this.#local.bring(receipt);
    }
    return undefined;
  }

  #sourceOf({ kind, digest }: StoredOutput): { readonly object: SharedObject | undefined } | undefined {
    for (const record of this.#local.away()) {
      for (const [name, output] of Object.entries(record.receipt.outputs)) {
        if (output.digest === digest && output.kind === kind) return { object: objectOf(record, name) };
      }
    }
    return undefined;
  }

  async #bring(
    output: StoredOutput,
    name: string,
    object: SharedObject | undefined,
  ): Promise<string | undefined> {
    using arrival = this.#arrivals.begin(object?.sha256 ?? output.digest);
    const outDir = `${arrival.folder}/out`;
    removeTree(outDir); // of an attempt that was ended while it unpacked
    Deno.mkdirSync(outDir);
    const target = `${outDir}/${name}`;
    if (object === undefined) Deno.mkdirSync(target); // a folder without files
    else {
      const asked = await this.attempt((remote) => remote.bringObject(object, arrival.path));
      if ("trouble" in asked) return this.#failed(output, name, object, asked.trouble);
      const problem = await this.#unwrap(output, target, arrival.path);
      if (problem !== undefined) {
        arrival.over();
        return this.#failed(output, name, object, new RemoteTrouble("wrong", problem));
      }
    }
    await this.#local.take({ [name]: output }, { outDir, aside: arrival.folder });
    arrival.over();
    this.tally.brought++;
    this.tally.broughtBytes += object?.bytes ?? 0;
    return undefined;
  }

  /** Makes the output of what arrived. @returns What is wrong with it, if anything. */
  async #unwrap(output: StoredOutput, target: string, arrived: string): Promise<string | undefined> {
    if (output.kind === "file") {
      Deno.renameSync(arrived, target); // its digest was compared when the last byte came
      return undefined;
    }
    try {
      await unpackTree(arrived, target, output);
    } catch (error) {
      if (error instanceof UserError && error.reason === "bad-file") return error.message.replace(/\.$/, "");
      throw error;
    }
    const { digest } = await contentOf(target, "refuse");
    return digest === output.digest
      ? undefined
      : `its archive holds ${digest.slice(0, 8)}, wanted ${output.digest.slice(0, 8)}`;
  }

  #failed(
    output: StoredOutput,
    name: string,
    { sha256 }: SharedObject,
    { kind, message }: RemoteTrouble,
  ): string {
    this.#vain.add(sha256);
    // Whoever makes it anew puts it there again.
    for (const record of this.#local.away()) {
      const names = Object.keys(record.receipt.outputs);
      if (names.some((one) => objectOf(record, one)?.sha256 === sha256)) {
        this.there.delete(record.receipt.key);
      }
    }
    if (kind === "wrong") {
      this.wrong.add(sha256);
      this.refuse(`The object ${sha256.slice(0, 8)} (${name})`, message);
    }
    if (kind === "wrong" || kind === "absent") this.#local.lose(output, name);
    switch (kind) {
      case "unreachable":
        return `${this.location} cannot be reached`;
      case "refused":
        return `${this.location} cannot be used`;
      case "absent":
        return `${this.location} does not have it`;
      case "wrong":
        return `${this.location} does not have it as it was`;
      default:
        throw kind satisfies never;
    }
  }

  async #enter(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}

/** @returns Why nothing can be put there. @throws {RemoteTrouble} `unreachable`: nobody answers. */
async function beginning(remote: Remote): Promise<RemoteTrouble | undefined> {
  try {
    await remote.begin();
    return undefined;
  } catch (error) {
    if (error instanceof RemoteTrouble && error.kind !== "unreachable") return error;
    throw error;
  }
}
