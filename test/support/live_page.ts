/// <reference lib="dom" />
/** The live page for tests: opened in a browser, with all that goes wrong in it written down. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { decodeWav, encodeWav16 } from "../../lib/audio/wav.ts";
import { Rng } from "../../lib/base/random.ts";

/** @throws {Error} With what it complains of, if it ends before. */
export async function firstLine(process: Deno.ChildProcess): Promise<string> {
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`It ended: ${await new Response(process.stderr).text()}`);
    text += value;
  }
  reader.releaseLock();
  return text.split("\n")[0]!;
}

/** Pages of one server, and all that went wrong in them. */
export class Site {
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #url: string;
  #context: BrowserContext | undefined;

  constructor(browser: Browser, url: string) {
    this.#browser = browser;
    this.#url = url;
  }

  async close(): Promise<void> {
    await this.#context?.close();
    this.#context = undefined;
  }

  /** A fresh page whose model is loaded; the one before is closed. */
  async open(options: Parameters<Browser["newContext"]>[0] = {}, document = ""): Promise<Page> {
    await this.close();
    this.#context = await this.#browser.newContext({ permissions: ["microphone"], ...options });
    const page = await this.#context.newPage();
    page.on("console", (message) => this.complaints.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("request", (request) => {
      if (!isOwn(request.url(), this.#url)) this.complaints.push(`request: ${request.url()}`);
    });
    await page.goto(this.#url + document);
    await page.waitForSelector("html[data-ready=true]");
    return page;
  }
}

/** Blobs and data are of what the page has. */
function isOwn(address: string, own: string): boolean {
  return address.startsWith(own) || address.startsWith("blob:") || address.startsWith("data:");
}

/** Of the models offered. */
export async function choose(page: Page, model: string): Promise<void> {
  await page.selectOption("#model", model);
  await page.waitForSelector("html[data-ready=true]");
}

/** Whether a canvas has more than one colour. */
export async function drawn(page: Page, id: string): Promise<boolean> {
  return await page.evaluate((id) => {
    const canvas = document.getElementById(id) as HTMLCanvasElement;
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size > 3;
  }, id);
}

/** The first recording of a word. */
export function wordIn(tones: string, word: string): Float32Array {
  const [first] = [...Deno.readDirSync(`${tones}/${word}`)].map(({ name }) => name).sort();
  return decodeWav(Deno.readFileSync(`${tones}/${word}/${first}`), word).samples;
}

export function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A word of each class with near silence around, for a microphone that begins anew at the end. */
export function conversation(tones: string): Uint8Array {
  const rng = Rng.fromSeed("room");
  const pause = Float32Array.from({ length: 16000 }, () => 0.01 * rng.normal());
  return encodeWav16(joined(["yes", "no"].flatMap((word) => [wordIn(tones, word), pause])), 16000);
}

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css",
  html: "text/html",
  js: "text/javascript",
  json: "application/json",
  svg: "image/svg+xml",
  wasm: "application/wasm",
};

/** A server that knows nothing of what it serves: files, and no headers but their type. */
export function serveFolder(folder: string): AsyncDisposable & { readonly url: string } {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async ({ url }) => {
    const path = new URL(url).pathname.replace(/\/$/, "/index.html");
    try {
      const type = TYPES[path.split(".").at(-1)!] ?? "application/octet-stream";
      return new Response(await Deno.readFile(folder + path), { headers: { "content-type": type } });
    } catch {
      return new Response("not here", { status: 404 });
    }
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
