import { assert, assertEquals, assertRejects } from "@std/assert";
import { packTar, type TarEntry, type TarHeader } from "modern-tar";
import { UserError } from "../../../lib/base/errors.ts";
import { unpackTar } from "../../../lib/download/unpack_io.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";

const LIMITS = { files: 20, bytes: 10_000 };

function file(name: string, body = "x", more: Partial<TarHeader> = {}): TarEntry {
  return { header: { name, size: body.length, type: "file", ...more }, body };
}

function other(type: NonNullable<TarHeader["type"]>, name: string, linkname?: string): TarEntry {
  return { header: { name, size: 0, type, ...(linkname === undefined ? {} : { linkname }) } };
}

async function archive(dir: TempDir, entries: readonly TarEntry[]): Promise<string> {
  return await gzip(dir, await packTar([...entries]));
}

async function gzip(dir: TempDir, tar: Uint8Array<ArrayBuffer>): Promise<string> {
  const path = `${dir.path}/a.tar.gz`;
  const zipped = new Blob([tar]).stream().pipeThrough(new CompressionStream("gzip"));
  await Deno.writeFile(path, zipped);
  return path;
}

function unpack(dir: TempDir, path: string, limits = LIMITS) {
  return unpackTar(path, `${dir.path}/out`, { name: "a.tar.gz", limits, onProgress: () => {} });
}

Deno.test("unpackTar() writes files, folders and the targets of hard links", async () => {
  await using dir = tempDir();
  const path = await archive(dir, [
    other("directory", "./"),
    other("directory", "./yes/"),
    file("./yes/a.wav", "aa", { mode: 0o777, uid: 7 }),
    file("no/deep/b.wav", "bbb"),
    other("link", "no/c.wav", "./yes/a.wav"),
    file(`long/${"n".repeat(200)}.wav`, ""),
  ]);
  assertEquals(await unpack(dir, path), { files: 4, bytes: 7 });
  assertEquals(Deno.readTextFileSync(`${dir.path}/out/yes/a.wav`), "aa");
  assertEquals(Deno.readTextFileSync(`${dir.path}/out/no/c.wav`), "aa");
  assertEquals(Deno.readTextFileSync(`${dir.path}/out/no/deep/b.wav`), "bbb");
  assertEquals(Deno.statSync(`${dir.path}/out/yes/a.wav`).mode! & 0o111, 0);
  assertEquals(Deno.statSync(`${dir.path}/out/long/${"n".repeat(200)}.wav`).size, 0);
});

/** Name, entries, a word of the message. */
const evil: readonly (readonly [string, readonly TarEntry[], string])[] = [
  ["an absolute path", [file("/etc/passwd")], "absolute path"],
  ["a drive", [file("C:/x")], "absolute path"],
  ["a path that leads out", [file("a/../../x")], "leads out"],
  ["a path that leads out by a folder", [other("directory", "../x/")], "leads out"],
  ["backslashes", [file("a\\..\\..\\x")], "backslash"],
  ["a symbolic link that leads out", [other("symlink", "a", "/etc"), file("a/passwd")], "symlink"],
  ["a symbolic link that stays inside", [file("a"), other("symlink", "b", "a")], "symlink"],
  ["a hard link that leads out", [other("link", "a", "../../etc/passwd")], "leads out"],
  ["a hard link to an absolute path", [other("link", "a", "/etc/passwd")], "absolute"],
  [
    "a hard link to what did not come before",
    [other("link", "a", "b"), file("b")],
    "no file that came before",
  ],
  ["a character device", [other("character-device", "null")], "character-device"],
  ["a block device", [other("block-device", "disk")], "block-device"],
  ["a pipe", [other("fifo", "pipe")], "fifo"],
  ["a name twice", [file("a", "1"), file("./a", "2")], "comes twice"],
  ["a file as a folder", [file("a"), file("a/b")], "which is a file"],
  ["a folder as a file", [file("a/b"), file("a")], "comes twice"],
  ["a name of 300 bytes", [file("n".repeat(300))], "longer than 255"],
  ["too many files", Array.from({ length: 21 }, (_, i) => file(`f${i}`)), "more than the 20 entries"],
  ["too many bytes", [file("a", "x".repeat(9000)), file("b", "x".repeat(9000))], "more than the 10000 bytes"],
  [
    "hard links without end",
    [file("a", "x".repeat(4000)), ...["b", "c"].map((name) => other("link", name, "a"))],
    "more than the 10000 bytes",
  ],
  [
    "a sparse file",
    [file("a", "x", { pax: { "GNU.sparse.realsize": "8000000000000" } })],
    "is a sparse file",
  ],
  ["nothing", [], "holds no files"],
];
for (const [name, entries, message] of evil) {
  Deno.test(`unpackTar() refuses an archive with ${name}, and writes nothing outside`, async () => {
    await using dir = tempDir();
    const path = await archive(dir, entries);
    const error = await assertRejects(() => unpack(dir, path), UserError, message);
    assertEquals(error.reason, "bad-file");
    assertEquals([...Deno.readDirSync(dir.path)].map((entry) => entry.name).sort(), ["a.tar.gz", "out"]);
    for (const entry of Deno.readDirSync(`${dir.path}/out`)) assert(!entry.isSymlink);
  });
}

for (const type of ["S", "7", "D", "M", "V"]) {
  Deno.test(`unpackTar() refuses an entry of the kind ${type}, which its reader takes for a file`, async () => {
    await using dir = tempDir();
    const tar = await packTar([file("b", "x".repeat(700)), file("a")]);
    const at = 512 + 1024; // the second header
    tar[at + 156] = type.charCodeAt(0);
    const head = tar.subarray(at, at + 512).fill(32, 148, 156);
    const sum = head.reduce((all, byte) => all + byte, 0).toString(8).padStart(6, "0");
    head.set(new TextEncoder().encode(`${sum}\0 `), 148);
    const error = await assertRejects(async () => await unpack(dir, await gzip(dir, tar)), UserError);
    assert(error.message.includes(`an entry of the kind "${type}"`), error.message);
  });
}

/** Name, how a sound archive is harmed. */
const damaged: readonly (readonly [string, (bytes: Uint8Array) => Uint8Array])[] = [
  ["is cut short", (bytes) => bytes.subarray(0, bytes.length - 100)],
  ["is empty", () => new Uint8Array()],
  ["is no gzip", () => new TextEncoder().encode("<html>sign in</html>")],
  ["has a flipped bit", (bytes) => bytes.map((byte, i) => i === (bytes.length >> 1) ? byte ^ 16 : byte)],
];
for (const [name, harm] of damaged) {
  Deno.test(`unpackTar() says so in one sentence when the archive ${name}`, async () => {
    await using dir = tempDir();
    const noise = Array.from({ length: 3000 }, (_, i) => String.fromCharCode(33 + (i * i * 7 + i) % 90)).join(
      "",
    );
    const path = await archive(dir, [file("a", noise), file("b", "y")]);
    Deno.writeFileSync(path, harm(Deno.readFileSync(path)));
    const error = await assertRejects(() => unpack(dir, path), UserError);
    assert(error.message.startsWith("Cannot unpack a.tar.gz: it "), error.message);
  });
}

Deno.test("unpackTar() stops an archive that expands without end, in little memory", async () => {
  await using dir = tempDir();
  const size = 200 << 20;
  const header = new Uint8Array(await packTar([file("zeros", "")]));
  // The size field of the header claims little, the stream goes on: 200 MiB of zeros that pack into 200 kB.
  const zeros = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => controller.enqueue(header.subarray(0, 512)),
    pull(controller) {
      sent += 1 << 20;
      controller.enqueue(new Uint8Array(1 << 20).fill(1));
      if (sent >= size) controller.close();
    },
  });
  let sent = 0;
  const path = `${dir.path}/bomb.tar.gz`;
  await Deno.writeFile(path, zeros.pipeThrough(new CompressionStream("gzip")));
  assert(Deno.statSync(path).size < 1 << 20);
  const before = Deno.memoryUsage().rss;
  await assertRejects(() => unpack(dir, path), UserError, "Cannot unpack a.tar.gz: it ");
  assert(Deno.memoryUsage().rss - before < 100 << 20);
});

Deno.test("unpackTar() does not write into a folder that is there", async () => {
  await using dir = tempDir();
  const path = await archive(dir, [file("a")]);
  Deno.mkdirSync(`${dir.path}/out`);
  await assertRejects(() => unpack(dir, path), Deno.errors.AlreadyExists);
});
