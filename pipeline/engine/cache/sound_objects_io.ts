/** Whether stored objects still hold the bytes that their names say, before anybody builds on them. */
import { statSync } from "node:fs";
import { sha256 } from "../../../lib/base/digest.ts";
import { contentOf, listTree } from "../store/content_io.ts";
import type { StoredOutput } from "../types.ts";

/** What is wrong with an object that is nowhere. */
export const NOT_THERE = "it is not there";

/** Hashes each object once; again only if its files' stats have changed since. */
export class SoundObjects {
  readonly #known = new Map<string, string>();

  /** @param path Absolute. @returns What is wrong; nothing if the object is sound. */
  async problem(path: string, output: StoredOutput): Promise<string | undefined> {
    try {
      const before = stampOf(path);
      if (this.#known.get(path) === before) return undefined;
      const found = await contentOf(path, "refuse");
      if (found.digest !== output.digest || found.kind !== output.kind) {
        return `its bytes have the digest ${found.digest.slice(0, 8)}`;
      }
      this.#known.set(path, before);
      return undefined;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || (error as { code?: string }).code === "ENOENT") {
        return NOT_THERE;
      }
      throw error;
    }
  }
}

/** What the system says of a file, or of all files of a folder; empty if there is none. */
export function stampOf(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) return "";
  if (!stat.isDirectory()) return `${stat.size} ${stat.mtimeNs} ${stat.ctimeNs} ${stat.ino}`;
  const lines = listTree(path, "refuse").map(({ name, size, mtimeNs, ctimeNs, inode }) =>
    `${name} ${size} ${mtimeNs} ${ctimeNs} ${inode}`
  );
  return sha256(lines.join("\n"));
}
