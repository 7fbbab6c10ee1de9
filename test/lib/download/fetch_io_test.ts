import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { sha256 } from "../../../lib/base/digest.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { fetchFile } from "../../../lib/download/fetch_io.ts";
import type { Patience } from "../../../lib/download/transient.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";
import { badServer, type Behaviour, cutAfter, good, status } from "../../support/bad_server.ts";

const FILE = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) & 255);
const OTHER = FILE.map((byte) => byte ^ 1);
const HASTY: Patience = { tries: 4, firstPauseMs: 1, longestPauseMs: 4, silenceMs: 300 };

interface Fetched {
  readonly warnings: readonly string[];
  readonly progress: readonly number[];
}

async function fetchTo(dir: TempDir, urls: readonly string[], patience = HASTY): Promise<Fetched> {
  const warnings: string[] = [];
  const progress: number[] = [];
  await fetchFile({
    file: "archive.tar.gz",
    bytes: FILE.length,
    sha256: sha256(FILE),
    urls,
    path: `${dir.path}/part`,
    patience,
    onProgress: (bytes) => progress.push(bytes),
    onWarning: (message) => warnings.push(message),
  });
  return { warnings, progress };
}

function part(dir: TempDir, bytes: Uint8Array, origin?: object): void {
  Deno.writeFileSync(`${dir.path}/part`, bytes);
  if (origin !== undefined) Deno.writeTextFileSync(`${dir.path}/part.origin`, JSON.stringify(origin));
}

function names(dir: TempDir): string[] {
  return [...Deno.readDirSync(dir.path)].map((entry) => entry.name).sort();
}

/** Name, what the server does, how many requests that takes, a word of the warnings. */
const healed: readonly (readonly [string, readonly Behaviour[], number, string])[] = [
  ["does all right", [good(FILE)], 1, ""],
  ["cuts the connection twice", [cutAfter(FILE, 100_000), cutAfter(FILE, 50_000), good(FILE)], 3, "was cut"],
  ["cuts it before the first byte", [({ send }) => send(""), good(FILE)], 2, "was cut"],
  [
    "answers 500, 503 and 429",
    [status(500), status(503, { "retry-after": 0 }), status(429), good(FILE)],
    4,
    "status 500",
  ],
  [
    "ignores ranges",
    [cutAfter(FILE, 100_000), ({ answer }) => answer(200, { "content-length": FILE.length }, FILE)],
    2,
    "was cut",
  ],
  ["changes the file and honours If-Range", [cutAfter(OTHER, 100_000, '"0"'), good(FILE)], 2, "was cut"],
  [
    "changes the file and ignores If-Range",
    [
      cutAfter(OTHER, 100_000, '"0"'),
      ({ from, answer }) =>
        answer(206, {
          etag: '"1"',
          "content-range": `bytes ${from}-${FILE.length - 1}/${FILE.length}`,
          "content-length": FILE.length - from,
        }, FILE.subarray(from)),
      good(FILE),
    ],
    3,
    "has changed",
  ],
  [
    "changes the file and tells no versions",
    [
      ({ answer }) => answer(200, { "content-length": FILE.length }, OTHER.subarray(0, 100_000)),
      ({ from, answer }) =>
        answer(
          206,
          { "content-range": `bytes ${from}-${FILE.length - 1}/${FILE.length}` },
          FILE.subarray(from),
        ),
      good(FILE),
    ],
    3,
    "may be of different versions",
  ],
  ["answers 416", [cutAfter(FILE, 100_000), status(416), good(FILE)], 3, "status 416"],
  [
    "sends another part than asked for",
    [
      cutAfter(FILE, 100_000),
      ({ answer }) =>
        answer(
          206,
          { "content-range": `bytes 5-9/${FILE.length}`, "content-length": 5 },
          FILE.subarray(5, 10),
        ),
      good(FILE),
    ],
    3,
    "not 100000",
  ],
  [
    "ends a body of unknown length too early",
    [({ answer }) => answer(200, {}, FILE.subarray(0, 1000)), good(FILE)],
    2,
    "ended after 1000 of 300000",
  ],
  [
    "falls silent",
    [
      async ({ answer }) => {
        await answer(200, { "content-length": FILE.length, etag: '"1"' }, FILE.subarray(0, 1000));
        await new Promise((resolve) => setTimeout(resolve, 600));
      },
      good(FILE),
    ],
    2,
    "no answer in time",
  ],
];
for (const [name, behaviours, requests, warning] of healed) {
  Deno.test(`fetchFile() gets the whole file from a server that ${name}`, async () => {
    await using dir = tempDir();
    await using server = badServer(behaviours);
    const { warnings, progress } = await fetchTo(dir, [server.url]);
    assertEquals(Deno.readFileSync(`${dir.path}/part`), FILE);
    assertEquals(names(dir), ["part"]);
    assertEquals(server.requests.length, requests);
    assertEquals(progress.at(-1), FILE.length);
    assertStringIncludes(warnings.join("\n"), warning);
  });
}

/** Name, what the server does, a word of the error. */
const hopeless: readonly (readonly [string, readonly Behaviour[], string])[] = [
  ["answers 404", [status(404)], "status 404"],
  ["answers 500 for ever", [status(500)], "status 500 (internal server error), 4 times in a row"],
  ["answers 416 for ever", [status(416)], "status 416"],
  ["cuts every connection", [({ send }) => send("")], "was cut, 4 times in a row"],
  [
    "sends a login page",
    [({ answer }) =>
      answer(200, { "content-type": "text/html; charset=utf-8", "content-length": 4 }, FILE.subarray(0, 4))],
    "found 4 bytes of text/html there, wanted 300000; that may be the login page",
  ],
  [
    "says the right length and sends another file",
    [({ answer }) => answer(200, { "content-length": FILE.length }, OTHER)],
    "it is another file",
  ],
  [
    "sends more than it should",
    [({ answer }) => answer(200, {}, new Uint8Array(FILE.length + 1))],
    "more than the 300000 bytes",
  ],
  [
    "compresses although it was asked not to",
    [({ answer }) => answer(200, { "content-encoding": "gzip", "content-length": 5 }, FILE.subarray(0, 5))],
    "as gzip",
  ],
  [
    "cuts each answer and has another file each time",
    Array.from({ length: 40 }, (_, i): Behaviour => cutAfter(FILE, 1000, `"${i}"`)),
    "has changed since its first part was fetched, 4 times",
  ],
  ["speaks no HTTP", [({ send }) => send("hello\r\n\r\n")], "invalid HTTP"],
];
for (const [name, behaviours, message] of hopeless) {
  Deno.test(`fetchFile() says so and keeps no wrong byte when a server ${name}`, async () => {
    await using dir = tempDir();
    await using server = badServer(behaviours);
    const error = await assertRejects(() => fetchTo(dir, [server.url]), UserError, message);
    assertEquals(error.reason, "download-failed");
    const kept = names(dir).includes("part") ? Deno.readFileSync(`${dir.path}/part`) : new Uint8Array();
    assertEquals(kept, FILE.subarray(0, kept.length));
  });
}

Deno.test("fetchFile() asks once when trying again is of no use", async () => {
  await using dir = tempDir();
  await using server = badServer([status(403)]);
  await assertRejects(() => fetchTo(dir, [server.url]), UserError, "status 403");
  assertEquals(server.requests.length, 1);
});

Deno.test("fetchFile() goes on where an earlier process ended, and asks for that version", async () => {
  await using dir = tempDir();
  await using server = badServer([good(FILE)]);
  part(dir, FILE.subarray(0, 200_000), { url: server.url, validator: '"1"' });
  const { progress } = await fetchTo(dir, [server.url]);
  const { headers } = server.requests[0]!;
  assertEquals([headers["range"], headers["if-range"]], ["bytes=200000-", '"1"']);
  assertEquals(headers["accept-encoding"], "identity");
  assertEquals(progress[0]! > 200_000, true);
});

Deno.test("fetchFile() starts again when what an earlier process left is wrong or too long", async () => {
  for (const left of [OTHER.subarray(0, 1000), OTHER, new Uint8Array(FILE.length + 7)]) {
    await using dir = tempDir();
    await using server = badServer([good(FILE)]);
    part(dir, left);
    await fetchTo(dir, [server.url]);
    assertEquals(Deno.readFileSync(`${dir.path}/part`), FILE);
  }
});

Deno.test("fetchFile() takes the next source when the first is gone, and goes on from its bytes", async () => {
  await using dir = tempDir();
  await using first = badServer([cutAfter(FILE, 100_000), status(404)]);
  await using second = badServer([good(FILE, '"of another server"')]);
  const { warnings } = await fetchTo(dir, [first.url, second.url]);
  assertEquals(second.requests.map(({ from }) => from), [100_000]);
  assertEquals(second.requests[0]!.headers["if-range"], undefined);
  assertStringIncludes(warnings.join("\n"), "trying the next source");
});

Deno.test("fetchFile() names every source that failed, and that nobody listens", async () => {
  await using dir = tempDir();
  const gone = badServer([good(FILE)]);
  await gone[Symbol.asyncDispose]();
  await using other = badServer([status(410)]);
  const error = await assertRejects(() => fetchTo(dir, [gone.url, other.url]), UserError);
  assertStringIncludes(error.message, `127.0.0.1:${gone.port}: the connection was refused, 4 times in a row`);
  assertStringIncludes(error.message, `127.0.0.1:${other.port}: it answers with status 410`);
});

Deno.test("fetchFile() counts failures only while nothing comes", async () => {
  await using dir = tempDir();
  const often = Array.from({ length: 9 }, () => cutAfter(FILE, 30_000));
  await using server = badServer([...often, good(FILE)]);
  await fetchTo(dir, [server.url], { ...HASTY, tries: 2 });
  assertEquals(server.requests.length, 10);
});
