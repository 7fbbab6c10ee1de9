import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../../lib/base/errors.ts";
import { STORE_FOLDERS } from "../../../../pipeline/engine/store/layout.ts";
import { openStore } from "../../../../pipeline/engine/store/store_io.ts";
import { tempDir } from "../../../support/temp_dir.ts";

const foreign: readonly (readonly [string, readonly string[]])[] = [
  ["one's own files", ["thesis.tex"]],
  ["folders that are called like those of a store", [
    "code/a.py",
    "logs/a.log",
    "objects/b.obj",
    "receipts/c",
  ]],
  ["a hidden folder", [".git/HEAD"]],
];
for (const [what, names] of foreign) {
  Deno.test(`openStore() refuses a folder with ${what} and leaves it as it is`, async () => {
    await using dir = tempDir();
    for (const name of names) dir.write(`own/${name}`, "mine");
    for (const create of [true, false]) {
      const error = assertThrows(() => openStore(`${dir.path}/own`, { create }), UserError, "no format.json");
      assertEquals(error.message.includes(names[0]!.split("/")[0]!), true);
    }
    assertEquals(
      [...Deno.readDirSync(`${dir.path}/own`)].map(({ name }) => name).sort(),
      [...new Set(names.map((name) => name.split("/")[0]!))].sort(),
    );
  });
}

Deno.test("openStore() refuses a file", async () => {
  await using dir = tempDir();
  const path = dir.write("file", "mine");
  assertThrows(() => openStore(path), UserError, "it is no folder");
  assertEquals(dir.read("file"), "mine");
});

Deno.test("openStore() makes nothing where it is only to look", async () => {
  await using dir = tempDir();
  const store = openStore(`${dir.path}/none`, { create: false });
  assertEquals([store.exists, [...store.receipts()], [...store.drifts()], store.newestLogs().size], [
    false,
    [],
    [],
    0,
  ]);
  assertEquals(
    await store.externalDigest(dir.write("data", "x")),
    await openStore(`${dir.path}/made`).externalDigest(`${dir.path}/data`),
  );
  assertThrows(() => Deno.lstatSync(`${dir.path}/none`), Deno.errors.NotFound);
});

Deno.test("openStore() goes on where the making of a store was cut off", async () => {
  await using dir = tempDir();
  dir.write("store/format.json.12-abcdef01.tmp", "");
  openStore(`${dir.path}/store`);
  for (const folder of STORE_FOLDERS) Deno.removeSync(`${dir.path}/store/${folder}`);
  const { root, exists } = openStore(`${dir.path}/store`);
  assertEquals([exists, STORE_FOLDERS.every((name) => Deno.statSync(`${root}/${name}`).isDirectory)], [
    true,
    true,
  ]);
});
