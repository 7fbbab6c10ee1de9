import { assertEquals } from "@std/assert";
import { ChangeTimes } from "../../../../pipeline/engine/store/change_times_io.ts";
import { externalDigest } from "../../../../pipeline/engine/store/external_io.ts";
import { watchExternal } from "../../../../pipeline/engine/store/external_watch_io.ts";
import { openStore } from "../../../../pipeline/engine/store/store_io.ts";
import { type TempDir, tempDir } from "../../../support/temp_dir.ts";

/** A folder to be watched, and what another one does to it. */
type Case = readonly [what: string, swap: (at: string) => void, shows: string];

const move = Deno.renameSync;

/** What a stage reads meanwhile is not what was there before, nor what is there after. */
const swapped: readonly Case[] = [
  ["a file renamed and put back", (at) => {
    move(`${at}/in/yes/a.wav`, `${at}/aside`);
    Deno.writeTextFileSync(`${at}/in/yes/a.wav`, "bad");
    move(`${at}/aside`, `${at}/in/yes/a.wav`);
  }, "/in/yes/a.wav"],
  ["a file overwritten and written back, its time set back", (at) => {
    const { atime, mtime } = Deno.statSync(`${at}/in/yes/a.wav`);
    Deno.writeTextFileSync(`${at}/in/yes/a.wav`, "bad");
    Deno.writeTextFileSync(`${at}/in/yes/a.wav`, "one");
    Deno.utimeSync(`${at}/in/yes/a.wav`, atime!, mtime!);
  }, "/in/yes/a.wav"],
  ["a link in a file's place", (at) => {
    move(`${at}/in/yes/a.wav`, `${at}/aside`);
    Deno.symlinkSync(`${at}/far/b.wav`, `${at}/in/yes/a.wav`);
    Deno.removeSync(`${at}/in/yes/a.wav`);
    move(`${at}/aside`, `${at}/in/yes/a.wav`);
  }, "/in/yes/a.wav"],
  ["another folder in a folder's place", (at) => {
    move(`${at}/in/yes`, `${at}/aside`);
    Deno.symlinkSync(`${at}/far`, `${at}/in/yes`);
    Deno.removeSync(`${at}/in/yes`);
    move(`${at}/aside`, `${at}/in/yes`);
  }, "/in/yes"],
  ["a file that comes and goes", (at) => {
    Deno.writeTextFileSync(`${at}/in/yes/more.wav`, "bad");
    Deno.removeSync(`${at}/in/yes/more.wav`);
  }, "/in/yes"],
  ["a link that leads elsewhere for a while", (at) => {
    Deno.removeSync(`${at}/in/link.wav`);
    Deno.symlinkSync(`${at}/in/yes/a.wav`, `${at}/in/link.wav`);
    Deno.removeSync(`${at}/in/link.wav`);
    Deno.symlinkSync(`${at}/hop.wav`, `${at}/in/link.wav`);
  }, "/in/link.wav"],
  ["a link on a link's way that leads elsewhere for a while", (at) => {
    Deno.removeSync(`${at}/hop.wav`);
    Deno.symlinkSync(`${at}/in/yes/a.wav`, `${at}/hop.wav`);
    Deno.removeSync(`${at}/hop.wav`);
    Deno.symlinkSync(`${at}/far/b.wav`, `${at}/hop.wav`);
  }, "/hop.wav"],
  ["a link's target renamed and put back", (at) => {
    move(`${at}/far/b.wav`, `${at}/aside`);
    Deno.writeTextFileSync(`${at}/far/b.wav`, "bad");
    move(`${at}/aside`, `${at}/far/b.wav`);
  }, "/far/b.wav"],
  ["a folder above renamed and put back", (at) => {
    move(at, `${at}-aside`);
    move(`${at}-aside`, at);
  }, ""],
  ["everything gone", (at) => Deno.removeSync(`${at}/in`, { recursive: true }), "/in"],
];

function write(dir: TempDir, name: string): string {
  dir.write(`${name}/in/yes/a.wav`, "one");
  dir.write(`${name}/far/b.wav`, "two");
  const at = `${dir.path}/${name}`;
  Deno.symlinkSync(`${at}/far/b.wav`, `${at}/hop.wav`);
  Deno.symlinkSync(`${at}/hop.wav`, `${at}/in/link.wav`);
  return at;
}

Deno.test("what changes while it is watched is found out, though it changes back", async (test) => {
  await using dir = tempDir();
  const store = openStore(`${dir.path}/store`);
  const folders = swapped.map((_, i) => write(dir, `${i}`));
  const still = write(dir, "still");
  const [quiet, ...inputs] = await Promise.all(
    [still, ...folders].map((at, i) => store.watchExternal(`${at}/in`, `${dir.path}/copy${i}`)),
  );
  for (const [i, [what, swap, shows]] of swapped.entries()) {
    await test.step(what, async () => {
      const at = folders[i]!;
      assertEquals(inputs[i]!.digest, await externalDigest(`${still}/in`));
      assertEquals([inputs[i]!.isCopy, inputs[i]!.changed()], [false, undefined]);
      swap(at);
      assertEquals(inputs[i]!.changed(), at + shows);
    });
  }
  // Folders above may get and lose what is nobody's input.
  dir.write("still/neighbour", "x");
  dir.write("neighbour", "x");
  assertEquals(quiet!.changed(), undefined);
});

Deno.test("where change times are not kept, or somebody goes on writing, a copy is read", async () => {
  await using dir = tempDir();
  const at = write(dir, "data");
  const folder = dir.path;
  const none = new ChangeTimes({ folder: `${folder}/absent`, os: "darwin", onWarning() {} });
  const input = await watchExternal(`${at}/in`, `${folder}/copy`, {
    folder,
    now: Date.now,
    changeTimes: none,
    onWarning() {},
  });
  assertEquals([input.path, input.isCopy], [`${folder}/copy`, true]);
  assertEquals(input.digest, await externalDigest(`${at}/in`));
  dir.write("data/in/yes/a.wav", "bad");
  assertEquals(
    [dir.read("copy/yes/a.wav"), dir.read("copy/link.wav"), input.changed()],
    ["one", "two", undefined],
  );
  const one = await watchExternal(`${at}/far/b.wav`, `${folder}/one`, {
    folder,
    now: () => 0, // a clock for which everything has just changed
    changeTimes: new ChangeTimes({ folder, onWarning() {} }),
    onWarning() {},
  });
  assertEquals([one.path, one.isCopy, dir.read("one")], [`${folder}/one`, true, "two"]);
  assertEquals(one.digest, await externalDigest(`${at}/far/b.wav`));
});
