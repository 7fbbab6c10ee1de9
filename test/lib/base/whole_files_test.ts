import { assertEquals, assertThrows } from "@std/assert";
import { WholeFiles } from "../../../lib/base/whole_files_io.ts";
import { tempDir } from "../../support/temp_dir.ts";

Deno.test("WholeFiles reads files of any size, one after the other", async () => {
  await using dir = tempDir();
  const files = new WholeFiles();
  for (const size of [10, 65535, 65536, 65537, 300_000, 0, 3]) {
    const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 31 + size) % 251);
    const path = `${dir.path}/${size}`;
    Deno.writeFileSync(path, bytes);
    assertEquals(files.read(path), bytes);
  }
  const first = files.read(`${dir.path}/10`);
  files.read(`${dir.path}/3`);
  assertEquals(first[0], 3); // the memory is that of the next file
});

Deno.test("WholeFiles says what it cannot read", async () => {
  await using dir = tempDir();
  const files = new WholeFiles();
  assertThrows(() => files.read(`${dir.path}/none`), Error, "none");
  assertThrows(() => files.read(dir.path), Error);
});
