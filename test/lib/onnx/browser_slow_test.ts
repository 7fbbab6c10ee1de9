/// <reference lib="dom" />
/**
 * What leaves as ONNX answers in Chromium what it answers here: onnxruntime-web from a page of one's own server, under a
 * content security policy, which allows WebAssembly and neither `eval` nor other hosts.
 */
import { assert, assertEquals } from "@std/assert";
import { packageFolders } from "../../../pipeline/engine/code/packages_io.ts";
import { openForTest } from "../../support/backends.ts";
import { noBrowser, openBrowser, watchPage } from "../../support/browser.ts";
import { tempDir } from "../../support/temp_dir.ts";
import type { OnnxResult } from "../../onnx/onnx_io.ts";
import { asPreferred } from "../frontends/filters/front_ends.ts";
import { BC_RESNET } from "../incremental/streams.ts";
import { distance, exported } from "./networks.ts";
import { exportedStream, streamDistance } from "./streams.ts";

const TOLERANCE = 1e-4;
const ROOT = new URL("../../../", import.meta.url).pathname;
/** The build for WebAssembly alone, and what it loads. */
const RUNTIME = ["ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"];
/** `'wasm-unsafe-eval'` is WebAssembly; scripts and what they fetch are the page's own. */
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
const TYPES: Readonly<Record<string, string>> = {
  html: "text/html",
  js: "text/javascript",
  mjs: "text/javascript",
  wasm: "application/wasm",
};
const PAGE = `<!doctype html><script type="module" src="page.js"></script>`;
const SCRIPT = `
import * as ort from "./ort.wasm.min.mjs";

ort.env.wasm.wasmPaths = new URL("./", import.meta.url).href;
ort.env.wasm.numThreads = 1; // more need shared memory, which takes two headers of the server

const numbers = async (name) => new Float32Array(await (await fetch(name)).arrayBuffer());
const tensor = (values, dims) => new ort.Tensor("float32", values, dims);
const open = async (name) =>
  await ort.InferenceSession.create(new Uint8Array(await (await fetch(name)).arrayBuffer()), {
    executionProviders: ["wasm"],
  });
const told = ({ dims, data }) => ({ shape: [...dims], values: [...data] });

window.clips = async (model, wave, batch) => {
  const [session, values] = [await open(model), await numbers(wave)];
  const made = await session.run({ waveform: tensor(values, [batch, values.length / batch]) });
  return Object.fromEntries(Object.entries(made).map(([name, own]) => [name, told(own)]));
};

window.blocks = async (model, wave, batch, samples, size) => {
  const [session, values] = [await open(model), await numbers(wave)];
  const length = values.length / batch;
  let state = tensor(new Float32Array(batch * size), [batch, size]);
  const calls = [];
  for (let from = 0; from + samples <= length; from += samples) {
    const block = new Float32Array(batch * samples);
    for (let row = 0; row < batch; row++) {
      block.set(values.subarray(row * length + from, row * length + from + samples), row * samples);
    }
    const made = await session.run({ waveform: tensor(block, [batch, samples]), state });
    state = made.state_next;
    calls.push({ probabilities: told(made.probabilities), logits: told(made.logits), ready: told(made.ready) });
  }
  return calls;
};
window.isOpen = true;
`;

const reason = noBrowser();

Deno.test({
  name: `models in Chromium${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  ignore: reason !== undefined,
  // The driver's pipes outlive the browser by a moment.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await openForTest("wasm");
    await using folder = tempDir();
    const model = { ...BC_RESNET, edition: "kim", width: 1, padding: "causal" };
    const frontend = await asPreferred("nnaudio", "D");
    const clips = await exported(folder.path, "clips", frontend, "bc_resnet_kim", "clip");
    const stream = await exportedStream(folder.path, "stream", frontend, model, 10);
    await using server = serve(folder.path, await runtimeFolder());
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      const { complaints } = watchPage(page, "");
      await page.goto(server.url);
      await page.waitForFunction(() => "isOpen" in globalThis);

      await t.step("clips", async () => {
        const outputs: OnnxResult["outputs"][number][] = [];
        for (const [path, batch] of clips.case.waves) {
          outputs.push(
            await page.evaluate(
              ([model, wave, batch]) => (globalThis as unknown as Page).clips(model, wave, batch),
              [nameOf(clips.case.model), nameOf(path), batch] as const,
            ),
          );
        }
        const apart = distance(clips, { metadata: {}, outputs });
        assert(apart < TOLERANCE, `${apart} apart`);
      });

      await t.step("a stream, block by block", async () => {
        const [[path, batch]] = stream.case.waves as [readonly [string, number]];
        const { samples, state } = stream.case.blocks!;
        const calls = await page.evaluate(
          ([model, wave, ...sizes]) => (globalThis as unknown as Page).blocks(model, wave, ...sizes),
          [nameOf(stream.case.model), nameOf(path), batch, samples, state] as const,
        );
        const joined = (name: "probabilities" | "logits" | "ready") => ({
          shape: [calls.length, ...calls[0]![name].shape],
          values: calls.flatMap((call) => call[name].values),
        });
        const names = ["probabilities", "logits", "ready"] as const;
        const outputs = [Object.fromEntries(names.map((name) => [name, joined(name)]))];
        const far = streamDistance(stream, { metadata: {}, outputs });
        assert(far < TOLERANCE, `${far} apart`);
      });

      await t.step("nothing was asked of other hosts, and the policy was kept", () => {
        assertEquals(complaints.filter((said) => !said.startsWith(`request: ${server.url}`)), []);
      });
    } finally {
      await browser.close();
    }
  },
});

interface Told {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** What the page's script has. */
interface Page {
  clips(model: string, wave: string, batch: number): Promise<Readonly<Record<string, Told>>>;
  blocks(
    model: string,
    wave: string,
    batch: number,
    samples: number,
    state: number,
  ): Promise<readonly Readonly<Record<"probabilities" | "logits" | "ready", Told>>[]>;
}

async function runtimeFolder(): Promise<string> {
  const lock = "lib/onnx/onnxruntime-web.lock";
  const [folder] = (await packageFolders(ROOT, ["onnxruntime-web"], lock)).get("onnxruntime-web")!;
  return `${folder}/dist`;
}

/** Models and waves of a folder, the runtime of another, and the page. */
function serve(folder: string, runtime: string): AsyncDisposable & { readonly url: string } {
  const answer = (name: string): Uint8Array<ArrayBuffer> | string | undefined => {
    if (name === "") return PAGE;
    if (name === "page.js") return SCRIPT;
    if (RUNTIME.includes(name)) return Deno.readFileSync(`${runtime}/${name}`);
    return /^[\w-]+\.(onnx|f32)$/.test(name) ? Deno.readFileSync(`${folder}/${name}`) : undefined;
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ({ url }) => {
    const name = new URL(url).pathname.slice(1);
    const body = answer(name);
    if (body === undefined) return new Response("not here", { status: 404 });
    const type = TYPES[name === "" ? "html" : name.split(".").at(-1)!] ?? "application/octet-stream";
    return new Response(body, { headers: { "content-type": type, "content-security-policy": POLICY } });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function nameOf(path: string): string {
  return path.split("/").at(-1)!;
}
