/** Stages `download` and `unpack` as the engine runs them: processes with their own permissions. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { sha256 } from "../../../lib/base/digest.ts";
import type { Source } from "../../../lib/download/sources.ts";
import { archiveFolder } from "../../../pipeline/graph/archive.ts";
import { openCode } from "../../../pipeline/engine/code/closure_io.ts";
import { runGraph } from "../../../pipeline/engine/run.ts";
import { openStore } from "../../../pipeline/engine/store/store_io.ts";
import { processRunner } from "../../../pipeline/engine/process/task_io.ts";
import type { RunEvent, TaskGraph } from "../../../pipeline/engine/types.ts";
import { GraphBuilder } from "../../../pipeline/graph/builder.ts";
import { tarGz } from "../../support/archives.ts";
import { badServer, cutAfter, good, status } from "../../support/bad_server.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";
import { manifestOf } from "../../../pipeline/engine/fingerprint.ts";

const ROOT = fromFileUrl(new URL("../../..", import.meta.url)).replace(/\/$/, "");

async function sample(dir: TempDir): Promise<Uint8Array> {
  dir.write("sample/yes/a_nohash_0.wav", "a".repeat(5000));
  dir.write("sample/no/b_nohash_0.wav", "b".repeat(5000));
  const noise = Array.from(crypto.getRandomValues(new Uint8Array(30_000)), (byte) => byte.toString(36)).join(
    "",
  );
  dir.write("sample/no/c_nohash_0.wav", noise);
  return await tarGz(`${dir.path}/sample`);
}

/** As data/sources.json would have it. */
function sourceFor(url: string, archive: Uint8Array, digest = sha256(archive)): Source {
  return {
    title: "a sample",
    url,
    bytes: archive.length,
    sha256: digest,
    checksum_from: "this test",
    licence: "none",
    licence_url: "https://example.org/",
    unpacked_at_most: { files: 10, bytes: 1_000_000 },
  };
}

function graphFor(dir: TempDir, source: Source, mirror: string | null = null): TaskGraph {
  const builder = new GraphBuilder();
  archiveFolder(builder, "sample", mirror, {
    sources: () => ({ sample: source }),
    byHand: `${dir.path}/raw`,
  });
  const hasty = { tries: 3, first_pause_ms: 1, longest_pause_ms: 5, silence_ms: 1000 };
  return {
    tasks: builder.graph().tasks.map((task) =>
      task.route === undefined ? task : { ...task, route: { ...(task.route as object), patience: hasty } }
    ),
  };
}

interface Outcome {
  readonly events: readonly RunEvent[];
  readonly ran: readonly string[];
  /** Of the first failure. */
  readonly message: string;
  readonly reason: string;
}

async function run(dir: TempDir, graph: TaskGraph, code = openCode(ROOT)): Promise<Outcome> {
  const events: RunEvent[] = [];
  await runGraph({
    graph,
    store: openStore(`${dir.path}/store`),
    code,
    runner: processRunner({ projectRoot: ROOT }),
    resources: { threads: 1, gpu: 0, jobs: 1 },
    onEvent: (event) => events.push(event),
  });
  const failure = events.find((event) => event.type === "task-failed")?.failure;
  const ran = events.flatMap((event) => event.type === "task-done" ? [event.task] : []);
  return { events, ran, message: failure?.message ?? "", reason: failure?.reason ?? "" };
}

const BOTH = ["download/sample", "unpack/sample"];

function assertUnpacked(dir: TempDir): void {
  const store = openStore(`${dir.path}/store`);
  const receipt = store.lastReceipt("unpack/sample")!;
  const folder = store.objectPath(receipt.outputs["audio"]!, "audio");
  assertEquals(Deno.readTextFileSync(`${folder}/yes/a_nohash_0.wav`), "a".repeat(5000));
  assertEquals(receipt.outputs["audio"]!.files, 3);
}

Deno.test("an archive is downloaded through a bad line, unpacked, and not asked for again", async () => {
  await using dir = tempDir();
  const archive = await sample(dir);
  await using server = badServer([cutAfter(archive, 9000), status(503), good(archive)]);
  const graph = graphFor(dir, sourceFor(server.url, archive));
  const first = await run(dir, graph);
  assertEquals(first.ran, BOTH, first.message);
  assertUnpacked(dir);
  const notes = first.events.flatMap((event) => event.type === "task-note" ? [event.message] : []);
  assert(notes.some((note) => /trying again in 1 s/.test(note)), notes.join("\n"));
  assertEquals((await run(dir, graph)).ran, []);
  assertEquals(server.requests.length, 3);
});

Deno.test("another program version or mirror does not download again what is known by its checksum", async () => {
  await using dir = tempDir();
  const archive = await sample(dir);
  await using server = badServer([good(archive)]);
  const source = sourceFor(server.url, archive);
  await run(dir, graphFor(dir, source));
  const other = manifestOf({ files: { "lib/x.ts": "changed" }, packages: {} });
  const code = { manifest: () => other, current: () => other };
  const again = await run(dir, graphFor(dir, source, "http://127.0.0.1:1/mirror"), code);
  assertEquals(again.ran, ["unpack/sample"]);
  assertEquals(server.requests.length, 1);
});

Deno.test("a download that was stopped goes on in the next run", async () => {
  await using dir = tempDir();
  const archive = await sample(dir);
  const cut = cutAfter(archive, 4000);
  await using server = badServer([cut, status(404), good(archive)]);
  const graph = graphFor(dir, sourceFor(server.url, archive));
  const first = await run(dir, graph);
  assertEquals(first.reason, "download-failed");
  assertStringIncludes(first.message, "status 404");
  assertEquals((await run(dir, graph)).ran, BOTH);
  assertEquals(server.requests.map(({ from }) => from), [0, 4000, 4000]);
});

Deno.test("without a network the message says what to fetch and where to put it, and that works", async () => {
  await using dir = tempDir();
  const archive = await sample(dir);
  const gone = badServer([good(archive)]);
  await gone[Symbol.asyncDispose]();
  const graph = graphFor(dir, sourceFor(gone.url, archive));
  const { message } = await run(dir, graph);
  assertMatch(
    message,
    /^Cannot download archive\.tar\.gz: 127\.0\.0\.1:\d+: the connection was refused, 3 times/,
  );
  assertStringIncludes(
    message,
    `or fetch ${gone.url} elsewhere and put it at ${dir.path}/raw/archive.tar.gz.`,
  );
  Deno.mkdirSync(`${dir.path}/raw`);
  Deno.writeFileSync(`${dir.path}/raw/archive.tar.gz`, archive.subarray(1));
  const wrong = await run(dir, graph);
  assertEquals(wrong.reason, "bad-file");
  assertStringIncludes(wrong.message, `found ${archive.length - 1} bytes, wanted ${archive.length}`);
  Deno.writeFileSync(`${dir.path}/raw/archive.tar.gz`, archive.map((byte, i) => i === 99 ? byte ^ 1 : byte));
  assertStringIncludes((await run(dir, graph)).message, "found the SHA-256");
  Deno.writeFileSync(`${dir.path}/raw/archive.tar.gz`, archive);
  assertEquals((await run(dir, graph)).ran, BOTH);
  assertUnpacked(dir);
});

Deno.test("mirrors come first: a folder on disk, a server", async () => {
  for (const kind of ["file", "http"]) {
    await using dir = tempDir();
    const archive = await sample(dir);
    await using published = badServer([status(500)]);
    await using server = badServer([good(archive)], "/deep/archive.tar.gz");
    Deno.mkdirSync(`${dir.path}/a mirror`);
    Deno.writeFileSync(`${dir.path}/a mirror/archive.tar.gz`, archive);
    const mirror = kind === "file"
      ? `file://${dir.path}/a%20mirror`
      : `http://127.0.0.1:${server.port}/deep/`;
    const { ran, message } = await run(dir, graphFor(dir, sourceFor(published.url, archive), mirror));
    assertEquals(ran, BOTH, message);
    assertEquals([published.requests.length, server.requests.length], [0, kind === "file" ? 0 : 1]);
  }
});

Deno.test("proxy variables are respected", async () => {
  await using dir = tempDir();
  const archive = await sample(dir);
  await using proxy = badServer([good(archive)]);
  Deno.env.set("NO_PROXY", "127.0.0.1,localhost"); // for what is tested at the same time, in the same environment
  Deno.env.set("HTTP_PROXY", `http://127.0.0.1:${proxy.port}`);
  try {
    const { ran, message } = await run(
      dir,
      graphFor(dir, sourceFor("http://example.invalid/archive.tar.gz", archive)),
    );
    assertEquals(ran, BOTH, message);
  } finally {
    Deno.env.delete("HTTP_PROXY");
    Deno.env.delete("NO_PROXY");
  }
  assertEquals(proxy.requests.map(({ path }) => path), ["http://example.invalid/archive.tar.gz"]);
});

Deno.test("a redirect to a host that sources.json does not name is refused", async () => {
  await using dir = tempDir();
  const archive = await sample(dir);
  await using other = badServer([good(archive)]);
  await using server = badServer([status(302, { location: other.url })]);
  const { message } = await run(dir, graphFor(dir, sourceFor(server.url, archive)));
  assertStringIncludes(message, `it leads to 127.0.0.1:${other.port}, which data/sources.json does not name`);
  assertEquals(other.requests.length, 0);
});

Deno.test("an archive with another checksum is neither kept nor unpacked", async () => {
  await using dir = tempDir();
  const archive = await sample(dir);
  await using server = badServer([good(archive)]);
  const { message, ran } = await run(dir, graphFor(dir, sourceFor(server.url, archive, "0".repeat(64))));
  assertEquals(ran, []);
  assertStringIncludes(message, "it is another file");
  assertEquals([...openStore(`${dir.path}/store`).receipts()], []);
  const objects = [...Deno.readDirSync(`${dir.path}/store/objects`)];
  assertEquals(objects, []);
});

const REAL = new URL("../../../../shared/data/speech_commands_test_set_v0.02.tar.gz", import.meta.url);

Deno.test({
  name: "the real archive of the test set comes through connections that are cut, and unpacks",
  ignore: !exists(REAL), // a copy beside the project, for those who have it
  async fn() {
    await using dir = tempDir();
    const archive = Deno.readFileSync(REAL);
    const cut = cutAfter(archive, 30_000_000);
    await using server = badServer([cut, cut, status(500), good(archive)]);
    const source = {
      ...sourceFor(server.url, archive),
      unpacked_at_most: { files: 6000, bytes: 400_000_000 },
    };
    const { ran, message } = await run(dir, graphFor(dir, source));
    assertEquals(ran, BOTH, message);
    assertEquals(server.requests.map(({ from }) => from), [0, 30_000_000, 60_000_000, 60_000_000]);
    const receipt = openStore(`${dir.path}/store`).lastReceipt("unpack/sample")!;
    assertEquals(receipt.outputs["audio"]!.files, 4892); // 4,890 clips, README.md, LICENSE
  },
});

function exists(url: URL): boolean {
  try {
    return Deno.statSync(url).isFile;
  } catch {
    return false;
  }
}
