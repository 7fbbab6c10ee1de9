/** Digests of files and folders. */
import { type BigIntStats, lstatSync, statSync } from "node:fs";
import { sha256, startSha256 } from "../../../lib/base/digest.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { pathWithin } from "../../../lib/base/operating_system_io.ts";
import type { ContentDigest, StoredOutput } from "../types.ts";

/** A file found in a folder, with what a stat cache compares. */
export interface TreeFile {
  /** Relative to the folder, joined by "/". */
  readonly name: string;
  readonly path: string;
  readonly size: number;
  /** Nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly inode: bigint;
  /** Of the file system that it is on. */
  readonly device: bigint;
}

/**
 * Outputs of stages hold no symbolic links; a folder may, as long as they stay inside it. `own`: in the user's data they
 * may lead anywhere, as those of DVC, git-annex and model hubs do, if they are the user's, the administrator's or of the
 * one whose folder it is; what leads to nothing, in circles, or to a pipe or device is passed over, which who reads the
 * folder tells.
 */
export type SymlinkRule = "own" | "inside" | "refuse";

/** Hears of what is on the way to files: folders, with their paths without links, and symbolic links. */
export type TreeVisitor = (path: string, stat: BigIntStats) => void;

/** Files up to this size are read at once; reading in pieces costs more than it saves. */
const SMALL_FILE_BYTES = 1 << 15;
/** Up to this one nobody else is let through meanwhile: that takes longer than to read on. */
const SHORT_FILE_BYTES = 1 << 21;
/** Memory that is touched for the first time costs more than what is read into it, so it is used again. */
const PIECE_BYTES = 1 << 18;

/**
 * SHA-256 of a file's bytes.
 *
 * @param size What is known of its size; only the speed depends on it.
 * @param pieceOf Memory to read into, for whoever hashes many files.
 */
export async function fileDigest(path: string, size?: number, pieceOf = pieces()): Promise<ContentDigest> {
  const bytes = size ?? Deno.statSync(path).size;
  if (bytes <= SMALL_FILE_BYTES) return sha256(Deno.readFileSync(path)) as ContentDigest;
  const isShort = bytes <= SHORT_FILE_BYTES;
  using file = isShort ? Deno.openSync(path, { read: true }) : await Deno.open(path, { read: true });
  const digest = startSha256();
  const piece = pieceOf();
  const next = () => isShort ? file.readSync(piece) : file.read(piece);
  for (let read = await next(); read !== null; read = await next()) digest.update(piece.subarray(0, read));
  return digest.hex() as ContentDigest;
}

/** The same memory each time, once somebody wants it. */
export function pieces(): () => Uint8Array {
  let piece: Uint8Array | undefined;
  return () => piece ??= new Uint8Array(PIECE_BYTES);
}

/** SHA-256 of the sorted list of a folder's files: path, size, digest. Empty folders and modes do not count. */
export async function treeDigest(folder: string, symlinks: SymlinkRule = "inside"): Promise<ContentDigest> {
  return (await treeContent(folder, symlinks)).digest;
}

/** What a file or folder holds. @throws {UserError} If it is neither, or a folder holds what {@link listTree} refuses. */
export async function contentOf(path: string, symlinks: SymlinkRule = "inside"): Promise<StoredOutput> {
  const info = symlinks === "refuse" ? await Deno.lstat(path) : await Deno.stat(path);
  if (info.isDirectory) return await treeContent(path, symlinks);
  if (!info.isFile) throw notPlain(path);
  return { kind: "file", digest: await fileDigest(path, info.size), bytes: info.size, files: 1 };
}

/** Combines the digests of a folder's files. @param files In any order. */
export function combineTree(
  files: readonly { readonly name: string; readonly size: number; readonly digest: string }[],
): ContentDigest {
  const digest = startSha256();
  digest.update("tree\n");
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const file of sorted) digest.update(`${file.digest} ${file.size} ${JSON.stringify(file.name)}\n`);
  return digest.hex() as ContentDigest;
}

/**
 * All files of a folder, whatever their depth, with their stats.
 *
 * @param passOver Told the names of what the rule `own` does not mind.
 * @throws {UserError} If it holds a device, socket or pipe, a name that is not UTF-8, or a symbolic link that is broken,
 * leads outside, leads back to a folder above it, or is not wanted at all, as far as the rule minds.
 */
export function listTree(
  folder: string,
  symlinks: SymlinkRule,
  visit?: TreeVisitor,
  passOver?: (name: string) => void,
): readonly TreeFile[] {
  const files: TreeFile[] = [];
  const root = Deno.realPathSync(folder);
  const walk = (real: string, prefix: string, above: readonly string[]): void => {
    visit?.(real, lstatSync(real, { bigint: true }));
    for (const entry of Deno.readDirSync(real)) {
      const name = prefix + entry.name;
      const path = `${real}/${entry.name}`;
      if (entry.isSymlink) visit?.(path, lstatSync(path, { bigint: true }));
      const target = entry.isSymlink ? followLink(path, root, symlinks) : path;
      const statOf = entry.isSymlink ? statSync : lstatSync;
      const stat = target === undefined ? undefined : statOf(target, { bigint: true, throwIfNoEntry: false });
      const isCircle = target !== undefined && stat?.isDirectory() === true && above.includes(target);
      if (target !== undefined && stat?.isFile() === true) {
        files.push({ name, path: target, ...fileStat(stat) });
      } else if (target !== undefined && stat?.isDirectory() === true && !isCircle) {
        walk(target, `${name}/`, [...above, target]);
      } else if (symlinks === "own") passOver?.(name);
      else if (isCircle) throw badTree(path, "leads back to a folder above it");
      else throw stat === undefined ? badTree(path, "is gone, or its name is not UTF-8") : notPlain(path);
    }
  };
  walk(root, "", [root]);
  return files;
}

/** What of a file's stat tells that it changed. */
export function fileStat(
  { size, mtimeNs, ctimeNs, ino, dev }: BigIntStats,
): Omit<TreeFile, "name" | "path"> {
  return { size: Number(size), mtimeNs, ctimeNs, inode: ino, device: dev };
}

/** Lets timers and signals through every few hundred of `count` small files, which are read without waiting. */
export async function breathe(count: number): Promise<void> {
  if (count % 512 === 0) await new Promise((resolve) => setTimeout(resolve));
}

async function treeContent(folder: string, symlinks: SymlinkRule): Promise<StoredOutput> {
  const files = listTree(folder, symlinks);
  const pieceOf = pieces();
  const hashed = [];
  for (const file of files) {
    hashed.push({
      name: file.name,
      size: file.size,
      digest: await fileDigest(file.path, file.size, pieceOf),
    });
  }
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  return { kind: "tree", digest: combineTree(hashed), bytes, files: files.length };
}

/** @returns What it leads to; nothing where that does not matter and is not there. */
function followLink(path: string, root: string, symlinks: SymlinkRule): string | undefined {
  if (symlinks === "refuse") {
    throw badTree(path, "is a symbolic link, which would point elsewhere once it is stored");
  }
  let target: string;
  try {
    target = Deno.realPathSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.FilesystemLoop)) throw error;
    if (symlinks === "own") return undefined;
    throw badTree(path, "is a symbolic link to nothing");
  }
  const isInside = pathWithin(root, target) !== undefined;
  if (isInside || (symlinks === "own" && isOwn(path, root))) return target;
  throw badTree(
    path,
    `is a symbolic link${symlinks === "own" ? " of somebody else's" : ""} that leads outside, to ${target}`,
  );
}

function isOwn(link: string, root: string): boolean {
  const { uid } = Deno.lstatSync(link);
  return uid === null || [0, Deno.uid(), Deno.statSync(root).uid].includes(uid);
}

function notPlain(path: string): UserError {
  return badTree(path, "is neither a file nor a folder");
}

function badTree(path: string, what: string): UserError {
  return new UserError(
    "bad-file",
    `Cannot take in ${path}: it ${what}. Replace it by a plain file or folder.`,
  );
}
