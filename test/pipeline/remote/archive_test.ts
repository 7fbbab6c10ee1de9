import { assertEquals, assertRejects } from "@std/assert";
import { packTar } from "modern-tar";
import { UserError } from "../../../lib/base/errors.ts";
import { sha256 } from "../../../lib/base/digest.ts";
import { contentOf } from "../../../pipeline/engine/store/content_io.ts";
import type { ContentDigest, StoredOutput } from "../../../pipeline/engine/types.ts";
import { packTree, unpackTree } from "../../../pipeline/remote/archive_io.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";

const LONG = `${"a long name ".repeat(15)}é`;

function sample(dir: TempDir, name: string): string {
  dir.write(`${name}/b/two.txt`, "two");
  dir.write(`${name}/a.txt`, "");
  dir.write(`${name}/b/c/${LONG}`, "x".repeat(3000));
  return `${dir.path}/${name}`;
}

Deno.test("packTree() gives the same bytes for the same files, whatever their times and modes", async () => {
  await using dir = tempDir();
  const [first, second] = [sample(dir, "first"), sample(dir, "second")];
  Deno.utimeSync(`${second}/a.txt`, 1, 1);
  Deno.chmodSync(`${second}/a.txt`, 0o600);
  const [one, two] = [`${dir.path}/1.tar`, `${dir.path}/2.tar`];
  const packed = await packTree(first, one);
  assertEquals(packed, await packTree(second, two));
  assertEquals(packed, { sha256: sha256(Deno.readFileSync(one)), bytes: Deno.statSync(one).size });
});

Deno.test("unpackTree() gives back the folder that was packed", async () => {
  await using dir = tempDir();
  const from = sample(dir, "from");
  const output = await contentOf(from, "refuse");
  await packTree(from, `${dir.path}/a.tar`);
  await unpackTree(`${dir.path}/a.tar`, `${dir.path}/to`, output);
  assertEquals(await contentOf(`${dir.path}/to`, "refuse"), output);
});

Deno.test("unpackTree() writes nothing outside, and no more than was promised", async () => {
  await using dir = tempDir();
  const promised: StoredOutput = {
    kind: "tree",
    digest: "0".repeat(64) as ContentDigest,
    bytes: 10,
    files: 2,
  };
  const refused: readonly (readonly [string, string, number, string])[] = [
    ["leads outside", "../outside.txt", 3, "leads out of the folder"],
    ["is absolute", "/tmp/outside.txt", 3, "absolute path"],
    ["is too large", "large.txt", 11, "more than the 10 bytes"],
  ];
  for (const [name, path, size, problem] of refused) {
    const tar = `${dir.path}/${name}.tar`;
    Deno.writeFileSync(
      tar,
      await packTar([{ header: { name: path, size, type: "file" }, body: new Uint8Array(size) }]),
    );
    await assertRejects(() => unpackTree(tar, `${dir.path}/${name}`, promised), UserError, problem);
  }
  assertEquals([...Deno.readDirSync(dir.path)].map(({ name }) => name).includes("outside.txt"), false);
});
