/** The page as files: what its documents allow, and that a folder holds all of it or what was there before. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { createHash } from "node:crypto";
import { sha256 } from "../../../lib/base/digest.ts";
import { UserError } from "../../../lib/base/errors.ts";
import type { Route } from "../../../pipeline/demo/serve_io.ts";
import { aloneDocument, servedDocument } from "../../../pipeline/demo/site.ts";
import { writeSite } from "../../../pipeline/demo/site_io.ts";
import { bundledPackages } from "../../../pipeline/demo/bundle_io.ts";
import { partElement } from "../../../pipeline/demo/routes.ts";
import { tempDir } from "../../support/temp_dir.ts";

const ROOT = fromFileUrl(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const template = Deno.readTextFileSync(`${ROOT}/pipeline/demo/page.html`);
const parts = new Map([["models/0.safetensors", Uint8Array.of(1, 2, 250)]]);
const script = `const closing = "</script>"; const comment = "<!--";`;
const inside = { style: "p { color: red }", icon: "<svg/>", script, parts };

/** Of the policy in a document. */
function policyOf(html: string): Map<string, string> {
  const [, text] = /<meta http-equiv="Content-Security-Policy" content="([^"]+)">/.exec(html)!;
  return new Map(text!.split("; ").map((part) => [part.split(" ")[0]!, part.split(" ").slice(1).join(" ")]));
}

for (
  const [name, html] of [
    ["that is served", servedDocument(template)],
    ["that has all inside", aloneDocument(template, inside)],
  ] as const
) {
  Deno.test(`the document ${name} lets nothing in or out, and names each of its inline scripts and styles`, () => {
    const policy = policyOf(html);
    assertEquals([policy.get("default-src"), policy.get("worker-src")], ["'none'", "blob:"]);
    assert(!/https?:|\*|unsafe-inline|unsafe-eval'? *;|'unsafe-eval'/.test([...policy.values()].join("; ")));
    assert(!/\b(src|href)="(https?:)?\/\//.test(html));
    const beforePolicy = html.slice(0, html.indexOf("Content-Security-Policy"));
    assert(!/<(script|style|link)/.test(beforePolicy));
    const inline = [...html.matchAll(/<(script|style)( type="module")?>([\s\S]*?)<\/\1>/g)];
    assert(inline.length > 0);
    for (const [, element, , text] of inline) {
      const hash = createHash("sha256").update(text!).digest("base64");
      assert(policy.get(`${element}-src`)!.includes(`'sha256-${hash}'`), text);
    }
  });
}

Deno.test("the document that has all inside loads nothing and holds its parts' bytes", () => {
  const html = aloneDocument(template, inside);
  assert(!/<script[^>]* src=|<link rel="stylesheet"/.test(html));
  const [, text] = new RegExp(`id="${partElement("models/0.safetensors")}">([^<]*)<`).exec(html)!;
  assertEquals(atob(text!), "\x01\x02\xfa");
  const [, run] = /<script type="module">([\s\S]*?)<\/script>/.exec(html)!;
  assertEquals(new Function(`${run} return closing + comment`)(), "</script><!--");
});

Deno.test("a template that lacks a place is a mistake of the program, not a page without a policy", () => {
  assertThrows(() => servedDocument(template.replace('<meta charset="utf-8">', "")), Error, "must have");
  assertThrows(() => aloneDocument(template.replace("page.css", "other.css"), inside), Error, "must have");
});

Deno.test("nothing that the page is bundled from is a speech engine", () => {
  const packages = [...bundledPackages(ROOT)];
  assert(packages.some((id) => id.startsWith("@tensorflow/tfjs@")));
  assertEquals(packages.filter((id) => /echogarden|browser_wasi/.test(id)), []);
});

function routesWith(dir: string, digest?: string): Record<string, Route> {
  const model = `${dir}/model`;
  Deno.writeTextFileSync(model, "weights");
  const type = "text/plain";
  return {
    "/": { text: template, type },
    "/page.css": { text: "p {}", type },
    "/icon.svg": { text: "<svg/>", type },
    "/page.js": { text: "0;", type },
    "/thread.js": { text: "1;", type },
    "/models/0.safetensors": { file: model, sha256: digest ?? sha256("weights"), type },
  };
}

const options = { overwrite: false, servedOnly: ["thread.js"], licences: "MIT" };

function treeOf(folder: string, before = ""): string[] {
  return [...Deno.readDirSync(`${folder}/${before}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? treeOf(folder, `${before}${name}/`) : [before + name]
  ).sort();
}

Deno.test("a new or an empty folder gets all files, and an earlier export is replaced only when asked", async () => {
  await using dir = tempDir();
  const target = `${dir.path}/deep/site`;
  const { files, bytes } = await writeSite(target, routesWith(dir.path), options);
  assertEquals(treeOf(target), files);
  assertEquals(files.reduce((sum, file) => sum + Deno.statSync(`${target}/${file}`).size, 0), bytes);
  assert(!Deno.readTextFileSync(`${target}/offline.html`).includes(partElement("thread.js")));
  assertEquals(Deno.readTextFileSync(`${target}/models/0.safetensors`), "weights");
  await assertRejects(() => writeSite(target, routesWith(dir.path), options), UserError, "--overwrite");
  const { "/thread.js": _, ...fewer } = routesWith(dir.path);
  await writeSite(target, fewer, { ...options, overwrite: true });
  assertEquals(treeOf(target), files.filter((file) => file !== "thread.js"));
  assertEquals(treeOf(`${dir.path}/deep`).every((file) => file.startsWith("site/")), true);
  const inFile = `${dir.path}/model/site`;
  await assertRejects(
    () => writeSite(inFile, routesWith(dir.path), options),
    UserError,
    "a part of it is a file",
  );
  Deno.mkdirSync(`${dir.path}/empty`);
  await writeSite(`${dir.path}/empty`, routesWith(dir.path), options);
});

for (
  const [what, prepare, message] of [
    [
      "holds other things",
      (folder: string) => Deno.writeTextFileSync(`${folder}/thesis.tex`, ""),
      "thesis.tex",
    ],
    [
      "has a list that says nothing",
      (folder: string) => Deno.writeTextFileSync(`${folder}/contents.json`, "{"),
      "contents.json",
    ],
    ["is an export with more in it", async (folder: string) => {
      Deno.removeSync(folder);
      await writeSite(folder, routesWith(folder.replace(/\/site$/, "")), options);
      Deno.writeTextFileSync(`${folder}/models/CNAME`, "");
    }, "models/CNAME"],
    ["is a file", (folder: string) => {
      Deno.removeSync(folder);
      Deno.writeTextFileSync(folder, "");
    }, "it is a file"],
  ] as const
) {
  Deno.test(`a folder is left as it is if it ${what}`, async () => {
    await using dir = tempDir();
    const folder = `${dir.path}/site`;
    Deno.mkdirSync(folder);
    await prepare(folder);
    const before = treeOf(dir.path);
    const all = { ...options, overwrite: true };
    await assertRejects(() => writeSite(folder, routesWith(dir.path), all), UserError, message);
    assertEquals(
      treeOf(dir.path).filter((file) => file !== "model"),
      before.filter((file) => file !== "model"),
    );
  });
}

Deno.test("a fault half-way leaves what was there and nothing beside it", async () => {
  await using dir = tempDir();
  const target = `${dir.path}/site`;
  await writeSite(target, routesWith(dir.path), options);
  const before = treeOf(dir.path);
  const changed = routesWith(dir.path, sha256("other weights"));
  await assertRejects(
    () => writeSite(target, changed, { ...options, overwrite: true }),
    UserError,
    "was changed",
  );
  assertEquals(treeOf(dir.path), before);
});
