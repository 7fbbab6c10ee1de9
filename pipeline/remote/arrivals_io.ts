/**
 * Files that are on their way from a shared cache: each attempt has a folder of its own among the store's staging folders,
 * which names its owner. What one whose owner is gone has got as far as is gone on from.
 */
import { moveTo, namesIn, removeTree } from "../engine/store/atomic_io.ts";
import { identityOf, liveness, type ProcessIdentity } from "../engine/store/process_io.ts";

export interface Arrival extends Disposable {
  /** Holds what is taken in, and what has to get out of the way. */
  readonly folder: string;
  /** The file that arrives. */
  readonly path: string;
  /** It is of no use to anybody any more: else it stays for the next attempt. */
  over(): void;
}

const FILE = "arriving";
const OWNER = "owner.json";

export class Arrivals {
  /** The store's staging folder. */
  readonly #root: string;
  /** Folders that this process is at. */
  readonly #open = new Set<string>();

  constructor(staging: string) {
    this.#root = staging;
  }

  begin(sha256: string): Arrival {
    const prefix = `arriving-${sha256}-`;
    const folder = `${this.#root}/${prefix}${crypto.randomUUID().slice(0, 8)}`;
    const left = namesIn(this.#root).filter((name) => name.startsWith(prefix))
      .map((name) => `${this.#root}/${name}`).find((path) => this.#isLeft(path));
    if (left === undefined || !taken(left, folder)) Deno.mkdirSync(folder);
    own(folder);
    this.#open.add(folder);
    let useful = true;
    return {
      folder,
      path: `${folder}/${FILE}`,
      over() {
        useful = false;
      },
      [Symbol.dispose]: () => {
        this.#open.delete(folder);
        if (!useful) removeTree(folder);
      },
    };
  }

  #isLeft(folder: string): boolean {
    if (this.#open.has(folder)) return false;
    try {
      const owner = JSON.parse(Deno.readTextFileSync(`${folder}/${OWNER}`)) as ProcessIdentity;
      return owner.pid === Deno.pid || liveness(owner) === "gone";
    } catch {
      return false; // it is being made, or somebody else has it by now
    }
  }
}

/** @returns Whether it is this process's now: another may be quicker. */
function taken(from: string, to: string): boolean {
  try {
    own(from); // so that nobody finds it left once it has its new name
    moveTo(from, to);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function own(folder: string): void {
  Deno.writeTextFileSync(`${folder}/${OWNER}`, JSON.stringify(identityOf(Deno.pid)));
}
