/** What each stage's process can do, tried out under the permissions that the graphs give it. */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { openProject } from "../../../pipeline/commands/shared/project_io.ts";
import type { Request } from "../../../pipeline/commands/shared/request.ts";
import { expandRequest, graphOf } from "../../../pipeline/commands/shared/request_io.ts";
import { packageFolders } from "../../../pipeline/engine/code/packages_io.ts";
import { denoArguments, stageEnvironment } from "../../../pipeline/engine/process/permissions.ts";
import type { TaskSpec } from "../../../pipeline/engine/types.ts";
import type { ProbeRequest } from "../../support/permission_probe.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";

const ROOT = fromFileUrl(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const REQUESTS: readonly Pick<Request, "task" | "overrides" | "images">[] = [
  { task: "kws", overrides: ["setting=A,D"], images: true },
  { task: "kws", overrides: ["dataset=speech_commands"] },
  { task: "asr", overrides: ["setting=A,D"] },
];

/** The first task of every stage that the graphs have, and those of other permissions. */
async function tasks(): Promise<TaskSpec[]> {
  const project = openProject();
  const found = new Map<string, TaskSpec>();
  for (const { task, overrides, images = false } of REQUESTS) {
    const request: Request = {
      task,
      kind: "sweep",
      overrides: [...overrides, "backend=wasm"],
      images,
    } as Request;
    const { graph } = await graphOf(project, await expandRequest(project, request), request);
    for (const spec of graph.tasks) {
      const id = `${spec.module} ${JSON.stringify(spec.permissions)}`;
      if (!found.has(id)) found.set(id, spec);
    }
  }
  return [...found.values()];
}

/** Runs the probe in place of the stage. @returns What it could do. */
async function probe(dir: TempDir, spec: TaskSpec, hosts: ProbeRequest["hosts"]): Promise<string[]> {
  const folder = (name: string): string => {
    Deno.mkdirSync(`${dir.path}/${name}`, { recursive: true });
    return `${dir.path}/${name}`;
  };
  const inputs = Object.fromEntries(
    Object.keys(spec.inputs).map((name, i) => [name, folder(`store/objects/${i}`)]),
  );
  const [outDir, partialDir] = [folder("store/staging/x/out"), folder("store/partial/x")];
  const request: Pick<ProbeRequest, "inputs" | "outDir" | "partialDir"> = { inputs, outDir, partialDir };
  const args = denoArguments({
    projectRoot: ROOT,
    module: "test/support/permission_probe.ts",
    request,
    permissions: spec.permissions,
    packageFolders: spec.permissions.packages.flatMap((name) => folders.get(name)!),
    v8Flags: [],
  });
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    clearEnv: true,
    env: stageEnvironment(spec.permissions, Deno.env.toObject()),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const home = Deno.env.get("HOME")!;
  const told = {
    ...request,
    readable: {
      "another object": dir.write("store/objects/other", "x"),
      "a receipt": dir.write("store/receipts/r.json", "{}"),
      "another attempt": dir.write("store/staging/y/out/f", "x"),
      "the password file": "/etc/passwd",
      "the home folder": home,
      "the root folder": "/",
      "the tests": `${ROOT}/test/layers_test.ts`,
      "the lock file": `${ROOT}/deno.lock`,
      "processes": "/proc/self/environ",
    },
    writable: {
      "another object": `${dir.path}/store/objects/new`,
      "a receipt": `${dir.path}/store/receipts/new.json`,
      "code": `${ROOT}/lib/base/injected.ts`,
      "configuration": `${ROOT}/conf/injected.yaml`,
      "the home folder": `${home}/injected`,
      "the folder for temporary files": "/tmp/injected",
    },
    hosts,
  };
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(told)));
  await writer.close();
  const { stdout, stderr, success } = await child.output();
  assert(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

const all = await tasks();
const folders = await packageFolders(ROOT, all.flatMap(({ permissions }) => permissions.packages));

Deno.test("every stage is in one of the graphs that are probed", () => {
  const probed = new Set(all.map(({ module }) => module));
  const mains = [...Deno.readDirSync(`${ROOT}/pipeline/stages`)].map(({ name }) => `pipeline/stages/${name}`)
    .filter((path) => /await serveStage/.test(Deno.readTextFileSync(path)));
  // Same inputs, packages and flags as the stages that they stand beside.
  const alike = /(?:evaluate_checkpoint|evaluate_recognizer_checkpoint|lr_range|lr_range_recognizer)\.ts$/;
  assertEquals(mains.filter((path) => !probed.has(path) && !alike.test(path)), []);
});

for (const spec of all) {
  Deno.test(`${spec.name} can read its inputs, write its outputs, and nothing else`, async () => {
    await using dir = tempDir();
    await using server = listen();
    const inputs = Object.keys(spec.inputs).map((name) => `read input ${name}`);
    const allowed = await probe(dir, spec, { "a host": server.host });
    assertEquals(allowed, [...inputs, "write the output folder"]);
  });
}

Deno.test("download alone reaches the network, and only the hosts that it is for", async () => {
  for (const spec of all) {
    const wanted = spec.stage === "download" ? ["storage.googleapis.com:443"] : [];
    assertEquals(spec.permissions.net, wanted, spec.name);
  }
  await using dir = tempDir();
  await using own = listen();
  await using other = listen();
  const spec = all.find(({ stage }) => stage === "download")!;
  const moved = { ...spec, permissions: { ...spec.permissions, net: [own.host] } };
  const allowed = await probe(dir, moved, { "its own host": own.host, "another port": other.host });
  assertEquals(allowed, ["write the output folder", "reach its own host"]);
});

function listen(): AsyncDisposable & { readonly host: string } {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response("x"));
  return { host: `127.0.0.1:${server.addr.port}`, [Symbol.asyncDispose]: () => server.shutdown() };
}
