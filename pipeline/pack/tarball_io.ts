/** Files as npm wants them packed. */
import { packTar } from "modern-tar";

/** npm writes this date too, so that the same files give the same bytes. */
const DATE = new Date("1985-10-26T08:15:00Z");

/** @param files Path -> content. @returns A gzipped archive, the same bytes for the same files. */
export async function tarball(files: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const entries = [...files].sort(([a], [b]) => a < b ? -1 : 1).map(([name, body]) => ({
    header: { name: `package/${name}`, size: body.length, type: "file" as const, mode: 0o644, mtime: DATE },
    body: body as Uint8Array<ArrayBuffer>,
  }));
  const zipped = new Blob([await packTar(entries)]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(zipped).arrayBuffer());
}
