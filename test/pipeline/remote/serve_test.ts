/** The server of a shared cache, as the command line starts it. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { sha256 } from "../../../lib/base/digest.ts";
import { recordName, sharedName, sharedRecordText } from "../../../pipeline/engine/cache/shared_record.ts";
import { receiptFor, task } from "../../support/tasks.ts";
import { cacheServer, filesIn, TOKEN } from "../../support/shared_caches.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";

const ROOT = fromFileUrl(new URL("../../..", import.meta.url));
const TEXT = "what is kept";
const NAME = sharedName(sha256(TEXT));

function put(url: string, body: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: "PUT", body, headers: { authorization: `Bearer ${TOKEN}`, ...headers } });
}

async function statusOf(answer: Promise<Response>): Promise<number> {
  const { status, body } = await answer;
  await body?.cancel();
  return status;
}

/** A process of `serve-cache`, which is asked to end when the action has. */
async function serving(
  dir: TempDir,
  args: readonly string[],
  action: (url: string, pid: number) => Promise<void>,
): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      "--config",
      `${ROOT}/deno.json`,
      `${ROOT}/pipeline/cli.ts`,
      "serve-cache",
      "--folder",
      `${dir.path}/cache`,
      "--port",
      "0",
      "--json",
      ...args,
    ],
    env: { NO_COLOR: "1", STORE_REMOTE_TOKEN: TOKEN },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const said = new TextDecoder().decode((await reader.read()).value);
  reader.releaseLock();
  try {
    await action(JSON.parse(said).url, child.pid);
  } finally {
    child.kill("SIGINT");
  }
  const { stderr, stdout, code } = await child.output();
  assertEquals(code, 0);
  return said + new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

Deno.test("serve-cache --write takes what has the right digest from who has the token", async () => {
  await using dir = tempDir();
  const printed = await serving(dir, ["--write"], async (url, pid) => {
    const object = `${url}/${NAME}`;
    assertEquals(await statusOf(fetch(object)), 404);
    assertEquals(await statusOf(put(object, TEXT, { authorization: "Bearer other" })), 401);
    assertEquals(await statusOf(put(object, `${TEXT}!`)), 422);
    assertEquals(await statusOf(fetch(object)), 404);
    assertEquals(await statusOf(put(object, TEXT)), 201);
    assertEquals(await (await fetch(object)).text(), TEXT);
    assertEquals(await statusOf(put(`${url}/../../x`, TEXT)), 404);
    // The process behind the address has neither the token nor anything else of the environment.
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", `cat /proc/$(pgrep -P ${pid})/environ /proc/$(pgrep -P ${pid})/cmdline`],
    }).output();
    const known = new TextDecoder().decode(stdout);
    assertMatch(known, /--allow-net=127\.0\.0\.1:0/);
    assert(known.includes(`--allow-write=${dir.path}/cache`) && !known.includes("--allow-all"));
    assert(!known.includes(TOKEN) && !/--allow-(?:env|run|sys|ffi)/.test(known));
  });
  assert(!printed.includes(TOKEN));
  assertEquals([...filesIn(`${dir.path}/cache/staging`)], []);
});

Deno.test("serve-cache without --write lets everybody read and nobody write", async () => {
  await using dir = tempDir();
  dir.write(`cache/${NAME}`, TEXT);
  dir.write("cache/cache.json", '{"cache":1}\n');
  await serving(dir, [], async (url, pid) => {
    assertEquals(await (await fetch(`${url}/${NAME}`)).text(), TEXT);
    assertEquals(await statusOf(put(`${url}/${NAME}`, TEXT)), 405);
    const { stdout } = await new Deno.Command("sh", { args: ["-c", `cat /proc/$(pgrep -P ${pid})/cmdline`] })
      .output();
    assert(!new TextDecoder().decode(stdout).includes("--allow-write"));
  });
});

Deno.test("serve-cache wants a token that cannot be guessed, and a folder that holds nothing else", async () => {
  await using dir = tempDir();
  const run = (folder: string, token: string, ...args: string[]) =>
    new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--allow-all",
        "--config",
        `${ROOT}/deno.json`,
        `${ROOT}/pipeline/cli.ts`,
        "serve-cache",
        "--folder",
        folder,
        ...args,
      ],
      env: { NO_COLOR: "1", STORE_REMOTE_TOKEN: token },
    }).output().then(({ code, stderr }) => [code, new TextDecoder().decode(stderr)] as const);
  const short = await run(`${dir.path}/cache`, "short", "--write");
  assertEquals(short[0], 2);
  assertStringIncludes(short[1], "openssl rand -hex 32");
  dir.write("mine/thesis.txt", "x");
  const other = await run(`${dir.path}/mine`, TOKEN);
  assertEquals(other[0], 2);
  assertStringIncludes(other[1], "holds thesis.txt");
  const file = await run(`${dir.path}/mine/thesis.txt`, TOKEN);
  assertEquals(file[0], 2);
  assertStringIncludes(file[1], `Cannot serve the cache: ${dir.path}/mine/thesis.txt is a file`);
  const nowhere = await run(`${dir.path}/cache`, TOKEN, "--host", "nowhere.invalid");
  assertEquals(nowhere[0], 2);
  assertStringIncludes(nowhere[1], "Cannot serve at nowhere.invalid: it is no address of this machine.");
});

Deno.test("the server gives ranges of bytes as they are, and no list of anything", async () => {
  await using dir = tempDir();
  await using server = cacheServer(dir);
  const object = `${server.url}/${NAME}`;
  await statusOf(put(object, TEXT));
  const head = await fetch(object, { method: "HEAD" });
  assertEquals([head.headers.get("content-length"), head.headers.get("etag")], ["12", `"${sha256(TEXT)}"`]);
  const zipped = await fetch(object, { headers: { "accept-encoding": "gzip" } });
  assertEquals([zipped.headers.get("content-encoding"), await zipped.text()], [null, TEXT]);
  const rest = await fetch(object, { headers: { range: "bytes=5-" } });
  assertEquals([rest.status, rest.headers.get("content-range"), await rest.text()], [
    206,
    "bytes 5-11/12",
    "is kept",
  ]);
  const other = await fetch(object, { headers: { range: "bytes=5-", "if-range": '"other"' } });
  assertEquals([other.status, await other.text()], [200, TEXT]);
  assertEquals(await statusOf(fetch(object, { headers: { range: "bytes=12-" } })), 416);
  for (const path of ["", "objects", "objects/", "receipts/", "staging/", "objects/../cache.json/", ".."]) {
    assertEquals(await statusOf(fetch(`${server.url}/${path}`)), 404, path);
  }
  assertEquals(await statusOf(fetch(object, { method: "DELETE" })), 405);
});

Deno.test("the server takes a record only with its objects, under its own key, and once", async () => {
  await using dir = tempDir();
  await using server = cacheServer(dir);
  const receipt = receiptFor(task("train"), {}, TEXT);
  const text = sharedRecordText({ receipt, archives: {} });
  const record = `${server.url}/${recordName(receipt.key)}`;
  assertEquals(await statusOf(put(record, text)), 409);
  await statusOf(put(`${server.url}/${NAME}`, TEXT));
  assertEquals(await statusOf(put(`${server.url}/${recordName("0".repeat(64))}`, text)), 422);
  assertEquals(await statusOf(put(record, text.replace("train", "other"))), 422);
  assertEquals(await statusOf(put(record, text, { "if-none-match": "*" })), 201);
  assertEquals(await statusOf(put(record, text, { "if-none-match": "*" })), 412);
  assertEquals(await statusOf(put(record, text)), 201);
  assertEquals(await (await fetch(record)).text(), text);
});

Deno.test("an object whose sender goes away half-way is not there, and leaves nothing", async () => {
  await using dir = tempDir();
  await using server = cacheServer(dir);
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const head =
    `PUT /${NAME} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-length: ${TEXT.length}\r\n\r\n`;
  await connection.write(new TextEncoder().encode(`${head}${TEXT.slice(0, 5)}`));
  await new Promise((resolve) => setTimeout(resolve, 100));
  connection.close();
  for (let tries = 0; [...filesIn(`${server.folder}/staging`)].length > 0 && tries < 100; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assertEquals([...filesIn(`${server.folder}/staging`)], []);
  assertEquals(await statusOf(fetch(`${server.url}/${NAME}`)), 404);
});
