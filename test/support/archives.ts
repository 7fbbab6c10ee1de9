/** Archives in the layout of the published ones, made from folders. */
import { packTar, type TarEntry } from "modern-tar";

/** A `.tar.gz` of all files in `folder`, named `./<path>` as in the published archives. */
export async function tarGz(folder: string): Promise<Uint8Array<ArrayBuffer>> {
  const entries: TarEntry[] = [{ header: { name: "./", size: 0, type: "directory" } }];
  const walk = (prefix: string): void => {
    for (const { name, isDirectory } of [...Deno.readDirSync(`${folder}/${prefix}`)].sort(byName)) {
      const path = prefix + name;
      if (isDirectory) {
        entries.push({ header: { name: `./${path}/`, size: 0, type: "directory" } });
        walk(`${path}/`);
        continue;
      }
      const body = Deno.readFileSync(`${folder}/${path}`);
      entries.push({ header: { name: `./${path}`, size: body.length, type: "file" }, body });
    }
  };
  walk("");
  const zipped = new Blob([await packTar(entries)]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(zipped).arrayBuffer());
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
