/** A cache in a bucket of a real server that checks signatures and rights. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { sha256 } from "../../../lib/base/digest.ts";
import { sharedName } from "../../../pipeline/engine/cache/shared_record.ts";
import { RemoteTrouble } from "../../../pipeline/remote/contract.ts";
import { s3Remote } from "../../../pipeline/remote/s3_io.ts";
import { badProxy, cut, honest, status } from "../../support/bad_proxy.ts";
import { filesIn, machine, QUICK } from "../../support/shared_caches.ts";
import { s3IsMissing, type S3Server, startS3 } from "../../support/s3_server_io.ts";
import { task } from "../../support/tasks.ts";
import { tempDir } from "../../support/temp_dir.ts";

const missing = s3IsMissing();
const isBuildServer = Deno.env.get("CI") === "true";
let server: Promise<S3Server> | undefined;

Deno.test.afterAll(async () => {
  await (await server)?.[Symbol.asyncDispose]();
});

/** Registers a test that has the server and an environment without keys. */
function onS3(name: string, test: (s3: S3Server) => Promise<void>): void {
  const skipped = missing !== undefined && !isBuildServer;
  Deno.test({
    name: skipped ? `${name} (skipped: ${missing})` : name,
    ignore: skipped,
    async fn() {
      const s3 = await (server ??= startS3());
      await withEnv({}, () => test(s3));
    },
  });
}

const VARIABLES = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_PROFILE",
  "AWS_ENDPOINT_URL_S3",
  "AWS_ENDPOINT_URL",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_SHARED_CREDENTIALS_FILE",
  "AWS_CONFIG_FILE",
];

/** The variables of S3 are these, and no others, until the action ends. */
async function withEnv(
  variables: Readonly<Record<string, string>>,
  action: () => Promise<void>,
): Promise<void> {
  const before = VARIABLES.map((name) => [name, Deno.env.get(name)] as const);
  const nowhere = { AWS_SHARED_CREDENTIALS_FILE: "/nowhere/credentials", AWS_CONFIG_FILE: "/nowhere/config" };
  for (const name of VARIABLES) Deno.env.delete(name);
  for (const [name, value] of Object.entries({ ...nowhere, ...variables })) Deno.env.set(name, value);
  try {
    await action();
  } finally {
    for (const [name, value] of before) {
      value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
    }
  }
}

const keysOf = ({ id, secret }: S3Server["keys"]) => ({
  AWS_ACCESS_KEY_ID: id,
  AWS_SECRET_ACCESS_KEY: secret,
});

function open({ bucket, endpoint }: Pick<S3Server, "bucket" | "endpoint">, prefix: string) {
  return () => s3Remote({ bucket, prefix, endpoint, patience: QUICK });
}

onS3("a machine finds in a bucket what another one put there, and runs nothing", async (s3) => {
  await using dir = tempDir();
  await withEnv(keysOf(s3.keys), async () => {
    const first = await machine(dir, "first", open(s3, "team/a")).run({ push: true });
    assertEquals([first.pushed?.pushed, first.pushed?.left, first.warnings], [4, 0, []]);
    const second = await machine(dir, "second", open(s3, "team/a")).run({ wanted: ["index", "train"] });
    assertEquals([second.ran, second.warnings, second.tally.found, second.tally.brought], [[], [], 4, 3]);
    assertEquals((await machine(dir, "third", open(s3, "team/b")).run()).tally.found, 0);
  });
  const files = [...filesIn(dir.path)];
  assert(files.length > 10);
  for (const file of files) {
    const bytes = new TextDecoder("latin1").decode(Deno.readFileSync(file));
    for (const word of Object.values(s3.keys)) assert(!bytes.includes(word), file);
  }
});

onS3("keys come from the profile that is named, in the files that Amazon's programs read", async (s3) => {
  await using dir = tempDir();
  const { id, secret } = s3.keys;
  const variables = {
    AWS_PROFILE: "team",
    AWS_SHARED_CREDENTIALS_FILE: dir.write(
      "keys",
      `[team]\naws_access_key_id=${id}\naws_secret_access_key=${secret}\n`,
    ),
    AWS_CONFIG_FILE: dir.write("config", `[profile team]\nendpoint_url=${s3.endpoint}\nregion=us-east-1\n`),
  };
  await withEnv(variables, async () => {
    const remote = () => s3Remote({ bucket: s3.bucket, prefix: "profile", endpoint: null, patience: QUICK });
    const { pushed, warnings } = await machine(dir, "first", remote).run({ push: true });
    assertEquals([pushed?.pushed, warnings], [4, []]);
  });
});

const unusable: readonly (readonly [string, (s3: S3Server) => Record<string, string>, string])[] = [
  [
    "a key that is not known",
    () => ({ AWS_ACCESS_KEY_ID: "AKIAUNKNOWN000000000", AWS_SECRET_ACCESS_KEY: "x" }),
    "InvalidAccessKeyId",
  ],
  [
    "a secret that is not the key's",
    ({ keys }) => ({ ...keysOf(keys), AWS_SECRET_ACCESS_KEY: "wrong" }),
    "SignatureDoesNotMatch",
  ],
  ["a user who may do nothing", ({ stranger }) => keysOf(stranger), "it denies access"],
];
for (const [name, variables, wanted] of unusable) {
  onS3(`with ${name} a run goes on alone, and says so once and without the key`, async (s3) => {
    await using dir = tempDir();
    const keys = variables(s3);
    await withEnv(keys, async () => {
      const { ran, warnings } = await machine(dir, "first", open(s3, "refused")).run();
      assertEquals([ran.length, warnings.length], [4, 1], warnings.join());
      assertStringIncludes(warnings[0]!, wanted);
      for (const secret of Object.values(keys)) assert(secret.length < 5 || !warnings[0]!.includes(secret));
    });
  });
}

onS3("a bucket that is not there is told as such", async (s3) => {
  await using dir = tempDir();
  await withEnv(keysOf(s3.keys), async () => {
    const { ran, warnings } = await machine(dir, "first", open({ ...s3, bucket: "no-such-bucket" }, ""))
      .run();
    assertEquals([ran.length, warnings.length], [4, 1], warnings.join());
    assertStringIncludes(warnings[0]!, "there is no such bucket");
  });
});

onS3("who may read and not list is told of no missing name, and finds what is there", async (s3) => {
  await using dir = tempDir();
  await using proxy = badProxy(s3.port);
  // What Amazon answers where s3:ListBucket is not allowed: of a name that is not there, access is denied.
  const denied = "<Error><Code>AccessDenied</Code></Error>";
  proxy.trick = () => async (passing) => {
    const missing = passing.head.startsWith("HTTP/1.1 404");
    await (missing ? status(403, denied) : honest)(passing);
  };
  const through = { ...s3, endpoint: proxy.url };
  await withEnv(keysOf(s3.keys), async () => {
    await machine(dir, "first", open(s3, "unlisted")).run({ push: true });
    const second = await machine(dir, "second", open(through, "unlisted")).run({ push: true });
    assertEquals([second.ran, second.warnings], [[], []]);
    const empty = await machine(dir, "third", open(through, "nothing")).run();
    assertEquals([empty.ran.length, empty.warnings.length], [4, 1]);
    assertStringIncludes(empty.warnings[0]!, "nothing was ever put there");
  });
});

onS3("a clock that is wrong is told as such", async (s3) => {
  await using dir = tempDir();
  await using proxy = badProxy(s3.port);
  const body = "<Error><Code>RequestTimeTooSkewed</Code></Error>";
  const date = new Date(Date.now() - 3_600_000).toUTCString();
  proxy.trick = () => async ({ send }) => {
    await send(
      `HTTP/1.1 403 X\r\ndate: ${date}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
    );
  };
  await withEnv(keysOf(s3.keys), async () => {
    const { warnings } = await machine(dir, "first", open({ ...s3, endpoint: proxy.url }, "skew")).run();
    assertEquals(warnings.length, 1);
    assertStringIncludes(warnings[0]!, "60 minutes apart: set the clock");
  });
});

onS3("what is large goes there in parts, and comes back from where it was cut", async (s3) => {
  await using dir = tempDir();
  const bytes = new Uint8Array((32 << 20) + 12_345);
  for (let at = 0; at < bytes.length; at += 1000) bytes[at] = at / 1000;
  const [from, to] = [`${dir.path}/from`, `${dir.path}/to`];
  Deno.writeFileSync(from, bytes);
  const object = { sha256: sha256(bytes), bytes: bytes.length };
  await using proxy = badProxy(s3.port);
  await withEnv(keysOf(s3.keys), async () => {
    const remote = open({ ...s3, endpoint: proxy.url }, "large")();
    await remote.begin();
    await remote.putObject(object, from);
    const posted = proxy.passed.filter(({ path }) => path.includes(sharedName(object.sha256)));
    assertEquals(posted.map(({ method }) => method), ["POST", "PUT", "PUT", "POST"]);
    assertEquals(await remote.size(object.sha256), object.bytes);
    let count = 0;
    proxy.trick = () => count++ === 0 ? cut(20_000_000) : honest;
    await remote.bringObject(object, to);
    assertEquals(sha256(Deno.readFileSync(to)), object.sha256);
    assertEquals(proxy.passed.at(-1)!.body.length, bytes.length - 20_000_000);
  });
});

onS3("what is large and cannot be ended leaves no parts behind", async (s3) => {
  await using dir = tempDir();
  const bytes = new Uint8Array((32 << 20) + 1);
  const from = `${dir.path}/from`;
  Deno.writeFileSync(from, bytes);
  const object = { sha256: sha256(bytes), bytes: bytes.length };
  await using proxy = badProxy(s3.port);
  await withEnv(keysOf(s3.keys), async () => {
    const remote = open({ ...s3, endpoint: proxy.url }, "ended")();
    proxy.trick = ({ path }) => path.includes("partNumber=2") ? status(500) : honest;
    await assertRejects(() => remote.putObject(object, from), RemoteTrouble, "status 500");
    const last = proxy.passed.at(-1)!;
    assertEquals([last.method, last.path.includes("uploadId=")], ["DELETE", true]);
    assertStringIncludes(last.head, " 204 ");
    assertEquals(await remote.size(object.sha256), undefined);
  });
});

onS3(
  "of two who put the same there the first stays, and who meets the other at it asks again",
  async (s3) => {
    await using dir = tempDir();
    const tasks = [task("train")];
    const stages = (text: string) => ({
      train: ({ request }: { readonly request: { readonly outDir: string } }) => {
        Deno.writeTextFileSync(`${request.outDir}/out.txt`, text);
        return { kind: "done" as const };
      },
    });
    await using proxy = badProxy(s3.port);
    const through = open({ ...s3, endpoint: proxy.url }, "two");
    await withEnv(keysOf(s3.keys), async () => {
      // The record is put there, and the answer is that of a server at which another one is at it.
      const conflict = "<Error><Code>ConditionalRequestConflict</Code></Error>";
      let count = 0;
      const isRecord = (method: string, path: string) => method === "PUT" && /receipts/.test(path);
      proxy.trick = ({ method, path }) =>
        isRecord(method, path) && count++ === 0 ? status(409, conflict) : honest;
      const first = await machine(dir, "first", through).run({ push: true, tasks, stages: stages("one") });
      assertEquals([first.warnings, first.pushed?.left], [[], 0]);
      const puts = proxy.passed.filter(({ method, path }) => isRecord(method, path));
      assertEquals(puts.map(({ head }) => head.split(" ")[1]), ["200", "412"]);
      await machine(dir, "second", undefined).run({ tasks, stages: stages("two") });
      const second = await machine(dir, "second", open(s3, "two")).run({ push: true, tasks });
      assertEquals([second.ran, second.pushed?.pushed, second.pushed?.left], [[], 0, 0]);
      const third = machine(dir, "third", open(s3, "two"));
      assertEquals((await third.run({ tasks })).ran, []);
      const digestOf = (name: string) =>
        machine(dir, name, undefined).store().lastReceipt("train")!.outputs["out.txt"]!.digest;
      assertEquals(digestOf("third"), digestOf("first"));
    });
  },
);

// Of other letters moto computes other signatures than Amazon's rule gives.
onS3("a prefix may have blanks", async (s3) => {
  await using dir = tempDir();
  await withEnv(keysOf(s3.keys), async () => {
    const prefix = "our team/~x";
    const first = await machine(dir, "first", open(s3, prefix)).run({ push: true });
    assertEquals([first.pushed?.pushed, first.warnings], [4, []]);
    const second = await machine(dir, "second", open(s3, prefix)).run();
    assertEquals([second.ran, second.warnings], [[], []]);
  });
});

Deno.test("what goes to a bucket is plain bytes under a name encoded once, with their length and digest: no chunks, codings or checksums of a server's own", async () => {
  const asked: { method: string; path: string; headers: Headers; bytes: Uint8Array }[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const bytes = await request.bytes();
    const path = new URL(request.url).pathname;
    asked.push({ method: request.method, path, headers: request.headers, bytes });
    const isCache = request.method === "GET" && request.url.endsWith("/cache.json");
    return new Response(isCache ? '{"cache":1}' : null, {
      status: isCache || request.method === "PUT" ? 200 : 404,
    });
  });
  const endpoint = `http://127.0.0.1:${(server.addr as Deno.NetAddr).port}`;
  await using dir = tempDir();
  await withEnv({ AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "secret" }, async () => {
    const remote = () => s3Remote({ bucket: "b", prefix: "ü+100%/a%2Fb", endpoint, patience: QUICK });
    await machine(dir, "first", remote).run({ push: true });
  });
  await server.shutdown();
  const puts = asked.filter(({ method }) => method === "PUT");
  assert(puts.length >= 8, `${puts.length}`);
  for (const { path, headers, bytes } of puts) {
    assert(path.startsWith("/b/%C3%BC%2B100%25/a%252Fb/"), `encoded once: ${path}`);
    assertEquals(headers.get("x-amz-content-sha256"), sha256(bytes));
    assertEquals(headers.get("content-length"), String(bytes.length));
    const others = [...headers.keys()].filter((name) =>
      /^(transfer-encoding|content-encoding|trailer|x-amz-(checksum|trailer|sdk|decoded).*)$/.test(name)
    );
    assertEquals(others, []);
  }
});
