import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  linkIfAny,
  linkNew,
  linkOrCopy,
  moveNew,
  rename,
  setMode,
  syncFile,
  syncFolder,
  syncTree,
  SYSTEM,
  type SystemCalls,
} from "../../../../pipeline/engine/store/file_system_io.ts";
import { fileSafe, objectName } from "../../../../pipeline/engine/store/layout.ts";
import type { ContentDigest } from "../../../../pipeline/engine/types.ts";
import { tempDir } from "../../../support/temp_dir.ts";

const refused = () => {
  throw new Deno.errors.PermissionDenied("Operation not permitted (os error 1)");
};
const unknown = () => {
  throw new Error("Function not implemented (os error 38)");
};
const full = () => {
  throw new Error("No space left on device (os error 28)");
};
/** As FAT answers. */
const linkless: SystemCalls = { ...SYSTEM, hardLink: refused, symlink: unknown, chmod: unknown };
const windows: SystemCalls = {
  ...SYSTEM,
  os: "windows",
  symlink(target, path, type) {
    if (type !== "junction") throw new Error("A required privilege is not held (os error 1314)");
    Deno.symlinkSync(target, path);
  },
  sync(path) {
    if (Deno.statSync(path).isDirectory) refused();
    SYSTEM.sync(path);
  },
};

for (const [name, system] of Object.entries({ links: SYSTEM, "no links": linkless, windows })) {
  Deno.test(`linkNew() and moveNew() give a name once where there are ${name}`, async () => {
    await using dir = tempDir();
    const [from, linked, moved] = [dir.write("from", "text"), `${dir.path}/linked`, `${dir.path}/moved`];
    linkNew(from, linked, system);
    assertEquals(dir.read("linked"), "text");
    assertThrows(() => linkNew(from, linked, system), Deno.errors.AlreadyExists);
    assertThrows(() => moveNew(from, linked, system), Deno.errors.AlreadyExists);
    assertEquals(dir.read("from"), "text");
    moveNew(from, moved, system);
    assertEquals(dir.read("moved"), "text");
    assertThrows(() => Deno.lstatSync(from), Deno.errors.NotFound);
    for (const give of [linkNew, moveNew]) {
      assertThrows(() => give(from, `${dir.path}/none`, system), Deno.errors.NotFound);
      assertThrows(() => Deno.lstatSync(`${dir.path}/none`), Deno.errors.NotFound);
    }
  });

  Deno.test(`linkOrCopy() shows files and folders where there are ${name}`, async () => {
    await using dir = tempDir();
    dir.write("store/file", "text");
    dir.write("store/folder/deep/file", "deep");
    Deno.mkdirSync(`${dir.path}/view`);
    const likeness = linkOrCopy("../store/file", `${dir.path}/view/file`, system);
    assertEquals(likeness, system === linkless ? "copy" : "link");
    linkOrCopy("../store/folder", `${dir.path}/view/folder`, system);
    assertEquals([dir.read("view/file"), dir.read("view/folder/deep/file")], ["text", "deep"]);
    assertThrows(
      () => linkOrCopy("../store/file", `${dir.path}/view/file`, system),
      Deno.errors.AlreadyExists,
    );
    assertEquals(linkIfAny("../store/folder", `${dir.path}/view/lead`, system), system !== linkless);
    assertEquals(
      linkOrCopy("nothing yet", `${dir.path}/view/later`, system),
      system === SYSTEM ? "link" : "none",
    );
  });
}

Deno.test("what file systems lack is passed over, and what goes wrong is not", async () => {
  await using dir = tempDir();
  const path = dir.write("file", "text");
  setMode(path, 0o444, linkless);
  syncFolder(dir.path, windows);
  syncFile(path, windows);
  assertThrows(() => setMode(path, 0o444, { ...SYSTEM, chmod: full }), Error, "No space left");
  assertThrows(() => syncFolder(dir.path, { ...SYSTEM, sync: full }), Error, "No space left");
  assertThrows(() => linkNew(path, `${path}2`, { ...SYSTEM, hardLink: full }), Error, "No space left");
});

Deno.test("syncTree() brings every file to the disk where it cannot be done at once", async () => {
  await using dir = tempDir();
  const files = [dir.write("a", "1"), dir.write("b/c", "2")];
  const synced: string[] = [];
  const system = { ...SYSTEM, sync: (path: string) => void synced.push(path) };
  await syncTree(dir.path, { ...system, os: "linux", syncFileSystem: () => Promise.resolve(true) });
  assertEquals(synced, []);
  const wanted = [...files, dir.path, `${dir.path}/b`].sort();
  await syncTree(dir.path, { ...system, os: "linux", syncFileSystem: () => Promise.resolve(false) });
  assertEquals(synced.splice(0).sort(), wanted);
  await syncTree(dir.path, { ...system, os: "darwin", syncFileSystem: () => Promise.resolve(true) });
  assertEquals(synced.sort(), wanted);
  const broken = { ...system, os: "darwin" as const, sync: full };
  await assertRejects(() => syncTree(dir.path, broken), Error, "No space left");
});

Deno.test("rename() waits on Windows for whoever holds a file for a moment", async () => {
  await using dir = tempDir();
  const from = dir.write("from", "text");
  let held = 3;
  const system: SystemCalls = {
    ...windows,
    rename: (from, to) => held-- > 0 ? refused() : Deno.renameSync(from, to),
  };
  assertThrows(
    () => rename(from, `${dir.path}/to`, { ...system, os: "linux" }),
    Deno.errors.PermissionDenied,
  );
  rename(from, `${dir.path}/to`, system);
  assertEquals(dir.read("to"), "text");
});

Deno.test("names in a store differ in more than the case of letters", () => {
  const names = ["train/linear-A", "train/linear-a", "train/Linear-a"].map((task) =>
    fileSafe(task).toLowerCase()
  );
  assertEquals(new Set(names).size, 3);
  const output = { kind: "file", digest: "0".repeat(64) as ContentDigest, bytes: 1, files: 1 } as const;
  assertEquals(objectName(output, "x.CSV"), objectName(output, "x.csv"));
});
