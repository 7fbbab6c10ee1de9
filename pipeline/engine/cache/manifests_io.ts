/** The code manifests of a store, each once by its digest: the receipts of thousands of tasks name the same few. */
import { writeAtomically } from "../store/atomic_io.ts";
import { manifestOf } from "../fingerprint.ts";
import { manifestName } from "../store/layout.ts";
import type { CodeManifest } from "../types.ts";

export class Manifests {
  readonly #root: string;
  readonly #known = new Map<string, CodeManifest>();

  /** @param root Of the store. */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * @param expected A manifest that may be the same: comparing texts is faster than hashing what was read.
   * @throws {Error} If there is none of this digest, or its bytes are damaged.
   */
  read(digest: string, expected?: CodeManifest): CodeManifest {
    const manifest = this.#known.get(digest) ?? this.#load(digest, expected);
    this.#known.set(digest, manifest);
    return manifest;
  }

  /** Brings a manifest into the store, or tells the collector that it is wanted again. */
  keep({ digest, files, packages, declarations }: CodeManifest): void {
    const path = `${this.#root}/${manifestName(digest)}`;
    try {
      this.#load(digest);
      const now = new Date();
      Deno.utimeSync(path, now, now);
    } catch { // absent, damaged, or another user's
      const lines = [firstLine({ files, packages }), JSON.stringify(declarations)];
      writeAtomically(path, lines.map((line) => `${line}\n`).join(""), { sync: true });
    }
  }

  #lines(name: string): string[] {
    try {
      return Deno.readTextFileSync(`${this.#root}/${name}`).split("\n");
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new Error(`the list of its code, ${name}, is not there`, { cause: error });
    }
  }

  /** The second line is only read to explain a change; then it may be damaged. */
  #load(digest: string, expected?: CodeManifest): CodeManifest {
    const name = manifestName(digest);
    const [first = "", second = ""] = this.#lines(name);
    const isExpected = expected?.digest === digest && firstLine(expected) === first;
    const manifest = isExpected ? expected : manifestIn(first, name);
    if (manifest.digest !== digest) {
      throw new Error(`the list of its code, ${name}, has the digest ${manifest.digest.slice(0, 8)}`);
    }
    const { files, packages } = manifest;
    return {
      digest,
      files,
      packages,
      get declarations() {
        return declarationsIn(second);
      },
    };
  }
}

/** @throws {Error} In words, as people read it. */
function manifestIn(line: string, name: string): CodeManifest {
  try {
    return manifestOf(JSON.parse(line));
  } catch (error) {
    const found = line.trim() === "" ? "is empty" : "was cut off or changed";
    throw new Error(`the list of its code, ${name}, ${found}`, { cause: error });
  }
}

/** What a manifest's digest is of. */
function firstLine({ files, packages }: Pick<CodeManifest, "files" | "packages">): string {
  return JSON.stringify({ files, packages });
}

function declarationsIn(line: string): CodeManifest["declarations"] {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}
