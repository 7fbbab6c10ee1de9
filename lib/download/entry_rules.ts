/** Which entries of an archive may be unpacked, and where to. Pure. */
import { UserError } from "../base/errors.ts";

/** What an archive's list says of one entry. */
export interface ArchiveEntry {
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly linkname?: string;
  /** Attributes that only newer archives have. */
  readonly pax?: Readonly<Record<string, string>>;
}

export interface UnpackLimits {
  readonly files: number;
  /** Of all files, each copy counted. */
  readonly bytes: number;
}

/** What to do with an entry; names are relative, joined by "/", without "." and "..". */
export type EntryPlan =
  | { readonly kind: "directory"; readonly name: string }
  | { readonly kind: "file"; readonly name: string; readonly size: number }
  /** The same bytes as a file that came before. */
  | { readonly kind: "copy"; readonly name: string; readonly size: number; readonly of: string };

/** File systems end names at 255 bytes. */
const LONGEST_PART = 255;

/**
 * Judges the entries of one archive in turn. A symbolic link is refused wherever it leads: data sets need none, and
 * a store keeps none.
 */
export class EntryRules {
  readonly #archive: string;
  readonly #limits: UnpackLimits;
  /** Name -> bytes. */
  readonly #files = new Map<string, number>();
  readonly #folders = new Set<string>();
  #bytes = 0;

  /** @param archive For messages. */
  constructor(archive: string, limits: UnpackLimits) {
    this.#archive = archive;
    this.#limits = limits;
  }

  /**
   * @returns Nothing for the folder that the archive is unpacked to.
   * @throws {UserError} `bad-file` if the entry leaves the folder, is neither file nor folder, comes twice, or is one
   * too many.
   */
  plan(entry: ArchiveEntry): EntryPlan | undefined {
    const name = this.#placeOf(entry.name, entry);
    if (entry.type === "directory") return this.#planFolder(name, entry);
    if (name === "") throw this.#refuse(entry, "has no name");
    if (entry.type === "file") {
      if (Object.keys(entry.pax ?? {}).some((key) => key.startsWith("GNU.sparse."))) {
        throw this.#refuse(entry, "is a sparse file, wanted all of its bytes");
      }
      this.#count(entry, entry.size);
      this.#claim(name, entry, entry.size);
      return { kind: "file", name, size: entry.size };
    }
    if (entry.type === "link") {
      const of = this.#placeOf(entry.linkname ?? "", entry);
      const size = this.#files.get(of);
      if (size === undefined) throw this.#refuse(entry, "is a link to no file that came before it");
      this.#count(entry, size);
      this.#claim(name, entry, size);
      return { kind: "copy", name, size, of };
    }
    throw this.#refuse(entry, `is a ${entry.type}, wanted a file or a folder`);
  }

  #planFolder(name: string, entry: ArchiveEntry): EntryPlan | undefined {
    if (name === "") return undefined;
    this.#count(entry, 0);
    if (this.#files.has(name)) throw this.#refuse(entry, "comes twice");
    this.#enter(name, entry);
    return { kind: "directory", name };
  }

  #claim(name: string, entry: ArchiveEntry, size: number): void {
    if (this.#files.has(name) || this.#folders.has(name)) throw this.#refuse(entry, "comes twice");
    const slash = name.lastIndexOf("/");
    if (slash > 0) this.#enter(name.slice(0, slash), entry);
    this.#files.set(name, size);
  }

  /** Remembers a folder and those above it. */
  #enter(folder: string, entry: ArchiveEntry): void {
    for (let name = folder; name !== "" && !this.#folders.has(name);) {
      if (this.#files.has(name)) throw this.#refuse(entry, `lies in ${name}, which is a file`);
      this.#folders.add(name);
      name = name.slice(0, Math.max(0, name.lastIndexOf("/")));
    }
  }

  #placeOf(path: string, entry: ArchiveEntry): string {
    if (/^[/\\]|^[A-Za-z]:/.test(path)) throw this.#refuse(entry, "has an absolute path");
    if (path.includes("\0") || path.includes("\\")) {
      throw this.#refuse(entry, "has a path with a backslash or a zero byte");
    }
    const parts = path.split("/").filter((part) => part !== "" && part !== ".");
    if (parts.includes("..")) throw this.#refuse(entry, "leads out of the folder");
    if (parts.some((part) => new TextEncoder().encode(part).length > LONGEST_PART)) {
      throw this.#refuse(entry, `has a name longer than ${LONGEST_PART} bytes`);
    }
    return parts.join("/");
  }

  #count(entry: ArchiveEntry, size: number): void {
    if (!Number.isSafeInteger(size) || size < 0) throw this.#refuse(entry, `has the size ${size}`);
    this.#bytes += size;
    if (this.#bytes > this.#limits.bytes) {
      throw this.#refuse(entry, `would make it more than the ${this.#limits.bytes} bytes expected`);
    }
    if (this.#files.size + this.#folders.size >= this.#limits.files) {
      throw this.#refuse(entry, `would be more than the ${this.#limits.files} entries expected`);
    }
  }

  #refuse(entry: ArchiveEntry, what: string): UserError {
    const shown = JSON.stringify(entry.name.length <= 120 ? entry.name : `${entry.name.slice(0, 120)}...`);
    return new UserError(
      "bad-file",
      `Cannot unpack ${this.#archive}: its entry ${shown} ${what}. Nothing was unpacked; check where the archive ` +
        `comes from.`,
    );
  }
}
