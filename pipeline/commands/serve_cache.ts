/** `serve-cache`: a shared cache's folder for others, over HTTP. */
import { type InferValue, integer, merge, message, object, option, string, withDefault } from "@optique/core";
import { resolve } from "node:path";
import { sha256 } from "../../lib/base/digest.ts";
import { UserError } from "../../lib/base/errors.ts";
import { explainSystemError } from "../../lib/base/system_error_io.ts";
import { permissionFlag } from "../engine/process/permissions.ts";
import { RemoteTrouble } from "../remote/contract.ts";
import { checkCacheFolder, makeCacheFolder } from "../remote/folder_io.ts";
import { readToken } from "../remote/open_io.ts";
import type { CacheServerRequest } from "../remote/serve_io.ts";
import { defineCommand } from "./shared/command.ts";
import { debug } from "./shared/flags.ts";
import { openProject } from "./shared/project_io.ts";
import { runServer } from "./shared/server_process_io.ts";
import { print } from "../reporters/print_io.ts";

/** Shorter ones can be guessed. */
const LEAST_TOKEN = 16;

const what = object({
  folder: withDefault(
    option("--folder", string({ metavar: "DIR" }), {
      description: message`The cache: a folder of its own, new or one that was served before.`,
    }),
    "data/cache",
  ),
  host: withDefault(
    option("--host", string({ metavar: "ADDRESS" }), {
      description: message`Where to listen; ${"0.0.0.0"} for whoever reaches this machine.`,
    }),
    "127.0.0.1",
  ),
  port: withDefault(
    option("--port", integer({ min: 0, max: 65535, metavar: "PORT" }), {
      description: message`Where it is served; 0 for any free port.`,
    }),
    8470,
  ),
  write: option("--write", {
    description:
      message`Let whoever has the token put results there: ${"STORE_REMOTE_TOKEN"}, or the first line of the file that ${"STORE_REMOTE_TOKEN_FILE"} names.`,
  }),
  mostMegabytes: withDefault(
    option("--most-mb", integer({ min: 1, metavar: "MB" }), {
      description: message`Largest object that may be put there.`,
    }),
    20_000,
  ),
  json: option("--json", { description: message`Machine-readable output.` }),
});

const parser = merge(what, object({ debug }));

export const command = defineCommand({
  brief: message`Serve a folder of results to others.`,
  description:
    message`Other machines find there what one has made, with ${"store.remote=http://THIS-MACHINE:8470"}, and put there what they make, with ${"store.push=true"} and the token. Everybody who reaches the address may read.`,
  examples: [
    ["serve-cache --host 0.0.0.0", "to be read"],
    ["serve-cache --host 0.0.0.0 --write", "to be written by whoever has STORE_REMOTE_TOKEN"],
  ],
  parser,
  run: serveCache,
});

/** Serves until it is interrupted. */
async function serveCache(flags: InferValue<typeof parser>): Promise<number> {
  const project = openProject();
  const folder = resolve(flags.folder === "data/cache" ? project.root : project.here, flags.folder);
  const token = flags.write ? tokenOf() : undefined;
  prepare(folder);
  const request: CacheServerRequest = {
    host: flags.host,
    port: flags.port,
    folder: Deno.realPathSync(folder),
    ...(token === undefined ? {} : { tokenSha256: sha256(token) }),
    mostBytes: flags.mostMegabytes * 1e6,
  };
  const address = request.host.includes(":") ? `[${request.host}]` : request.host;
  return await runServer({
    root: project.root,
    module: "pipeline/remote/serve_io.ts",
    permissions: [
      ...permissionFlag("net", [`${address}:${request.port}`]),
      ...permissionFlag("read", [request.folder]),
      ...(token === undefined ? [] : permissionFlag("write", [request.folder])),
    ],
    // The token is this process's affair: the server gets what it can compare one with.
    environment: environment(),
    request,
    host: request.host,
  }, (port) => {
    const url = `http://${address}:${port}`;
    if (flags.json) return print(JSON.stringify({ url, folder: request.folder, write: flags.write }));
    print(
      `${request.folder} at ${url}, ${
        flags.write ? "for whoever has the token to write and" : "only"
      } for others to read (Ctrl-C ends it)`,
    );
  });
}

function tokenOf(): string {
  const token = wording("read the token", readToken);
  if (token !== undefined && token.length >= LEAST_TOKEN && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new UserError(
    "usage",
    `Cannot let anybody write: found ${
      token === undefined ? "no token" : "a token that is too short or has spaces"
    }, wanted one of at least ${LEAST_TOKEN} letters and digits in STORE_REMOTE_TOKEN, or in a file that ` +
      `STORE_REMOTE_TOKEN_FILE names. \`openssl rand -hex 32\` makes one.`,
  );
}

function prepare(folder: string): void {
  wording(`use ${folder}`, () => {
    checkCacheFolder(folder); // a file in its place has words of its own
    Deno.mkdirSync(folder, { recursive: true });
    makeCacheFolder(folder);
  });
}

function wording<T>(doing: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof RemoteTrouble)) throw explainSystemError(error, doing);
    throw new UserError("usage", `Cannot serve the cache: ${error.message}.`, { cause: error });
  }
}

/** What Deno needs to find its packages. */
function environment(): Record<string, string> {
  const names = ["DENO_DIR", "HOME", "LOCALAPPDATA", "PATH", "SystemRoot", "USERPROFILE", "XDG_CACHE_HOME"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value] as const];
  }));
}
