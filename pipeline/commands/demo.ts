/** `demo`: serves a page on this machine in which trained models listen. */
import {
  argument,
  type InferValue,
  integer,
  merge,
  message,
  object,
  option,
  optional,
  withDefault,
} from "@optique/core";
import { UserError } from "../../lib/base/errors.ts";
import { RowReader } from "../../lib/formats/safetensors_io.ts";
import { parseCheckpoint } from "../../lib/records/checkpoint.ts";
import { bundleScripts } from "../demo/bundle_io.ts";
import type { OfferedModel } from "../demo/messages.ts";
import { FILES, modelAddress } from "../demo/routes.ts";
import type { Route, ServeRequest } from "../demo/serve_io.ts";
import { packageFolders } from "../engine/code/packages_io.ts";
import { permissionFlag } from "../engine/process/permissions.ts";
import type { Store } from "../engine/store/store_io.ts";
import type { TaskKey } from "../engine/types.ts";
import { findRuns, shownRuns } from "../runs/find_io.ts";
import { openIndex } from "../runs/index_io.ts";
import { type FoundRun, searchRuns } from "../runs/search.ts";
import { count } from "../report/text/wording.ts";
import { defineCommand } from "./shared/command.ts";
import { location } from "./shared/flags.ts";
import { oneOf, storedRuns } from "./shared/names_io.ts";
import { openProject } from "./shared/project_io.ts";
import { openProjectStore } from "./shared/project_store_io.ts";
import { tunedOutput } from "./shared/tuned_io.ts";
import { onSignal } from "./shared/signals_io.ts";
import { print, tell } from "../reporters/print_io.ts";

/** More would only make the list long. */
const MOST_MODELS = 50;
/** More than anybody can try. */
const TOKEN_BYTES = 16;
const BACKEND = "@tensorflow/tfjs-backend-wasm";

const what = object({
  run: optional(argument(oneOf("RUN", storedRuns), {
    description: message`Only runs of this id, or with this in their names (default: all, the best first).`,
  })),
  port: withDefault(
    option("--port", integer({ min: 0, max: 65535, metavar: "PORT" }), {
      description: message`Where the page is served on this machine; 0 for any free port.`,
    }),
    8460,
  ),
});

const parser = merge(what, location);

export const command = defineCommand({
  brief: message`Serve a page in which trained models listen.`,
  description:
    message`A microphone or a dropped recording, the learned spectrogram beside the initial one, probabilities and detected words. Only the address that is printed opens it, on this machine; sound stays in the browser.`,
  examples: [
    ["demo", "all models"],
    ["demo bc_resnet-nnaudio-D --port 9000", "some of them, elsewhere"],
  ],
  parser,
  run: serveDemo,
});

/** Serves until it is interrupted. */
async function serveDemo(flags: InferValue<typeof parser>): Promise<number> {
  const project = openProject();
  const store = openProjectStore(project, flags.store, "read");
  const models = await modelsIn(store, flags.run);
  store.uses.planned();
  const scripts = await bundleScripts(project.root, `${project.root}/data/demo`, () => {
    tell("Bundling the page's scripts (once, until their code changes) ...");
  });
  const [backend] = (await packageFolders(project.root, [BACKEND])).get(BACKEND) ?? [];
  if (backend === undefined) throw new Error(`${BACKEND} is not in the npm cache`);
  const routes = routesTo(project.root, scripts, `${backend}/dist`, models);
  const token = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)).toHex();
  return await serve(project.root, { port: flags.port, token, routes }, (port) => {
    const url = `http://127.0.0.1:${port}/${token}/`;
    if (flags.json) return print(JSON.stringify({ url, models: models.map(({ offered }) => offered) }));
    print(`${count(models.length, "model")} at ${url} (Ctrl-C ends it)`);
  });
}

interface Model {
  readonly offered: OfferedModel;
  readonly file: string;
  readonly sha256: string;
}

/** The newest training of each run that classifies clips; the best come first. */
async function modelsIn(store: Store, pattern: string | undefined): Promise<Model[]> {
  using index = await openIndex(store);
  const newest = new Map<string, FoundRun>();
  const { database } = index;
  const runs = pattern === undefined
    ? {}
    : { runs: shownRuns(database, findRuns(store, database, pattern), pattern) };
  for (const run of searchRuns(database, { conditions: [], ...runs })) {
    if (!newest.has(run.run)) newest.set(run.run, run);
  }
  const rate = ({ fields }: FoundRun) => Number(fields.get("accuracy")?.value ?? -1);
  const models: Model[] = [];
  for (const run of [...newest.values()].sort((a, b) => rate(b) - rate(a))) {
    if (models.length < MOST_MODELS) models.push(...await modelOf(run, store));
  }
  if (models.length === 0) {
    throw new UserError(
      "usage",
      pattern === undefined
        ? `Cannot serve the page: no trained model is in the store ${store.location}. Run deno task kws first.`
        : `Cannot serve the page: no trained model has ${
          JSON.stringify(pattern)
        } as its id or in its name. deno task runs lists them.`,
    );
  }
  return models;
}

async function modelOf({ key, run, fields }: FoundRun, store: Store): Promise<Model[]> {
  const state = fields.get("trainer.test")?.value ?? "best"; // the one that the accuracy is of
  const plain = (await store.cache.lookup(key as TaskKey))?.outputs[`${state}.safetensors`];
  if (plain === undefined) return [];
  const output = tunedOutput(store, run, plain) ?? plain;
  const reading = await store.cache.read(output, `${state}.safetensors`);
  if (reading.kind === "damaged") {
    tell(
      `${run} is left out: its ${state} checkpoint was changed in the store (${reading.problem}) and no longer counts. ` +
        `The command that trained it makes it anew.`,
    );
    return [];
  }
  const { path: file } = reading;
  if (!listens(file)) return [];
  const [accuracy, tested] = ["accuracy", "tested"].map((name) => fields.get(name)?.value);
  return [{
    offered: {
      id: key.slice(0, 16),
      run,
      setting: String(fields.get("setting")?.value ?? ""),
      dataset: String(fields.get("dataset")?.value ?? ""),
      accuracy: typeof accuracy === "number" ? accuracy : null,
      tested: typeof tested === "number" ? tested : null,
    },
    file,
    sha256: output.digest,
  }];
}

/** Whether a checkpoint's network takes clips of one length; those of earlier versions say nothing that counts. */
function listens(file: string): boolean {
  const reader = new RowReader(file);
  try {
    return (parseCheckpoint(reader.header.metadata, file)?.clipSamples ?? null) !== null;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  } finally {
    reader.close();
  }
}

const SCRIPT = "text/javascript; charset=utf-8";
const WASM = "application/wasm";

function routesTo(
  root: string,
  scripts: string,
  backend: string,
  models: readonly Model[],
): ServeRequest["routes"] {
  const page = `${root}/pipeline/demo`;
  const kernels = `${root}/lib/kernels/wasm`;
  const own: Record<string, Route> = {
    "/": { file: `${page}/page.html`, type: "text/html; charset=utf-8" },
    "/page.css": { file: `${page}/page.css`, type: "text/css; charset=utf-8" },
    "/icon.svg": { file: `${page}/icon.svg`, type: "image/svg+xml" },
    "/page.js": { file: `${scripts}/page.js`, type: SCRIPT },
    [`/${FILES.worker}`]: { file: `${scripts}/worker.js`, type: SCRIPT },
    [`/${FILES.capture}`]: { file: `${scripts}/capture.js`, type: SCRIPT },
    [`/${FILES.thread}`]: { file: `${scripts}/thread.js`, type: SCRIPT },
    [`/${FILES.kernels}`]: { file: `${kernels}/kernels.wasm`, type: WASM },
    [`/${FILES.sharedKernels}`]: { file: `${kernels}/kernels_shared.wasm`, type: WASM },
    [`/${FILES.backend}tfjs-backend-wasm-simd.wasm`]: {
      file: `${backend}/tfjs-backend-wasm-simd.wasm`,
      type: WASM,
    },
    [`/${FILES.models}`]: {
      text: JSON.stringify(models.map(({ offered }) => offered)),
      type: "application/json; charset=utf-8",
    },
  };
  for (const { offered, file, sha256 } of models) {
    own[`/${modelAddress(offered.id)}`] = { file, sha256, type: "application/octet-stream" };
  }
  return own;
}

async function serve(
  root: string,
  request: ServeRequest,
  onListening: (port: number) => void,
): Promise<number> {
  const files = Object.values(request.routes).flatMap((route) => "file" in route ? [route.file] : []);
  // deno-fmt-ignore
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run", "--no-prompt", "--quiet", "--frozen", "--cached-only", `--config=${root}/deno.json`,
      ...permissionFlag("net", [`127.0.0.1:${request.port}`]), ...permissionFlag("read", files),
      `${root}/pipeline/demo/serve_io.ts`,
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
  using _listening = onSignal(() => void writer.close().catch(() => {}));
  const reader = child.stdout.getReader();
  const said = (await reader.read()).value;
  if (said !== undefined) onListening(JSON.parse(new TextDecoder().decode(said)).port);
  const [{ code, signal }, errors] = await Promise.all([child.status, new Response(child.stderr).text()]);
  await reader.cancel();
  if (/AddrInUse|address already in use/i.test(errors)) {
    throw new UserError(
      "usage",
      `Cannot serve on port ${request.port}: another program uses it. Give another one with --port, or --port 0 for any.`,
    );
  }
  if (code === 0 || signal !== null) return 0;
  throw new Error(`The page's server ended with status ${code}: ${errors}`);
}
