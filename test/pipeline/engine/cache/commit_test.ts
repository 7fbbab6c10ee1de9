import { assertEquals } from "@std/assert";
import { hashOutputs, placeObjects } from "../../../../pipeline/engine/cache/commit_io.ts";
import { objectName } from "../../../../pipeline/engine/store/layout.ts";
import { tempDir } from "../../../support/temp_dir.ts";

Deno.test("an object that is there already stays as it is, times included, for whoever watches it", async () => {
  await using dir = tempDir();
  const placed = async (attempt: string) => {
    const [staging, out] = [`${dir.path}/staging/${attempt}`, `${dir.path}/staging/${attempt}/out`];
    Deno.mkdirSync(out, { recursive: true });
    Deno.writeTextFileSync(`${out}/weights`, "the same bytes");
    const outputs = await hashOutputs(out, ["weights"], "train");
    await placeObjects(`${dir.path}/store`, staging, out, outputs);
    return `${dir.path}/store/${objectName(outputs["weights"]!, "weights")}`;
  };
  const first = await placed("a");
  Deno.utimeSync(first, 1000, 1000);
  const { mtime, ctime, ino } = Deno.statSync(first);
  assertEquals(await placed("b"), first);
  const now = Deno.statSync(first);
  assertEquals([now.mtime, now.ctime, now.ino], [mtime, ctime, ino]);
});
