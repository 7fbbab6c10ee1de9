/** `demo`: serves a page on this machine in which trained models listen, or writes it as files for any server. */
import {
  argument,
  type InferValue,
  integer,
  merge,
  message,
  multiple,
  object,
  option,
  optional,
  string,
} from "@optique/core";
import { resolve } from "node:path";
import { sha256 } from "../../lib/base/digest.ts";
import { UserError } from "../../lib/base/errors.ts";
import { readTensors } from "../../lib/formats/safetensors_io.ts";
import { bundledPackages, bundleScripts } from "../demo/bundle_io.ts";
import { licencesOf } from "../demo/licences_io.ts";
import type { Offer } from "../demo/messages.ts";
import { backgroundAddress, FILES, modelAddress } from "../demo/routes.ts";
import type { Route, ServeRequest } from "../demo/serve_io.ts";
import { DOCUMENTS } from "../demo/site.ts";
import { writeSite } from "../demo/site_io.ts";
import { packageFolders } from "../engine/code/packages_io.ts";
import { permissionFlag } from "../engine/process/permissions.ts";
import { count } from "../report/text/wording.ts";
import { defineCommand } from "./shared/command.ts";
import { location } from "./shared/flags.ts";
import { oneOf, storedRuns } from "./shared/names_io.ts";
import { type Model, modelOfFile, modelsOfRuns } from "./shared/offered_models_io.ts";
import { openProject, type Project } from "./shared/project_io.ts";
import { openProjectStore } from "./shared/project_store_io.ts";
import { runServer } from "./shared/server_process_io.ts";
import { print, tell } from "../reporters/print_io.ts";

const USUAL_PORT = 8460;
/** More than anybody can try. */
const TOKEN_BYTES = 16;
const BACKEND = "@tensorflow/tfjs-backend-wasm";
/** Of an exported page all packages are told of; the worker's module reaches most. */
const WORKER = "pipeline/demo/worker_io.ts";

const what = object({
  runs: multiple(argument(oneOf("RUN", storedRuns), {
    description: message`Only runs of this id, or with this in their names (default: all, the best first).`,
  })),
  checkpoints: multiple(option("--checkpoint", string({ metavar: "FILE" }), {
    description: message`A safetensors file of a training on words; alone, or beside runs. May be repeated.`,
  })),
  backgrounds: multiple(option("--background", string({ metavar: "FILE" }), {
    description:
      message`What own words that are recorded in the page are told from: a file of embeddings that deno task enroll made of a model's training clips. May be repeated.`,
  })),
  port: optional(
    option("--port", integer({ min: 0, max: 65535, metavar: "PORT" }), {
      description:
        message`Where the page is served on this machine; 0 for any free port (default: ${USUAL_PORT.toString()}).`,
    }),
  ),
  export: optional(option("--export", string({ metavar: "DIR" }), {
    description:
      message`Serve nothing: write the page with the models as files that any web server serves, to a folder that is new or empty.`,
  })),
  overwrite: option("--overwrite", { description: message`Replace an earlier export in DIR.` }),
});

const parser = merge(what, location);

export const command = defineCommand({
  brief: message`Serve a page in which trained models listen.`,
  description:
    message`A microphone or a dropped recording, the learned spectrogram beside the initial one, probabilities and detected words. Only the address that is printed opens it, on this machine; sound stays in the browser.`,
  examples: [
    ["demo", "all models"],
    ["demo bc_resnet-nnaudio-D --port 9000", "some of them, elsewhere"],
    ["demo spotter --checkpoint mine.safetensors --export site", "as files for any web server"],
  ],
  parser,
  run: serveDemo,
});

type Flags = InferValue<typeof parser>;

/** Serves until it is interrupted, or writes. */
async function serveDemo(flags: Flags): Promise<number> {
  refuseOptions(flags);
  const project = openProject();
  const models = await modelsOf(project, flags);
  const scripts = await bundleScripts(project.root, `${project.root}/data/demo`, () => {
    tell("Bundling the page's scripts (once, until their code changes) ...");
  });
  const [backend] = (await packageFolders(project.root, [BACKEND])).get(BACKEND) ?? [];
  if (backend === undefined) throw new Error(`${BACKEND} is not in the npm cache`);
  const routes = routesTo(
    project.root,
    scripts,
    `${backend}/dist`,
    models,
    backgroundsOf(project.here, flags.backgrounds),
  );
  if (flags.export !== undefined) return await exportPage(project, flags, routes, models);
  const token = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)).toHex();
  return await serve(project.root, { port: flags.port ?? USUAL_PORT, token, routes }, (port) => {
    const url = `http://127.0.0.1:${port}/${token}/`;
    if (flags.json) return print(JSON.stringify({ url, models: models.map(({ offered }) => offered) }));
    print(`${count(models.length, "model")} at ${url} (Ctrl-C ends it)`);
  });
}

/** @throws {UserError} `usage` for what would have no effect. */
function refuseOptions({ export: folder, port, overwrite }: Flags): void {
  if (folder !== undefined && port !== undefined) {
    throw new UserError(
      "usage",
      "Cannot export with --port: nothing is served. Leave out one of --export and --port.",
    );
  }
  if (folder === undefined && overwrite) {
    throw new UserError(
      "usage",
      "Cannot overwrite: nothing is written. Leave --overwrite out, or add --export DIR.",
    );
  }
}

/** Of runs the best first, then files in the order in which they were typed; each once. */
async function modelsOf(
  project: Project,
  { runs, checkpoints, store: flag }: Flags,
): Promise<readonly Model[]> {
  const files = checkpoints.map((name) => modelOfFile(project.here, name));
  const models = runs.length === 0 && files.length > 0 ? files : [...await ofStore(), ...files];
  return [...new Map(models.map((model) => [model.offered.id, model])).values()];

  async function ofStore(): Promise<readonly Model[]> {
    const store = openProjectStore(project, flag, "read");
    const found = await modelsOfRuns(store, runs);
    store.uses.planned();
    return found;
  }
}

async function exportPage(
  { root, here }: Project,
  flags: Flags,
  routes: ServeRequest["routes"],
  models: readonly Model[],
): Promise<number> {
  const folder = resolve(here, flags.export!);
  const { files, bytes } = await writeSite(folder, routes, {
    overwrite: flags.overwrite,
    servedOnly: [FILES.sharedKernels, FILES.thread],
    licences: await licencesOf(root, WORKER, bundledPackages(root)),
  });
  if (flags.json) {
    print(JSON.stringify({ folder, files, bytes, models: models.map(({ offered }) => offered) }));
    return 0;
  }
  const size = `${(bytes / 1e6).toFixed(1)} MB`;
  print(`${folder}: the page with ${count(models.length, "model")}, ${count(files.length, "file")}, ${size}`);
  print(`Let any web server serve it; ${DOCUMENTS.alone} has all inside and opens as a file too.`);
  return 0;
}

const SCRIPT = "text/javascript; charset=utf-8";
const WASM = "application/wasm";
const BYTES = "application/octet-stream";

function routesTo(
  root: string,
  scripts: string,
  backend: string,
  models: readonly Model[],
  backgrounds: Readonly<Record<string, Route>>,
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
    [`/${FILES.backend}`]: { file: `${backend}/${FILES.backend.split("/").at(-1)}`, type: WASM },
    [`/${FILES.models}`]: {
      text: JSON.stringify(offerOf(models, Object.keys(backgrounds))),
      type: "application/json; charset=utf-8",
    },
    ...backgrounds,
  };
  for (const { offered, file, sha256 } of models) {
    own[`/${modelAddress(offered.id)}`] = { file, sha256, type: BYTES };
  }
  return own;
}

function offerOf(models: readonly Model[], paths: readonly string[]): Offer {
  return { models: models.map(({ offered }) => offered), backgrounds: paths.map((path) => path.slice(1)) };
}

/** By path, each as it is now. */
function backgroundsOf(here: string, names: readonly string[]): Record<string, Route> {
  return Object.fromEntries(names.map((name) => {
    const file = resolve(here, name);
    readTensors(file); // a sentence on what is wrong with it now, not when somebody wants to learn
    const digest = sha256(Deno.readFileSync(file));
    return [`/${backgroundAddress(digest)}`, { file, sha256: digest, type: BYTES }];
  }));
}

async function serve(
  root: string,
  request: ServeRequest,
  onListening: (port: number) => void,
): Promise<number> {
  const files = Object.values(request.routes).flatMap((route) => "file" in route ? [route.file] : []);
  const permissions = [
    ...permissionFlag("net", [`127.0.0.1:${request.port}`]),
    ...permissionFlag("read", files),
  ];
  const server = { root, module: "pipeline/demo/serve_io.ts", permissions, request, host: "127.0.0.1" };
  return await runServer(server, onListening);
}
