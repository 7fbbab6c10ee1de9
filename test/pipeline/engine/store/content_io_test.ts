import { assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { sha256 } from "../../../../lib/base/digest.ts";
import { UserError } from "../../../../lib/base/errors.ts";
import { contentOf, fileDigest, treeDigest } from "../../../../pipeline/engine/store/content_io.ts";
import { ChangeTimes, isOfOneMachine } from "../../../../pipeline/engine/store/change_times_io.ts";
import { externalDigest } from "../../../../pipeline/engine/store/external_io.ts";
import { cpuTime } from "../../../support/cpu_time.ts";
import { type TempDir, tempDir } from "../../../support/temp_dir.ts";

Deno.test("fileDigest() is the SHA-256 of the bytes when a file is small, large or empty", async () => {
  await using dir = tempDir();
  for (const bytes of [0, 1, (1 << 18) + 1, (1 << 21) + 3]) {
    const data = new Uint8Array(bytes).map((_, i) => i * 7);
    Deno.writeFileSync(`${dir.path}/f`, data);
    assertEquals(await fileDigest(`${dir.path}/f`), sha256(data) as never);
  }
});

Deno.test("treeDigest() depends on names, sizes and bytes, and on nothing else", async () => {
  await using dir = tempDir();
  dir.write("t/b.txt", "b");
  dir.write("t/sub/a.txt", "a");
  const before = await treeDigest(`${dir.path}/t`);
  dir.write("u/sub/a.txt", "a");
  dir.write("u/b.txt", "b");
  Deno.mkdirSync(`${dir.path}/u/empty`);
  Deno.chmodSync(`${dir.path}/u/b.txt`, 0o400);
  assertEquals(await treeDigest(`${dir.path}/u`), before);
  const seen = new Set([before]);
  dir.write("t/sub/a.txt", "A");
  seen.add(await treeDigest(`${dir.path}/t`));
  Deno.renameSync(`${dir.path}/t/sub/a.txt`, `${dir.path}/t/sub/c.txt`);
  seen.add(await treeDigest(`${dir.path}/t`));
  Deno.renameSync(`${dir.path}/t/sub`, `${dir.path}/t/sub2`);
  seen.add(await treeDigest(`${dir.path}/t`));
  assertEquals(seen.size, 4);
  assertEquals((await contentOf(`${dir.path}/t`)).files, 2);
});

Deno.test("treeDigest() follows symbolic links only when they stay inside", async () => {
  await using dir = tempDir();
  dir.write("t/a/x.txt", "x");
  Deno.symlinkSync("a", `${dir.path}/t/b`);
  dir.write("copy/a/x.txt", "x");
  dir.write("copy/b/x.txt", "x");
  assertEquals(await treeDigest(`${dir.path}/t`), await treeDigest(`${dir.path}/copy`));
  await assertRejects(() => treeDigest(`${dir.path}/t`, "refuse"), UserError, "symbolic link");
  dir.write("outside.txt", "x");
  await refused(dir, "../outside.txt", "leads outside");
  await refused(dir, "nowhere", "link to nothing");
  await refused(dir, ".", "leads back");
});

Deno.test("the user's own links are followed wherever they lead, and names that lead nowhere are passed over", async () => {
  await using dir = tempDir();
  for (const name of ["t/a.txt", "outside/b.txt", "copy/a.txt", "copy/more/b.txt", "copy/c.txt"]) {
    dir.write(name, name.slice(-5));
  }
  dir.write("outside.txt", "c.txt");
  Deno.symlinkSync("../outside", `${dir.path}/t/more`);
  Deno.symlinkSync(`${dir.path}/outside.txt`, `${dir.path}/t/c.txt`);
  Deno.symlinkSync("nowhere", `${dir.path}/t/gone`);
  Deno.symlinkSync("itself", `${dir.path}/t/itself`);
  Deno.symlinkSync("../t", `${dir.path}/outside/back`);
  Deno.symlinkSync("/dev/zero", `${dir.path}/t/zeros`);
  await new Deno.Command("mkfifo", { args: [`${dir.path}/t/pipe`] }).output();
  assertEquals(await treeDigest(`${dir.path}/t`, "own"), await treeDigest(`${dir.path}/copy`));
});

Deno.test("a file whose name is not UTF-8 is passed over in the user's folder and refused in a stage's", async () => {
  await using dir = tempDir();
  dir.write("t/a.txt", "a");
  dir.write("copy/a.txt", "a");
  const make = `printf x > "$(printf 'Jos\\351')"`;
  const made = await new Deno.Command("sh", { args: ["-c", make], cwd: `${dir.path}/t` }).output();
  assertEquals(made.success, true);
  assertEquals(await treeDigest(`${dir.path}/t`, "own"), await treeDigest(`${dir.path}/copy`));
  await assertRejects(() => treeDigest(`${dir.path}/t`, "refuse"), UserError, "its name is not UTF-8");
  await new Deno.Command("sh", { args: ["-c", "rm Jos*"], cwd: `${dir.path}/t` }).output();
});

async function refused(dir: TempDir, target: string, message: string): Promise<void> {
  Deno.symlinkSync(target, `${dir.path}/t/link`);
  await assertRejects(() => treeDigest(`${dir.path}/t`), UserError, message);
  Deno.removeSync(`${dir.path}/t/link`);
}

Deno.test("treeDigest() refuses pipes", async () => {
  await using dir = tempDir();
  dir.write("t/a.txt", "a");
  const made = await new Deno.Command("mkfifo", { args: [`${dir.path}/t/pipe`] }).output();
  assertEquals(made.success, true);
  await assertRejects(() => treeDigest(`${dir.path}/t`), UserError, "neither a file nor a folder");
});

/** A cache that believes it is ten seconds later, so that files written now have settled. */
function cache(dir: TempDir, laterMs = 10_000, changeTimes?: ChangeTimes) {
  const folder = `${dir.path}/cache`;
  Deno.mkdirSync(folder, { recursive: true });
  const warnings: string[] = [];
  const onWarning = (message: string) => void warnings.push(message);
  const options = {
    folder,
    now: () => Date.now() + laterMs,
    changeTimes: changeTimes ?? new ChangeTimes({ folder, onWarning }),
    onWarning,
  };
  return { digest: () => externalDigest(`${dir.path}/in`, options), warnings };
}

/** Replaces the digests in the cache's files, so that a digest taken from the cache can be told from a new one. */
function forge(dir: TempDir): void {
  for (const entry of Deno.readDirSync(`${dir.path}/cache`)) {
    dir.write(
      `cache/${entry.name}`,
      dir.read(`cache/${entry.name}`).replace(/[0-9a-f]{64}/g, "f".repeat(64)),
    );
  }
}

Deno.test("externalDigest() reads nothing again when no stat changed", async () => {
  await using dir = tempDir();
  dir.write("in/a.txt", "a");
  dir.write("in/b.txt", "b");
  const { digest } = cache(dir);
  const first = await digest();
  assertEquals(first, await treeDigest(`${dir.path}/in`));
  assertEquals(await digest(), first);
  forge(dir);
  assertNotEquals(await digest(), first);
});

Deno.test("externalDigest() reads again when bytes change while size and mtime stay", async () => {
  await using dir = tempDir();
  const path = dir.write("in/a.txt", "a");
  const { digest } = cache(dir);
  const first = await digest();
  const { mtime, atime } = Deno.statSync(path);
  // Deno gives change times in whole seconds; within one second only the two-second rule helps.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  Deno.writeTextFileSync(path, "b");
  Deno.utimeSync(path, atime!, mtime!);
  assertNotEquals(await digest(), first);
});

Deno.test("externalDigest() reads again each time where change times are not kept, and that is said once", async () => {
  await using dir = tempDir();
  dir.write("in/a.txt", "a");
  dir.write("in/b.txt", "b");
  const told: string[] = [];
  const onWarning = (message: string) => void told.push(message);
  // Where nothing can be tried and nothing is known.
  const none = new ChangeTimes({ folder: `${dir.path}/absent`, os: "darwin", onWarning });
  const { digest } = cache(dir, 10_000, none);
  const first = await digest();
  forge(dir);
  assertEquals(await digest(), first);
  assertEquals(told.length, 1);
  assertMatch(told[0]!, /does not note when a file was changed/);
});

Deno.test("ChangeTimes finds out by a file of its own where nothing is known", async () => {
  await using dir = tempDir();
  const device = BigInt(Deno.statSync(dir.path).dev);
  const times = () => new ChangeTimes({ folder: dir.path, os: "darwin", onWarning() {} });
  assertEquals(times().tell({ path: `${dir.path}/x`, device }), true);
  assertEquals(times().tell({ path: `${dir.path}/x`, device: device + 1n }), false);
  assertEquals([...Deno.readDirSync(dir.path)], []);
});

Deno.test("isOfOneMachine() knows the file systems of one machine, and takes no other for one", () => {
  if (Deno.build.os === "linux") {
    assertEquals(isOfOneMachine("/dev/shm", "linux"), true); // tmpfs
    assertEquals(isOfOneMachine("/proc", "linux"), false); // holds no files of anybody's
  }
  assertEquals(isOfOneMachine(Deno.cwd(), "darwin"), false);
});

Deno.test("externalDigest() stays the same when a file is written anew with the same bytes", async () => {
  await using dir = tempDir();
  dir.write("in/a.txt", "a");
  const { digest } = cache(dir);
  const first = await digest();
  Deno.removeSync(`${dir.path}/in/a.txt`);
  dir.write("in/a.txt", "a");
  assertEquals(await digest(), first);
});

Deno.test("externalDigest() does not trust the stat of a file changed less than two seconds before", async () => {
  await using dir = tempDir();
  dir.write("in/a.txt", "a");
  const { digest } = cache(dir, 0);
  const first = await digest();
  forge(dir);
  assertEquals(await digest(), first);
});

Deno.test("externalDigest() works and warns when the cache is damaged or cannot be written", async () => {
  await using dir = tempDir();
  dir.write("in/a.txt", "a");
  const { digest, warnings } = cache(dir);
  const first = await digest();
  for (const entry of Deno.readDirSync(`${dir.path}/cache`)) dir.write(`cache/${entry.name}`, "{");
  assertEquals(await digest(), first);
  assertEquals(warnings, []);
  Deno.removeSync(`${dir.path}/cache`, { recursive: true });
  assertEquals(await digest(), first);
  assertEquals(warnings.length, 1);
});

Deno.test("externalDigest() tells that a folder has got what cannot be read", async () => {
  await using dir = tempDir();
  dir.write("in/a.txt", "a");
  const before = await externalDigest(`${dir.path}/in`);
  Deno.symlinkSync("nowhere", `${dir.path}/in/gone`);
  const after = await externalDigest(`${dir.path}/in`);
  assertNotEquals(after, before);
  Deno.removeSync(`${dir.path}/in/gone`);
  assertEquals(await externalDigest(`${dir.path}/in`), before);
});

Deno.test("externalDigest() takes a single file and names a missing path", async () => {
  await using dir = tempDir();
  dir.write("in", "a");
  const { digest } = cache(dir);
  assertEquals(await digest(), sha256("a") as never);
  assertEquals(await digest(), sha256("a") as never);
  Deno.removeSync(`${dir.path}/in`);
  await assertRejects(digest, UserError, `${dir.path}/in`);
});

Deno.test("externalDigest() costs little more than stats when 5,000 files are unchanged", async () => {
  await using dir = tempDir();
  Deno.mkdirSync(`${dir.path}/in`);
  for (let i = 0; i < 5000; i++) Deno.writeTextFileSync(`${dir.path}/in/clip-${i}.wav`, `${i}`);
  const { digest } = cache(dir);
  const first = await digest();
  const ms = await cpuTime(async () => assertEquals(await digest(), first));
  console.log(`5,000 unchanged files: ${ms.toFixed(0)} ms`);
  assertEquals(ms < 1000, true, `took ${ms} ms`);
});
