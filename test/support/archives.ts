/** Archives in the layout of the published ones, made from folders. */
import { packTar, type TarEntry } from "modern-tar";
import { sha256 } from "../../lib/base/digest.ts";
import type { ProjectCopy } from "./project.ts";
import { writeToneFolder } from "./tones.ts";

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

/**
 * A miniature of the two archives of Speech Commands, unpacked. Eight speakers: the last but one is listed for
 * validation, the last for testing.
 */
export function writeSpeechCommands(root: string, testRoot: string): void {
  const words = ["bird", "no", "yes"];
  writeToneFolder(root, { words, noise: true });
  const names = [...Deno.readDirSync(`${root}/yes`)].map(({ name }) => name).sort();
  const list = (part: string[]) => words.flatMap((word) => part.map((name) => `${word}/${name}\n`)).join("");
  Deno.writeTextFileSync(`${root}/validation_list.txt`, list(names.slice(12, 14)));
  Deno.writeTextFileSync(`${root}/testing_list.txt`, list(names.slice(14)));
  Deno.writeTextFileSync(`${root}/README.md`, "Speech Commands Data Set v0.02\n");
  writeToneFolder(testRoot, { words: ["no", "yes", "_silence_", "_unknown_"], speakers: 2 });
  for (const { name } of [...Deno.readDirSync(`${testRoot}/_unknown_`)]) {
    Deno.renameSync(`${testRoot}/_unknown_/${name}`, `${testRoot}/_unknown_/eight_${name}.wav`);
  }
  Deno.writeTextFileSync(`${testRoot}/LICENSE`, "\n");
}

/** Archives of the folders in data/raw, as data/sources.json then describes them. */
export async function putArchives(
  project: ProjectCopy,
  folders: Readonly<Record<string, string>>,
): Promise<void> {
  const path = `${project.root}/data/sources.json`;
  const sources = JSON.parse(Deno.readTextFileSync(path));
  Deno.mkdirSync(`${project.root}/data/raw`);
  for (const [name, folder] of Object.entries(folders)) {
    const archive = await tarGz(folder);
    Deno.writeFileSync(`${project.root}/data/raw/${name}.tar.gz`, archive);
    sources[name] = { ...sources[name], bytes: archive.length, sha256: sha256(archive) };
  }
  Deno.writeTextFileSync(path, JSON.stringify(sources));
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
