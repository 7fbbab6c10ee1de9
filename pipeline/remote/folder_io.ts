/**
 * A shared cache in a folder, such as on a file server or behind `serve-cache`. Everything appears whole: it is written
 * beside its place, compared with its name, brought to the disk and renamed. Nothing is ever listed.
 */
import { startSha256 } from "../../lib/base/digest.ts";
import { explainSystemError } from "../../lib/base/system_error_io.ts";
import {
  CACHE_FILE,
  cacheFileProblem,
  cacheFileText,
  keptRecord,
  MOST_RECORD_BYTES,
  recordName,
  sharedName,
  type SharedObject,
} from "../engine/cache/shared_record.ts";
import { exists, namesIn, writeAll, writeAtomically } from "../engine/store/atomic_io.ts";
import { moveNew, rename } from "../engine/store/file_system_io.ts";
import type { TaskKey } from "../engine/types.ts";
import { type Remote, RemoteTrouble } from "./contract.ts";

/** What is written, until it is whole. */
const STAGING = "staging";
const PIECE_BYTES = 1 << 20;
/** What somebody left in the staging folder and did not touch for so long is nobody's any more. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

/**
 * @returns Whether somebody made a cache of the folder: a new or empty one may become one.
 * @throws {RemoteTrouble} `refused`: it is no folder, or holds something else.
 */
export function checkCacheFolder(root: string): boolean {
  const names = filesOf(root);
  if (names.includes(CACHE_FILE)) {
    const problem = cacheFileProblem(Deno.readTextFileSync(`${root}/${CACHE_FILE}`));
    if (problem !== undefined) throw new RemoteTrouble("refused", problem);
    return true;
  }
  if (names.every((name) => name.startsWith(`${CACHE_FILE}.`))) return false;
  throw new RemoteTrouble(
    "refused",
    `${root} holds ${
      names.slice(0, 3).join(", ")
    } and no ${CACHE_FILE}, which each cache has: name a new or empty folder`,
  );
}

/** @throws {RemoteTrouble} As {@link checkCacheFolder}. */
export function makeCacheFolder(root: string): void {
  const isMade = checkCacheFolder(root);
  for (const name of ["objects", "receipts", STAGING]) {
    Deno.mkdirSync(`${root}/${name}`, { recursive: true });
  }
  if (!isMade) writeAtomically(`${root}/${CACHE_FILE}`, cacheFileText(), { sync: true });
  for (const name of namesIn(`${root}/${STAGING}`)) {
    const path = `${root}/${STAGING}/${name}`;
    const age = Date.now() - (Deno.statSync(path).mtime?.getTime() ?? Infinity);
    if (age > ABANDONED_MS) Deno.removeSync(path);
  }
}

/** What is in a cache's folder. @param root Absolute. */
export class CacheFolder {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  record(key: string): string | undefined {
    const path = `${this.root}/${recordName(key)}`;
    const size = sizeOf(path);
    if (size === undefined) return undefined;
    if (size > MOST_RECORD_BYTES) {
      throw new RemoteTrouble("wrong", `the record ${key.slice(0, 8)} has ${size} bytes`);
    }
    return Deno.readTextFileSync(path);
  }

  size(sha256: string): number | undefined {
    return sizeOf(this.fileOf(sha256));
  }

  fileOf(sha256: string): string {
    return `${this.root}/${sharedName(sha256)}`;
  }

  /** @param most Bytes. @throws {RemoteTrouble} `wrong`: the bytes are others than the name says, or too many. */
  async putObject(sha256: string, pieces: AsyncIterable<Uint8Array>, most = Infinity): Promise<void> {
    await this.#written(async (staged) => {
      const digest = startSha256();
      using file = Deno.openSync(staged, { write: true, createNew: true });
      let bytes = 0;
      for await (const piece of pieces) {
        bytes += piece.length;
        if (bytes > most) {
          throw new RemoteTrouble("wrong", `it has more than the ${most} bytes that are allowed`);
        }
        digest.update(piece);
        writeAll(file, piece);
      }
      const found = digest.hex();
      if (found !== sha256) {
        throw new RemoteTrouble("wrong", `its ${bytes} bytes have the SHA-256 ${found}, wanted ${sha256}`);
      }
      file.syncSync();
    }, (staged) => {
      const target = this.fileOf(sha256);
      Deno.mkdirSync(parentOf(target), { recursive: true });
      rename(staged, target);
    });
  }

  /**
   * @returns `exists`: there is one, and it stays.
   * @throws {RemoteTrouble} `wrong`: it is not the record of this key. `absent`: an object that it needs is not here.
   */
  async putRecord(key: string, text: string, replace: boolean): Promise<"put" | "exists"> {
    const kept = keptRecord(text);
    if (typeof kept === "string") throw new RemoteTrouble("wrong", kept);
    if (kept.key !== key) throw new RemoteTrouble("wrong", `it is that of the key ${kept.key.slice(0, 8)}`);
    const missing = kept.objects.find(({ sha256, bytes }) => this.size(sha256) !== bytes);
    if (missing !== undefined) {
      throw new RemoteTrouble(
        "absent",
        `its object ${missing.sha256.slice(0, 8)} is not here: objects come before records`,
      );
    }
    const target = `${this.root}/${recordName(key)}`;
    return await this.#written((staged) => {
      using file = Deno.openSync(staged, { write: true, createNew: true });
      writeAll(file, new TextEncoder().encode(text));
      file.syncSync();
    }, (staged) => {
      Deno.mkdirSync(parentOf(target), { recursive: true });
      if (replace) {
        rename(staged, target);
        return "put";
      }
      return placeNew(staged, target) ? "put" : "exists";
    });
  }

  async #written<T>(
    write: (staged: string) => void | Promise<void>,
    place: (staged: string) => T,
  ): Promise<T> {
    const staged = `${this.root}/${STAGING}/${crypto.randomUUID()}`;
    try {
      await write(staged);
      return place(staged);
    } finally {
      if (exists(staged)) Deno.removeSync(staged);
    }
  }
}

/** A shared cache in a folder that this machine sees. @throws {RemoteTrouble} `refused`: there is none. */
export function folderRemote(root: string): Remote {
  const folder = new CacheFolder(root);
  const attempt = async <T>(doing: string, action: () => T | Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      if (error instanceof RemoteTrouble || !isSystems(error)) throw error;
      const { message } = explainSystemError(error, doing) as Error;
      throw new RemoteTrouble("unreachable", message.replace(/^Cannot /, "it cannot ").replace(/\.$/, ""));
    }
  };
  // It is never made: what is missing may be a disk that is to be mounted there.
  if (filesOf(root).length === 0 && !exists(root)) {
    throw new RemoteTrouble("refused", "there is no such folder: make it, or mount what it is on");
  }
  return {
    location: `file://${root}`,
    begin: () => attempt("be written to", () => makeCacheFolder(root)),
    check: () => attempt("be read", () => void checkCacheFolder(root)),
    record: (key) => attempt("be read", () => folder.record(key)),
    size: (sha256) => attempt("be read", () => folder.size(sha256)),
    bringObject: (object, path) =>
      attempt("be read", () => copyObject(folder.fileOf(object.sha256), object, path)),
    putObject: ({ sha256 }, path) => attempt("be written to", () => folder.putObject(sha256, piecesOf(path))),
    putRecord: (key: TaskKey, text, replace) =>
      attempt("be written to", () => folder.putRecord(key, text, replace)),
  };
}

/** Names in a folder; of none where it is not there. @throws {RemoteTrouble} `refused`: it, or a folder on its way, is a file. */
function filesOf(root: string): readonly string[] {
  try {
    return namesIn(root);
  } catch (error) {
    if (error instanceof Deno.errors.NotADirectory) {
      throw new RemoteTrouble("refused", `${root} is a file, or leads through one: name a folder`);
    }
    throw error;
  }
}

/** The bytes of a file, piece by piece. */
export async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  using file = await Deno.open(path, { read: true });
  for (;;) {
    const piece = new Uint8Array(PIECE_BYTES);
    const read = await file.read(piece);
    if (read === null) return;
    yield piece.subarray(0, read);
  }
}

async function copyObject(from: string, { sha256, bytes }: SharedObject, to: string): Promise<void> {
  if (!exists(from)) throw new RemoteTrouble("absent", "it is not there any more");
  const digest = startSha256();
  using file = Deno.openSync(to, { write: true, create: true, truncate: true });
  let done = 0;
  for await (const piece of piecesOf(from)) {
    done += piece.length;
    if (done > bytes) break;
    digest.update(piece);
    writeAll(file, piece);
  }
  const found = digest.hex();
  if (done !== bytes) {
    throw new RemoteTrouble("wrong", `it has ${done > bytes ? "more" : "fewer"} than its ${bytes} bytes`);
  }
  if (found !== sha256) throw new RemoteTrouble("wrong", `found the SHA-256 ${found}, wanted ${sha256}`);
}

/** @returns Whether the name was free. */
function placeNew(staged: string, target: string): boolean {
  try {
    moveNew(staged, target);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

/** What the system says, unlike a fault of the program. */
function isSystems(error: unknown): boolean {
  return error instanceof Error &&
    ("code" in error || Object.values(Deno.errors).some((kind) => error instanceof kind));
}

function sizeOf(path: string): number | undefined {
  try {
    const { isFile, size } = Deno.statSync(path);
    return isFile ? size : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
