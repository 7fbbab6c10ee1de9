/** The library's door: what it offers is documented, its examples run, and its portable part runs in a browser. */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, toFileUrl } from "@std/path";
import { tokenize } from "../../pipeline/engine/code/tokens.ts";
import { noBrowser, openBrowser } from "../support/browser.ts";
import { tempDir } from "../support/temp_dir.ts";

const ROOT = fromFileUrl(new URL("../..", import.meta.url));

/** In the order in which examples go on from one another. */
const NAMES = [
  "openBackend",
  "KINDS",
  "encodeWav16",
  "openRecording",
  "resample",
  "makeFrontend",
  "transformWave",
  "createClassifier",
  "readCheckpoint",
  "openRecogniser",
  "openListener",
  "WindowStream",
  "Detector",
];

Deno.test("the door has few names", async () => {
  const door: object = await import("../../lib/mod.ts");
  assertEquals(Object.keys(door).toSorted(), NAMES.toSorted());
});

Deno.test("deno doc finds nothing to complain of", async () => {
  const { success, text } = await deno(["doc", "--lint", "lib/mod.ts", "lib/browser.ts"]);
  assert(success, text);
});

Deno.test("the examples run, one after the other, and give what they say", async () => {
  await using folder = tempDir();
  const door = toFileUrl(`${ROOT}lib/mod.ts`).href;
  const examples = (await examplesOf()).map((code) => code.replaceAll("./lib/mod.ts", door));
  const path = `${folder.path}/examples.ts`;
  Deno.writeTextFileSync(path, examples.join("\n"));
  const { success, text, output } = await deno(["run", "--allow-all", "--check", "--frozen", path]);
  assert(success, text);
  assertEquals(output.trim().split("\n").length, examples.join("\n").match(/console\.log/g)!.length + 2);
  assert(output.includes("logmel [ 40, 51 ]") && output.includes("\n1\n"), output);
});

Deno.test({
  name: `the portable part computes in Chromium what it computes here${
    noBrowser() === undefined ? "" : ` (skipped: ${noBrowser()})`
  }`,
  ignore: noBrowser() !== undefined,
  fn: async () => {
    await using folder = tempDir();
    const bundle = `${folder.path}/page.js`;
    const page = "test/lib/browser_page.ts";
    const { success, text } = await deno(
      ["bundle", "--quiet", "--platform", "browser", "--frozen", "--output", bundle, page],
    );
    assert(success, text);
    const browser = await openBrowser();
    try {
      const tab = await browser.newPage();
      const errors: string[] = [];
      tab.on("pageerror", (error) => errors.push(error.message));
      await tab.addScriptTag({ content: Deno.readTextFileSync(bundle), type: "module" });
      await tab.waitForFunction("globalThis.portableResult !== undefined");
      const found = await tab.evaluate("globalThis.portableResult");
      assertEquals(errors, []);
      const { portableResult } = await import("./browser_page.ts");
      assertEquals(found, await portableResult());
    } finally {
      await browser.close();
    }
  },
});

Deno.test("the library gives no advice on a command line that it does not know", () => {
  const spelt =
    /\b(task|setting|seed|dataset|frontend|compression|model|optim|trainer|augment|decoder)(\.\w+)*=|\bdeno task\b/;
  const found: string[] = [];
  for (const path of walk("lib")) {
    const texts = tokenize(Deno.readTextFileSync(ROOT + path)).filter(({ kind }) =>
      kind === "string" || kind === "template"
    );
    found.push(...texts.filter(({ text }) => spelt.test(text)).map(({ text }) => `${path}: ${text}`));
  }
  assertEquals(found.filter((text) => !text.startsWith("lib/kernels/build/")), []);
});

/** The first block of each name's documentation. */
async function examplesOf(): Promise<string[]> {
  const { output } = await deno(["doc", "--json", "lib/mod.ts"]);
  const docs = documented(JSON.parse(output));
  return NAMES.map((name) => {
    const code = /```ts\n([\s\S]*?)```/.exec(docs.get(name) ?? "")?.[1];
    assert(code !== undefined, `${name} has no example`);
    return code!;
  });
}

function* walk(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(ROOT + folder)) {
    if (isDirectory) yield* walk(`${folder}/${name}`);
    else if (name.endsWith(".ts") && !name.endsWith(".as.ts")) yield `${folder}/${name}`;
  }
}

/** Name -> documentation, wherever `deno doc` puts symbols. */
function documented(value: unknown, docs = new Map<string, string>()): Map<string, string> {
  if (typeof value !== "object" || value === null) return docs;
  const { name, jsDoc, declarations } = value as {
    name?: unknown;
    jsDoc?: { doc?: string };
    declarations?: readonly { jsDoc?: { doc?: string } }[];
  };
  const doc = jsDoc?.doc ?? declarations?.[0]?.jsDoc?.doc;
  if (typeof name === "string" && doc !== undefined && !docs.has(name)) docs.set(name, doc);
  for (const inner of Object.values(value)) documented(inner, docs);
  return docs;
}

async function deno(args: readonly string[]) {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [args[0]!, ...(args[0] === "doc" ? [] : [`--config=${ROOT}deno.json`]), ...args.slice(1)],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { success, output: decoder.decode(stdout), text: decoder.decode(stderr) };
}
