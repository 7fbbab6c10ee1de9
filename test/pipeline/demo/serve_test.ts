import { assert, assertEquals } from "@std/assert";
import { sha256 } from "../../../lib/base/digest.ts";
import { answer, type Route } from "../../../pipeline/demo/serve_io.ts";

const file = Deno.makeTempFileSync();
Deno.writeTextFileSync(file, "content");
const routes: Readonly<Record<string, Route>> = {
  "/": { text: "<p>page</p>", type: "text/html" },
  "/file.wasm": { file, type: "application/wasm" },
  "/model": { file, sha256: sha256("content"), type: "application/octet-stream" },
  "/changed": { file, sha256: sha256("CONTENT"), type: "application/octet-stream" },
  "/gone": { file: `${file}-gone`, type: "text/plain" },
};

const site = { port: 9000, token: "t0ken", routes };

function ask(path: string, host = "127.0.0.1:9000", method = "GET", before = "/t0ken"): Promise<Response> {
  return answer(new Request(`http://127.0.0.1:9000${before}${path}`, { method, headers: { host } }), site);
}

Deno.test("the server gives what stands in its routes, with their types", async () => {
  const page = await ask("/");
  assertEquals([page.status, page.headers.get("content-type"), await page.text()], [
    200,
    "text/html",
    "<p>page</p>",
  ]);
  const found = await ask("/file.wasm");
  assertEquals([found.headers.get("content-type"), found.headers.get("content-length")], [
    "application/wasm",
    "7",
  ]);
  assertEquals(await found.text(), "content");
  assertEquals(await (await ask("/file.wasm", "localhost:9000", "HEAD")).text(), "");
});

Deno.test("a file that is no longer what its digest says is not served", async () => {
  const model = await ask("/model");
  assertEquals([model.status, model.headers.get("content-length"), await model.text()], [
    200,
    "7",
    "content",
  ]);
  const changed = await ask("/changed");
  assertEquals([changed.status, await changed.text()], [
    410,
    "This was changed on the disk: start the server again.\n",
  ]);
});

Deno.test("every answer isolates the page and lets nothing in or out", async () => {
  for (const path of ["/", "/file.wasm", "/nothing"]) {
    const { headers, body } = await ask(path);
    await body?.cancel();
    assertEquals(headers.get("cross-origin-opener-policy"), "same-origin");
    assertEquals(headers.get("cross-origin-embedder-policy"), "require-corp");
    const policy = headers.get("content-security-policy")!;
    assert(policy.startsWith("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';"), policy);
    assert(!/https?:|\*|unsafe-inline/.test(policy), policy);
  }
});

const refused: readonly (readonly [string, Promise<Response>, number])[] = [
  ["another path", ask("/nothing"), 404],
  ["a path of a prototype", ask("/constructor"), 404],
  ["a path out of the folder", ask("/..%2f..%2fetc/passwd"), 404],
  ["a file that went", ask("/gone"), 404],
  ["a name that somebody else's page resolves to this machine", ask("/", "evil.example:9000"), 403],
  ["another port's host", ask("/", "127.0.0.1:9001"), 403],
  ["who does not know the address", ask("/", "127.0.0.1:9000", "GET", ""), 403],
  ["who knows a part of it", ask("/", "127.0.0.1:9000", "GET", "/t0ke"), 403],
  ["who guesses", ask("/file.wasm", "127.0.0.1:9000", "GET", "/t0keN"), 403],
  ["who knows the paths behind it", ask("/file.wasm", "127.0.0.1:9000", "GET", ""), 403],
  ["anything but reading", ask("/", "127.0.0.1:9000", "POST"), 405],
];
for (const [what, response, status] of refused) {
  Deno.test(`the server refuses ${what}`, async () => {
    const { status: found, body } = await response;
    await body?.cancel();
    assertEquals(found, status);
  });
}
