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

  /** The second line is only read to explain a change; then it may be damaged. */
  #load(digest: string, expected?: CodeManifest): CodeManifest {
    const name = manifestName(digest);
    const [first = "", second = ""] = Deno.readTextFileSync(`${this.#root}/${name}`).split("\n");
    const isExpected = expected?.digest === digest && firstLine(expected) === first;
    const manifest = isExpected ? expected : manifestOf(JSON.parse(first));
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
