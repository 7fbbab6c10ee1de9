import { assertEquals } from "@std/assert";
import { lastAlike } from "../../../../pipeline/engine/store/last_alike_io.ts";
import { openStore } from "../../../../pipeline/engine/store/store_io.ts";
import { commitFiles } from "../../../support/fake_runs.ts";
import { tempDir } from "../../../support/temp_dir.ts";

Deno.test("a task that never ran is compared with the last of those like it, and with no other", async () => {
  await using dir = tempDir();
  const absent = openStore(`${dir.path}/absent`, { create: false });
  assertEquals(lastAlike(absent, "train/a-seed1"), undefined);
  const store = openStore(`${dir.path}/store`);
  assertEquals(lastAlike(store, "train/a-seed1"), undefined);
  for (const [i, name] of ["train/a-seed1-epochs=2", "train/a-seed10", "evaluate/a-seed1"].entries()) {
    await commitFiles(store, name, { i }, {}, { out: "x" });
  }
  assertEquals(lastAlike(store, "train/a-seed1")?.task, "train/a-seed1-epochs=2");
  assertEquals(lastAlike(store, "train/a-seed1-epochs=2")?.task, "train/a-seed1-epochs=2");
  assertEquals(lastAlike(store, "train/a-seed2"), undefined);
  assertEquals(lastAlike(store, undefined), undefined);
});
