/** Results that machines share: through a folder, and over HTTP with a proxy that cuts, stalls, lies and replays. */
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { recordName, sharedName } from "../../../pipeline/engine/cache/shared_record.ts";
import { planRun } from "../../../pipeline/engine/run.ts";
import { verifyStore } from "../../../pipeline/engine/store/verify_io.ts";
import type { Remote } from "../../../pipeline/remote/contract.ts";
import { folderRemote } from "../../../pipeline/remote/folder_io.ts";
import { httpRemote, plainDialect } from "../../../pipeline/remote/http_io.ts";
import {
  badProxy,
  cut,
  honest,
  lie,
  replay,
  silent,
  stall,
  status,
  type Trick,
} from "../../support/bad_proxy.ts";
import {
  cacheServer,
  filesIn,
  folderIn,
  IMPATIENT,
  machine,
  QUICK,
  SHARED_CHAIN,
  TOKEN,
} from "../../support/shared_caches.ts";
import { fakeCode, type FakeStage, task, writeOutput } from "../../support/tasks.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";

const ALL = ["synthesize", "index", "train", "evaluate"];

function http(url: string, token = TOKEN, patience = QUICK): () => Remote {
  return () => httpRemote({ url, location: "the cache", dialect: plainDialect(token), patience });
}

/** Digest of an output as a machine's store has it. */
function digestOf(one: ReturnType<typeof machine>, name: string, output = "out.txt"): string {
  return one.store().lastReceipt(name)!.outputs[output]!.digest;
}

for (const kind of ["folder", "server"] as const) {
  Deno.test(`a machine with an empty disk finds in a ${kind} what another one put there, and runs nothing`, async () => {
    await using dir = tempDir();
    await using server = cacheServer(dir);
    const open = kind === "folder" ? folderIn(dir) : http(server.url);
    const first = await machine(dir, "first", open).run({ push: true });
    assertEquals([first.ran, first.pushed?.pushed, first.pushed?.left], [ALL, 4, 0]);
    const second = machine(dir, "second", open);
    const { ran, tally, warnings } = await second.run();
    assertEquals([ran, tally.found, tally.refused, warnings], [[], 4, 0, []]);
    assertEquals(tally.brought, 1, "only what nobody reads in the graph is wanted here");
    assertEquals(digestOf(second, "evaluate"), digestOf(machine(dir, "first", undefined), "evaluate"));
    assertEquals((await verifyStore(second.store(), { repair: false })).problems, []);
  });
}

Deno.test("what a new task reads is brought when it runs, folders too, and nothing else", async () => {
  await using dir = tempDir();
  const open = folderIn(dir);
  await machine(dir, "first", open).run({ push: true });
  const second = machine(dir, "second", open);
  const more = task("count", {}, {
    inputs: { audio: { kind: "task", task: "synthesize", output: "audio" } },
  });
  const { ran, tally } = await second.run({
    tasks: [...SHARED_CHAIN, more],
    stages: {
      count: ({ request }) => {
        const text = Deno.readTextFileSync(`${request.inputs["audio"]}/yes/1.wav`);
        Deno.writeTextFileSync(`${request.outDir}/out.txt`, text);
        return { kind: "done" };
      },
    },
  });
  assertEquals([ran, tally.brought], [["count"], 2]);
  const there = second.store().cache;
  const { outputs } = second.store().lastReceipt("count")!;
  assertEquals((await there.read(outputs["out.txt"]!, "out.txt")).kind, "sound");
});

Deno.test("what is wanted is brought although others read it", async () => {
  await using dir = tempDir();
  const open = folderIn(dir);
  await machine(dir, "first", open).run({ push: true });
  const second = machine(dir, "second", open);
  assertEquals((await second.run({ wanted: ["train"] })).tally.brought, 2);
  const keys = [...second.store().local.keys()];
  const tasks = keys.flatMap((key) => second.store().local.remembered(key)?.task ?? []);
  assertEquals(tasks.sort(), ["evaluate", "train"]);
});

Deno.test("without its cache a machine goes on with what it has, and everything fresh stays so", async () => {
  await using dir = tempDir();
  const open = folderIn(dir);
  await machine(dir, "first", open).run({ push: true });
  await machine(dir, "second", open).run();
  const alone = await machine(dir, "second", undefined).run();
  assertEquals([alone.ran, alone.warnings], [[], []]);
  // What it lacks for something new it makes, and nothing else.
  const more = task("count", { index: "index" });
  const { ran } = await machine(dir, "second", undefined).run({ tasks: [...SHARED_CHAIN, more] });
  assertEquals(ran, ["synthesize", "index", "count"]);
});

Deno.test("a cache that cannot be reached is told of once, and hinders nobody", async () => {
  await using dir = tempDir();
  const port = await (async () => {
    await using gone = cacheServer(dir);
    return gone.port;
  })();
  const { ran, warnings, pushed } = await machine(dir, "first", http(`http://127.0.0.1:${port}`)).run({
    push: true,
  });
  assertEquals([ran, warnings.length, pushed?.left], [ALL, 1, 4]);
  assertMatch(warnings[0]!, /^Cannot reach the cache: .*refused\. This goes on with what is here\.$/);
});

Deno.test("a folder that is not there is told of once, and never made", async () => {
  await using dir = tempDir();
  const path = `${dir.path}/not-mounted`;
  const { ran, warnings } = await machine(dir, "first", () => folderRemote(path)).run({ push: true });
  assertEquals([ran, warnings.length], [ALL, 1], warnings.join("\n"));
  assertStringIncludes(warnings[0]!, "there is no such folder");
  assertEquals([...Deno.readDirSync(dir.path)].map(({ name }) => name), ["first"]);
});

Deno.test("what is known from one cache and another does not have is said to be elsewhere, and made here", async () => {
  for (const [open, why] of [[true, "the cache does not have it"], [false, "it is not there"]] as const) {
    await using dir = tempDir();
    const first = folderIn(dir);
    await machine(dir, "first", first).run({ push: true });
    await machine(dir, "second", first).run();
    const other = `${dir.path}/other`;
    Deno.mkdirSync(other);
    const more = task("count", { index: "index" });
    const { ran, notes, warnings } = await machine(
      dir,
      "second",
      open ? () => folderRemote(other) : undefined,
    )
      .run({ tasks: [...SHARED_CHAIN, more] });
    assertEquals([ran, warnings], [["synthesize", "index", "count"], []]);
    assertEquals(notes, [
      `The input index is not in this store (${why}); index runs again.`,
      `The input audio is not in this store (${why}); synthesize runs again.`,
    ]);
  }
});

Deno.test("a server that is no cache is told of once, and is asked nothing more", async () => {
  const html = { headers: { "content-type": "text/html" } };
  const cases: readonly (readonly [string, () => Response, string])[] = [
    [
      "a page for everything",
      () => new Response("<!DOCTYPE html><title>Hi</title>", html),
      "it is no cache: its cache.json is",
    ],
    [
      "a long page",
      () => new Response("<p>Hi</p>".repeat(1 << 20), html),
      "it is no cache: its cache.json is",
    ],
    [
      "no page at all",
      () => new Response("Not found", { status: 404 }),
      "it is no cache: it has no cache.json",
    ],
    ["a program", () => Response.json({ hello: "world" }), "it is no cache: its cache.json is"],
    ["a list", () => Response.json(null), "it is no cache: its cache.json is"],
    [
      "a cache of a later version",
      () => Response.json({ cache: 99 }),
      "it is a cache of the format 99, wanted 1",
    ],
  ];
  for (const [name, answer, wanted] of cases) {
    for (const push of [false, true]) {
      await using dir = tempDir();
      const asked: string[] = [];
      const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
        asked.push(`${request.method} ${new URL(request.url).pathname}`);
        await request.body?.cancel();
        return answer();
      });
      const url = `http://127.0.0.1:${(server.addr as Deno.NetAddr).port}`;
      const { ran, warnings, tally } = await machine(dir, "first", http(url)).run({ push });
      await server.shutdown();
      assertEquals([ran, warnings.length, tally.found], [ALL, 1, 0], `${name}: ${warnings.join("\n")}`);
      assertStringIncludes(warnings[0]!, `Cannot use the cache: ${wanted}`);
      assertEquals([...new Set(asked)].filter((line) => !line.endsWith("/cache.json")), [], name);
    }
  }
});

Deno.test("a cache that was away is used once it is back", async () => {
  await using dir = tempDir();
  await using server = cacheServer(dir);
  await machine(dir, "first", http(server.url)).run({ push: true });
  await using proxy = badProxy(server.port);
  let count = 0;
  // Its own file cannot be had when it is first asked for, and everything after that.
  proxy.trick = ({ path }) => path === "/cache.json" && count++ < QUICK.tries ? status(503) : honest;
  const { tally, warnings } = await machine(dir, "second", http(proxy.url)).run();
  assertEquals([tally.found > 0, warnings.length], [true, 1], warnings.join("\n"));
  assertStringIncludes(warnings[0]!, "Cannot reach the cache: it answers with status 503");
});

Deno.test("a path that is no folder of a cache is told of once, in words", async () => {
  await using dir = tempDir();
  const file = dir.write("notes.txt", "x");
  dir.write("mine/thesis.txt", "x");
  const cases = [
    [file, `${file} is a file, or leads through one: name a folder`],
    [`${file}/cache`, "is a file, or leads through one"],
    [`${dir.path}/mine`, "holds thesis.txt and no cache.json"],
  ] as const;
  for (const [path, wanted] of cases) {
    for (const push of [false, true]) {
      const { ran, warnings } = await machine(dir, `first ${push}`, () => folderRemote(path)).run({
        push,
        tasks: [task(`at${path.length}`)],
      });
      assertEquals([ran.length, warnings.length], [1, 1], warnings.join("\n"));
      assertStringIncludes(warnings[0]!, wanted);
    }
  }
  assertEquals([...Deno.readDirSync(`${dir.path}/mine`)].map(({ name }) => name), ["thesis.txt"]);
});

Deno.test("what could not be put there is put there by the next command, and then not asked for again", async () => {
  await using dir = tempDir();
  await using server = cacheServer(dir);
  await machine(dir, "first", undefined).run();
  const later = await machine(dir, "first", http(server.url)).run({ push: true });
  assertEquals([later.ran, later.pushed?.pushed], [[], 4]);
  const asked = server.asked.length;
  assertEquals((await machine(dir, "first", http(server.url)).run({ push: true })).pushed?.pushed, 0);
  assertEquals(server.asked.length, asked);
});

Deno.test("objects come before records, and a record whose object is gone is as good as none", async () => {
  await using dir = tempDir();
  await using server = cacheServer(dir);
  await machine(dir, "first", http(server.url)).run({ push: true });
  const puts = server.asked.filter((line) => line.startsWith("PUT"));
  for (const key of machine(dir, "first", undefined).store().local.keys()) {
    const { outputs } = machine(dir, "first", undefined).store().local.remembered(key)!;
    const record = puts.indexOf(`PUT /${recordName(key)}`);
    for (const { kind, digest } of Object.values(outputs)) {
      if (kind === "file") assert(puts.indexOf(`PUT /${sharedName(digest)}`) < record);
    }
  }
  const lost = digestOf(machine(dir, "first", undefined), "train");
  Deno.removeSync(`${server.folder}/${sharedName(lost)}`);
  // `evaluate` is there all the same, under the key that the same bytes give.
  const { ran, tally, pushed } = await machine(dir, "second", http(server.url)).run({ push: true });
  assertEquals([ran, tally.refused], [["train"], 0]);
  assertEquals(pushed?.left, 0);
  assertEquals((await machine(dir, "third", http(server.url)).run({ wanted: ["train"] })).ran, []);
});

Deno.test("an object that was changed is refused, said, made anew and put in its place", async () => {
  await using dir = tempDir();
  await using server = cacheServer(dir);
  await machine(dir, "first", http(server.url)).run({ push: true });
  const path = `${server.folder}/${sharedName(digestOf(machine(dir, "first", undefined), "evaluate"))}`;
  const text = Deno.readTextFileSync(path);
  Deno.writeTextFileSync(path, text.replace(/.$/, "?"));
  const second = await machine(dir, "second", http(server.url)).run({ push: true });
  assertEquals([second.ran, second.tally.refused], [["evaluate"], 1]);
  assertMatch(
    second.warnings.join(),
    /^The object [0-9a-f]{8} \(out.txt\) in the cache is not used: found the SHA-256/,
  );
  assert(Deno.readTextFileSync(path) === text);
});

Deno.test("a record that was changed is refused, said, and replaced", async () => {
  await using dir = tempDir();
  await using server = cacheServer(dir);
  await machine(dir, "first", http(server.url)).run({ push: true });
  const { key } = machine(dir, "first", undefined).store().lastReceipt("evaluate")!;
  const path = `${server.folder}/${recordName(key)}`;
  const text = Deno.readTextFileSync(path);
  Deno.writeTextFileSync(path, text.replace('"slice":{}', '"slice":{"seed":1}'));
  const second = await machine(dir, "second", http(server.url)).run({ push: true });
  assertEquals([second.ran, second.tally.refused], [["evaluate"], 1]);
  assertStringIncludes(second.warnings.join(), "its bytes are not those that were written");
  assertEquals(JSON.parse(Deno.readTextFileSync(path)).receipt.fingerprint.slice, {});
});

Deno.test("whoever was first stays, where the same work gives other bytes", async () => {
  await using dir = tempDir();
  await using server = cacheServer(dir);
  const tasks = [task("train")];
  const stage = (text: string) => ({
    train: ({ request }: { readonly request: { readonly outDir: string } }) => {
      Deno.writeTextFileSync(`${request.outDir}/out.txt`, text);
      return { kind: "done" as const };
    },
  });
  await machine(dir, "first", http(server.url)).run({ push: true, tasks, stages: stage("one") });
  await machine(dir, "second", undefined).run({ tasks, stages: stage("two") });
  const second = await machine(dir, "second", http(server.url)).run({ push: true, tasks });
  assertEquals([second.ran, second.pushed?.pushed, second.pushed?.left], [[], 0, 0]);
  const third = machine(dir, "third", http(server.url));
  assertEquals((await third.run({ tasks })).ran, []);
  assertEquals(digestOf(third, "train"), digestOf(machine(dir, "first", undefined), "train"));
});

Deno.test("a server that is only to be read, or another token, takes nothing and hinders nobody", async () => {
  for (
    const [options, token, wanted] of [[{ write: false }, TOKEN, "only to be read"], [
      {},
      "other",
      "the token in STORE_REMOTE_TOKEN is not its own",
    ]] as const
  ) {
    await using dir = tempDir();
    await using server = cacheServer(dir, options);
    const { ran, warnings, pushed } = await machine(dir, "first", http(server.url, token)).run({
      push: true,
    });
    assertEquals([ran, warnings.length, pushed?.left], [ALL, 1, 4]);
    assertStringIncludes(warnings[0]!, wanted);
    assertEquals([...filesIn(`${server.folder}/objects`)], []);
  }
});

/** A proxy before a server that has everything of the chain. */
async function behindProxy(dir: TempDir, server: { readonly url: string; readonly port: number }) {
  await machine(dir, "first", http(server.url)).run({ push: true });
  const proxy = badProxy(server.port);
  return proxy;
}

/** Tricks for the answers that matter: the first so many of a kind, then honest ones. */
function tricks(method: string, kind: RegExp, ...list: readonly Trick[]) {
  let count = 0;
  return ({ method: asked, path }: { readonly method: string; readonly path: string }): Trick =>
    asked === method && kind.test(path) ? list[Math.min(count++, list.length - 1)]! : honest;
}

Deno.test("a transfer that is cut, again and again, goes on where it was", async () => {
  await using dir = tempDir();
  await using server = cacheServer(dir);
  await using proxy = await behindProxy(dir, server);
  const index = digestOf(machine(dir, "first", undefined), "index");
  proxy.trick = tricks("GET", new RegExp(index), cut(60_000), cut(0), cut(60_000), stall(60_000), honest);
  const second = await machine(dir, "second", http(proxy.url, TOKEN, IMPATIENT)).run({ wanted: ["index"] });
  assertEquals([second.ran, second.warnings], [[], []]);
  const sent = proxy.passed.filter(({ method, path }) => method === "GET" && path.includes(index)).map((
    { body },
  ) => body.length);
  assertEquals(sent, [200_000, 140_000, 140_000, 80_000, 20_000]);
});

Deno.test("a transfer that a process did not end is gone on with by the next one", async () => {
  await using dir = tempDir();
  await using server = cacheServer(dir);
  await using proxy = await behindProxy(dir, server);
  const index = digestOf(machine(dir, "first", undefined), "index");
  proxy.trick = tricks("GET", new RegExp(index), cut(60_000), silent);
  const given = await machine(dir, "second", http(proxy.url, TOKEN, IMPATIENT)).run({ wanted: ["index"] });
  assertEquals(given.ran, ["index"], "it was made here after three silences");
  // A third machine, whose first process could not get it and made nothing.
  const third = machine(dir, "third", http(proxy.url, TOKEN, IMPATIENT));
  proxy.trick = tricks("GET", new RegExp(index), cut(60_000), silent);
  const opened = third.store();
  const use = opened.begin();
  const plan = await planRun({ graph: { tasks: SHARED_CHAIN }, store: opened, code: fakeCode() });
  const state = plan.get("index")!;
  if (state.kind !== "fresh") throw new Error(`The index is ${state.kind}, not fresh`);
  assertEquals((await opened.cache.read(state.receipt.outputs["out.txt"]!, "out.txt")).kind, "damaged");
  use[Symbol.dispose]();
  proxy.trick = () => honest;
  const before = proxy.passed.length;
  assertEquals((await third.run({ wanted: ["index"] })).ran, []);
  const sent = proxy.passed.slice(before).filter(({ method, path }) =>
    method === "GET" && path.includes(index)
  );
  assertEquals(sent.map(({ body }) => body.length), [140_000]);
});

Deno.test("a proxy that lies or replays is found out, and what it spoils is made here", async () => {
  const spoilt: readonly (readonly [string, RegExp, Trick, number])[] = [
    ["flips a bit of objects", /objects/, lie, 1],
    ["flips a bit of records", /receipts/, lie, 4],
    ["answers with other objects", /objects/, replay, 1],
    ["answers with other records", /receipts/, replay, 3],
  ];
  for (const [name, kind, trick, refused] of spoilt) {
    await using dir = tempDir();
    await using server = cacheServer(dir);
    await using proxy = await behindProxy(dir, server);
    proxy.trick = ({ method, path }) => method === "GET" && kind.test(path) ? trick : honest;
    const first = machine(dir, "first", undefined);
    const second = machine(dir, "second", http(proxy.url));
    const { tally, ran } = await second.run({ wanted: ["index"] });
    assert(tally.refused >= Math.min(refused, 1), `${name}: ${tally.refused}`);
    assert(ran.length > 0, name);
    for (const made of ["index", "evaluate"]) {
      assertEquals(digestOf(second, made), digestOf(first, made), name);
    }
    assertEquals((await verifyStore(second.store(), { repair: false })).problems, [], name);
  }
});

Deno.test("a proxy that stalls costs little, and is told of once", async () => {
  await using dir = tempDir();
  await using server = cacheServer(dir);
  await using proxy = await behindProxy(dir, server);
  proxy.trick = ({ path }) => /receipts/.test(path) ? stall(10) : honest;
  const { ran, warnings } = await machine(dir, "second", http(proxy.url, TOKEN, IMPATIENT)).run();
  assertEquals([ran, warnings.length], [ALL, 1]);
  assertStringIncludes(warnings[0]!, "no answer in time");
});

Deno.test("a server that is overloaded for a moment is asked again", async () => {
  await using dir = tempDir();
  await using server = cacheServer(dir);
  await using proxy = await behindProxy(dir, server);
  proxy.trick = tricks("GET", /receipts/, status(503), status(429), honest);
  const { ran, warnings } = await machine(dir, "second", http(proxy.url)).run();
  assertEquals([ran, warnings], [[], []]);
});

Deno.test("a redirect is followed to where the bytes are, without what lets one write", async () => {
  await using dir = tempDir();
  await using server = cacheServer(dir);
  await machine(dir, "first", http(server.url)).run({ push: true });
  const seen: string[] = [];
  const elsewhere = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    seen.push(`${request.method} ${request.headers.has("authorization")}`);
    return Response.redirect(`${server.url}${new URL(request.url).pathname}`, 307);
  });
  const url = `http://127.0.0.1:${(elsewhere.addr as Deno.NetAddr).port}`;
  const second = await machine(dir, "second", http(url)).run();
  assertEquals([second.ran, second.warnings], [[], []]);
  const third = await machine(dir, "third", http(url)).run({ push: true, tasks: [task("new")] });
  assertEquals([third.ran, third.pushed?.left], [["new"], 1]);
  assertStringIncludes(third.warnings.join(), "name the place it leads to");
  await elsewhere.shutdown();
  assertEquals([...new Set(seen)].sort(), ["GET false", "HEAD false", "PUT true"]);
});

Deno.test("what failed, or whose input changed meanwhile, is not put there", async () => {
  await using dir = tempDir();
  await using server = cacheServer(dir);
  const list = dir.write("list.txt", "one");
  const ends: readonly (readonly [string, FakeStage, RegExp])[] = [
    ["fails", () => ({ kind: "failed", reason: "bad-audio", message: "No audio." }), /No audio/],
    ["ends without its output", () => ({ kind: "done" }), /without writing out\.txt/],
    ["reads what changes", (launch) => {
      Deno.writeTextFileSync(list, `${Math.random()}`);
      writeOutput(launch, "of the file as it was");
      return { kind: "done" };
    }, /changed/],
  ];
  for (const [name, stage, wanted] of ends) {
    const tasks = [task("train", { list })];
    const ending = machine(dir, name, http(server.url)).run({ push: true, tasks, stages: { train: stage } });
    const { message } = await assertRejects(() => ending, Error, "", name);
    assertMatch(message, wanted);
  }
  assertEquals([...filesIn(`${server.folder}/receipts`), ...filesIn(`${server.folder}/objects`)], []);
});
