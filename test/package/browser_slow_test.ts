/** The npm package in Chromium, whose microphone plays a file: as the README has it, as an element, and bundled by Vite. */
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { encodeWav16 } from "../../lib/audio/wav.ts";
import { noBrowser, openBrowser } from "../support/browser.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";
import { noRegistry, projectWith, run, zippedBytes } from "./installed.ts";
import { SAID, toneModel, toneSound } from "./tone_model.ts";

/** What a page that only listens may download besides its model, after gzip. */
const MOST_BYTES = 250_000;
/** Exactly pinned, and installed where the tests run only. */
const VITE = "vite@8.4.0";
/** Of what a microphone gives: not the model's rate. */
const RATE = 44_100;
/** Long enough for all that is said, on a busy machine. */
const LISTEN_MS = 60_000;
const PACKAGE = "node_modules/trainable-front-ends";
/** The page's own files, and WebAssembly. */
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; style-src 'self'; img-src 'self' data:";

const offline = await noRegistry();
const WORDS = SAID.map(([word]) => word);
const absent = noBrowser();
const inBrowser = (name: string, fn: () => Promise<void>, missing = absent) =>
  Deno.test({
    name: missing === undefined ? name : `${name} (skipped: ${missing})`,
    ignore: missing !== undefined,
    sanitizeOps: false, // the browser's
    sanitizeResources: false,
    fn,
  });

const model = absent === undefined ? await toneModel() : new Uint8Array();

inBrowser(
  "the README's example hears the microphone, under a content security policy, in few bytes",
  async () => {
    await using project = await projectWith("--offline");
    const example = /```html\n([\s\S]*?)```/.exec(
      Deno.readTextFileSync(`${project.path}/${PACKAGE}/README.md`),
    )![1]!;
    const [, before, script] = /^([\s\S]*)<script type="module">\n([\s\S]*)<\/script>/.exec(example)!;
    assert(script!.trim().split("\n").length <= 10, `an example of ten lines: ${script}`);
    project.write("main.js", script!.replace('"trainable-front-ends"', `"/${PACKAGE}/dist/spotter.js"`));
    project.write("index.html", pageOf(`${before}<script type="module" src="main.js"></script>`));
    Deno.writeFileSync(`${project.path}/model.safetensors`, model);
    await using site = serve(project.path, POLICY);
    await inPage(async (page, watched) => {
      await page.goto(site.address);
      await page.click("button");
      const said = await wordsIn(page, "output");
      assertEquals(said.map(({ word }) => word), WORDS);
      // The microphone began to play before it was listened to.
      assert(
        Math.abs(said[1]!.time - said[0]!.time - (SAID[1]![1] - SAID[0]![1])) < 0.6,
        JSON.stringify(said),
      );
      assertEquals(watched.complaints, []);
    });
    const scripts = [...site.served].filter((path) => path.endsWith(".js") && path !== "/main.js");
    assertEquals(scripts.map((path) => path.replace(/.*\//, "")).sort(), [
      "assets.js",
      "capture.js",
      "spotter.js",
    ]);
    let bytes = 0;
    for (const path of scripts) bytes += await zippedBytes(Deno.readFileSync(project.path + path));
    assert(
      bytes < MOST_BYTES,
      `a page that listens downloads ${bytes} bytes, wanted fewer than ${MOST_BYTES}`,
    );
    const told = /(\d+) kB gzipped/.exec(Deno.readTextFileSync(`${project.path}/${PACKAGE}/README.md`))![1];
    assertEquals(Number(told), Math.ceil(bytes / 1000), "the size that the README tells");
  },
);

inBrowser("the element listens, stops and begins again, without a bundler", async () => {
  await using project = await projectWith("--offline");
  project.write("index.html", pageOf(ELEMENT));
  project.write(
    "main.js",
    `globalThis.heard = [];
addEventListener("keyword", ({ detail }) => heard.push(detail));
`,
  );
  Deno.writeFileSync(`${project.path}/model.safetensors`, model);
  await using site = serve(project.path, POLICY);
  await inPage(async (page, watched) => {
    await page.goto(site.address);
    await page.click("keyword-spotter button");
    await page.click("keyword-spotter button");
    await page.click("keyword-spotter button"); // stopped before it began, it begins again
    await until(page, `heard.length === ${WORDS.length}`);
    assertEquals(await page.evaluate("heard.map(({ word }) => word)"), WORDS);
    assertEquals(await page.textContent("keyword-spotter button"), "Stop");
    await page.click("keyword-spotter button");
    assertEquals(await page.textContent("keyword-spotter button"), "Listen");
    assertEquals(watched.complaints, []);
  });
});

inBrowser("the element's threshold is a number, or JSON by word, and what is neither is told", async () => {
  await using project = await projectWith("--offline");
  project.write("index.html", pageOf(ELEMENT));
  project.write(
    "main.js",
    `globalThis.told = [];
addEventListener("ready", () => told.push("ready"), true);
addEventListener("error", ({ message }) => told.push(message), true);
`,
  );
  Deno.writeFileSync(`${project.path}/model.safetensors`, model);
  await using site = serve(project.path, POLICY);
  await inPage(async (page) => {
    await page.goto(site.address);
    await until(page, "told.length === 1");
    const texts = ["0.7", '{"low": 0.6}', '{"middle": 0.6}', '{"low": 2}', '{"low": ', "much"];
    for (const [i, text] of texts.entries()) {
      await page.locator("keyword-spotter").evaluate(
        (own: { setAttribute(name: string, value: string): void }, text) =>
          own.setAttribute("threshold", text),
        text,
      );
      await until(page, `told.length === ${i + 2}`);
    }
    const told = await page.evaluate("told") as string[];
    assertEquals(told.slice(0, 3), ["ready", "ready", "ready"]);
    const wanted = [
      'for "middle"',
      "threshold of low 2",
      'threshold {"low": : wanted a number',
      "threshold NaN",
    ];
    wanted.forEach((part, i) => assert(told[i + 3]!.includes(part), told[i + 3]));
  });
});

inBrowser("a model that is none is refused in the page, in a sentence", async () => {
  await using project = await projectWith("--offline");
  project.write("index.html", pageOf(ELEMENT));
  project.write(
    "main.js",
    `addEventListener("error", ({ message }) => globalThis.failed = message, true);\n`,
  );
  project.write("model.safetensors", "<!doctype html><p>Not found");
  await using site = serve(project.path, POLICY);
  await inPage(async (page) => {
    await page.goto(site.address);
    await until(page, "globalThis.failed !== undefined");
    const failed = String(await page.evaluate("failed"));
    assert(failed.includes("found a page of HTML, wanted a safetensors file"), failed);
  });
});

inBrowser(
  "an empty Vite project listens, built under a content security policy, and while it is developed",
  async () => {
    await using project = await viteProject();
    const vite = `${project.path}/node_modules/vite/bin/vite.js`;
    await run("node", [vite, "build"], project.path);
    assertEquals(
      [...Deno.readDirSync(`${project.path}/dist/assets`)].filter(({ name }) => name.startsWith("capture"))
        .length,
      1,
    );
    {
      await using site = serve(`${project.path}/dist`, POLICY);
      await inPage((page, watched) => hearsWords(page, site.address, watched));
      assert(
        ![...site.served].some((path) => /tensors.*\.js$/.test(path)),
        "a page that listens needs no tensors",
      );
    }
    const server = new Deno.Command("node", {
      args: [vite, "--port", "0", "--host", "127.0.0.1"],
      cwd: project.path,
      env: { NO_COLOR: "1" },
      stdout: "piped",
      stderr: "null",
    }).spawn();
    try {
      const address = await addressIn(server.stdout);
      await inPage((page, watched) => hearsWords(page, address, watched));
    } finally {
      server.kill();
      await server.status;
    }
  },
  absent ?? offline,
);

async function hearsWords(page: Page, address: string, watched: Watched): Promise<void> {
  await page.goto(address);
  await page.waitForSelector("html[data-ready]", { timeout: LISTEN_MS });
  await page.click("button");
  assertEquals((await wordsIn(page, "output")).map(({ word }) => word), WORDS);
  assertEquals(watched.complaints, []);
}

/** As `npm create vite` leaves it, without a framework. */
async function viteProject(): Promise<TempDir> {
  const project = await projectWith(VITE);
  project.write(
    "index.html",
    pageOf('<button>Listen</button> <output></output><script type="module" src="/main.js"></script>'),
  );
  project.write(
    "main.js",
    `import { KeywordSpotter } from "trainable-front-ends";
const spotter = await KeywordSpotter.load("model.safetensors");
document.documentElement.dataset.ready = "";
document.querySelector("button").onclick = async () => {
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
  for await (const { word, confidence, time } of spotter.listen(microphone)) {
    document.querySelector("output").append(\`\${word} (\${confidence.toFixed(2)}, \${time.toFixed(1)} s) \`);
  }
};
`,
  );
  Deno.mkdirSync(`${project.path}/public`);
  Deno.writeFileSync(`${project.path}/public/model.safetensors`, model);
  return project;
}

const ELEMENT = `<script type="module" src="main.js"></script>
<script type="module" src="/${PACKAGE}/dist/element.js"></script>
<keyword-spotter src="model.safetensors"></keyword-spotter>`;

function pageOf(body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Test</title><link rel="icon" href="data:,">${body}`;
}

/** What a page shows of the words that it has heard, when all were. */
async function wordsIn(page: Page, selector: string): Promise<{ word: string; time: number }[]> {
  const all = `document.querySelector("${selector}").textContent.split(" s)").length > ${WORDS.length}`;
  await until(page, all);
  const text = await page.textContent(selector);
  return [...text!.matchAll(/(\w+) \([\d.]+, ([\d.]+) s\)/g)].map(([, word, time]) => ({
    word: word!,
    time: Number(time),
  }));
}

/** Asked from here: in the page, looking again would be code made of text, which its policy forbids. */
async function until(page: Page, condition: string): Promise<void> {
  const end = Date.now() + LISTEN_MS;
  while (await page.evaluate(condition) !== true) {
    if (Date.now() > end) {
      throw new Error(`Waited in vain for ${condition}; the page shows: ${await page.innerText("body")}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

interface Watched {
  /** Messages on the console and errors. */
  readonly complaints: string[];
}

/** A browser of its own, so that its microphone begins to play anew. */
async function inPage(use: (page: Page, watched: Watched) => Promise<void>): Promise<void> {
  await using folder = tempDir();
  const heard = `${folder.path}/heard.wav`;
  Deno.writeFileSync(heard, encodeWav16(toneSound(RATE), RATE));
  const browser = await openBrowser([
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    `--use-file-for-fake-audio-capture=${heard}%noloop`,
  ]);
  try {
    const context = await browser.newContext({ permissions: ["microphone"] });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) {
        complaints.push(`${message.type()}: ${message.text()}`);
      }
    });
    page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
    await use(page, { complaints });
  } finally {
    await browser.close();
  }
}

interface Site extends AsyncDisposable {
  readonly address: string;
  /** Paths that were asked for. */
  readonly served: ReadonlySet<string>;
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html",
  js: "text/javascript",
  css: "text/css",
  wasm: "application/wasm",
};

/** A folder's files, as a static host has them: without cross-origin isolation. */
function serve(folder: string, policy: string): Site {
  const served = new Set<string>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const path = decodeURIComponent(new URL(request.url).pathname).replace(/\/$/, "/index.html");
    served.add(path);
    try {
      const body = await Deno.readFile(folder + path);
      const type = TYPES[path.split(".").at(-1)!] ?? "application/octet-stream";
      return new Response(body, { headers: { "content-type": type, "content-security-policy": policy } });
    } catch {
      return new Response("not found", { status: 404 });
    }
  });
  return {
    address: `http://127.0.0.1:${server.addr.port}/`,
    served,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Of a server that prints it. */
async function addressIn(output: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const part of output) {
    text += decoder.decode(part, { stream: true });
    const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(text)?.[0];
    if (found !== undefined) return found;
  }
  throw new Error(`The server said no address: ${text}`);
}
