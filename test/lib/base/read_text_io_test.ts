import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { readSmallText } from "../../../lib/base/read_text_io.ts";
import { tempDir } from "../../support/temp_dir.ts";

Deno.test("readSmallText() reads texts, and nothing of what is none", async () => {
  await using dir = tempDir();
  assertEquals(readSmallText(dir.write("a.yaml", "a: 1")), "a: 1");
  const huge = dir.write("huge.yaml", "");
  Deno.truncateSync(huge, 8e9);
  assertThrows(
    () => readSmallText(huge, "conf/huge.yaml"),
    UserError,
    "conf/huge.yaml: found 8000000000 bytes",
  );
  assertThrows(() => readSmallText(dir.path), UserError, "no plain file");
  assertThrows(() => readSmallText(`${dir.path}/none`), Deno.errors.NotFound);
});
