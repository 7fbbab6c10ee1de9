/** What each stage's process can do, tried out under the permissions that the graphs give it. */
import { assert, assertEquals } from "@std/assert";
import { packageFolders } from "../../../pipeline/engine/code/packages_io.ts";
import { denoArguments, stageEnvironment } from "../../../pipeline/engine/process/permissions.ts";
import type { TaskSpec } from "../../../pipeline/engine/types.ts";
import { enrollGraph } from "../../../pipeline/graph/enroll.ts";
import { evaluationGraph } from "../../../pipeline/graph/evaluation.ts";
import { exportGraph } from "../../../pipeline/graph/export.ts";
import { lrRangeGraph } from "../../../pipeline/graph/lr_range.ts";
import { planNetwork } from "../../../pipeline/graph/network.ts";
import { runGraph } from "../../../pipeline/graph/runs.ts";
import { searchGraph } from "../../../pipeline/graph/search.ts";
import { GRAPH_OPTIONS, ROOT, sweepOf } from "../../support/graphs.ts";
import { searchRecord } from "../../support/search_record.ts";
import type { ProbeRequest } from "../../support/permission_probe.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";

/** The first task of every stage that the graphs have, and those of other permissions. */
async function tasks(): Promise<TaskSpec[]> {
  const options = { ...GRAPH_OPTIONS, images: true };
  const sweeps = [
    await sweepOf("kws", "setting=A,D", "backend=wasm", "dataset.corrupt.snr_db=10", "stream=voices"),
    await sweepOf("kws", "setting=A", "backend=wasm", "trainer.select=misses_at_1_per_hour"),
    await sweepOf("kws", "dataset=speech_commands", "backend=wasm"),
    await sweepOf("asr", "setting=A,D", "backend=wasm"),
  ];
  const network = await planNetwork(sweeps[0]!.points[0]!);
  const about = {
    run: "a-run",
    run_id: "an-id",
    checkpoint: "best",
    sha256: "00",
    dtype: "float32",
    quantise: null,
    streaming: null,
  } as const;
  const graphs = await Promise.all([
    ...sweeps.map((sweep) => runGraph(sweep, options)),
    searchGraph("search-seed", searchRecord(), [[1, sweeps[0]!.points[0]!]], options),
    lrRangeGraph(sweeps[0]!, { low: 1e-5, high: 1, steps: null }, options),
    exportGraph({ network, path: "/x/best.safetensors", classes: null, about }, options),
    enrollGraph(
      {
        network,
        classes: ["yes", "no"],
        path: "/x/best.safetensors",
        name: "a-body",
        words: [{ word: "lamp", takes: [{ path: "/x/lamp.wav", name: "lamp.wav" }] }],
        falseAlarms: [],
        seed: 0,
      },
      options,
    ),
    evaluationGraph(
      { network, checkpoint: "/x/model.onnx", format: "onnx", classes: null, splits: ["test"] },
      options,
    ),
  ]);
  const found = new Map<string, TaskSpec>();
  for (const spec of graphs.flatMap(({ graph }) => graph.tasks)) {
    const id = `${spec.module} ${JSON.stringify(spec.permissions)}`;
    if (!found.has(id)) found.set(id, spec);
  }
  return [...found.values()];
}

/** Runs the probe in place of the stage. @returns What it could do. */
async function probe(dir: TempDir, spec: TaskSpec, hosts: ProbeRequest["hosts"]): Promise<string[]> {
  const folders = await packageFolders(ROOT, spec.permissions.packages, spec.permissions.lock);
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

Deno.test("every stage is in one of the graphs that are probed", () => {
  const probed = new Set(all.map(({ module }) => module));
  const mains = [...Deno.readDirSync(`${ROOT}/pipeline/stages`)].map(({ name }) => `pipeline/stages/${name}`)
    .filter((path) => /await stage\.serve\(\)/.test(Deno.readTextFileSync(path)));
  assert(mains.length > 5);
  assertEquals(mains.filter((path) => !probed.has(path)), []);
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
