/** Folders as tar archives: the same files always give the same bytes, whatever their owners, modes and times are. */
import { createTarPacker } from "modern-tar";
import { startSha256 } from "../../lib/base/digest.ts";
import { unpackTar } from "../../lib/download/unpack_io.ts";
import type { SharedObject } from "../engine/cache/shared_record.ts";
import { writeAll } from "../engine/store/atomic_io.ts";
import { listTree } from "../engine/store/content_io.ts";
import type { StoredOutput } from "../engine/types.ts";
import { piecesOf } from "./folder_io.ts";

/** Folders on the way to files count as entries too. */
const ENTRIES_PER_FILE = 32;

/** @param path Must not exist. */
export async function packTree(folder: string, path: string): Promise<SharedObject> {
  const files = [...listTree(folder, "refuse")].sort((a, b) => (a.name < b.name ? -1 : 1));
  const { readable, controller } = createTarPacker();
  const written = writeHashed(readable, path);
  try {
    for (const file of files) {
      const entry = controller.add({
        name: file.name,
        size: file.size,
        type: "file",
        mode: 0o644,
        mtime: new Date(0),
        uid: 0,
        gid: 0,
        uname: "",
        gname: "",
      }).getWriter();
      for await (const piece of piecesOf(file.path)) await entry.write(piece);
      await entry.close();
    }
    controller.finalize();
  } catch (error) {
    controller.error(error);
    await written.catch(() => {});
    throw error;
  }
  return await written;
}

/**
 * @param folder Must not exist. @param output What the archive is to hold; its digest is for the caller to compare.
 * @throws {UserError} `bad-file` if it holds more, or anything but files and folders within.
 */
export async function unpackTree(
  archive: string,
  folder: string,
  { bytes, files }: StoredOutput,
): Promise<void> {
  await unpackTar(archive, folder, {
    name: "the archive of a folder",
    gzip: false,
    limits: { bytes, files: files * ENTRIES_PER_FILE },
    onProgress: () => {},
  });
}

async function writeHashed(stream: ReadableStream<Uint8Array>, path: string): Promise<SharedObject> {
  const digest = startSha256();
  using file = Deno.openSync(path, { write: true, createNew: true });
  let bytes = 0;
  for await (const piece of stream) {
    writeAll(file, piece);
    digest.update(piece);
    bytes += piece.length;
  }
  return { sha256: digest.hex(), bytes };
}
