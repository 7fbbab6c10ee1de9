import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { withoutEmptyLists } from "../../../pipeline/config/exclude_lists_io.ts";
import { parseOverride } from "../../../pipeline/config/override.ts";
import { tempDir } from "../../support/temp_dir.ts";

Deno.test("a list of examples to leave out that names none is none", async () => {
  await using dir = tempDir();
  dir.write("empty.txt", "");
  dir.write("remarks.txt", "# Listen to each\n\n\t0.9\n");
  dir.write("bad.txt", "# Listen to each\nyes/a_nohash_0.wav\t0.9\n");
  const given = async (text: string) =>
    (await withoutEmptyLists([parseOverride("seed=1"), parseOverride(text)], dir.path))
      .map(({ values }) => values);
  for (const none of ["[]", '""', "null", "empty.txt", "remarks.txt", `${dir.path}/empty.txt`]) {
    assertEquals(await given(`dataset.exclude=${none}`), [[1], [null]], none);
  }
  assertEquals(await given("dataset.exclude=bad.txt,empty.txt,nowhere.txt"), [[1], [
    "bad.txt",
    null,
    "nowhere.txt",
  ]]);
  assertEquals(await given("dataset.targets=[]"), [[1], [[]]], "it is of no other key");
});

Deno.test("a folder, and names themselves, are refused as a list of examples to leave out", async () => {
  await using dir = tempDir();
  const refused = (text: string, message: string) =>
    assertRejects(() => withoutEmptyLists([parseOverride(text)], dir.path), UserError, message);
  await refused(
    `dataset.exclude=${dir.path}`,
    `Cannot use dataset.exclude=${dir.path}: wanted the path of a text file that names an example a line, found a ` +
      "folder. Name the file in it.",
  );
  await refused(
    "dataset.exclude=[yes/a.wav]",
    'dataset.exclude=["yes/a.wav"]: wanted the path of a text file',
  );
});
