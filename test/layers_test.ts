/** The layout is a rule, not a habit: who may import whom, and who may touch the outside world. */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, relative } from "@std/path";
import { tokenize } from "../pipeline/engine/code/tokens.ts";
import { scanImports } from "../pipeline/engine/code/scan_imports.ts";
import { openCode } from "../pipeline/engine/code/closure_io.ts";
import { graphOf } from "./support/graphs.ts";

const ROOT = fromFileUrl(new URL("..", import.meta.url));

/** A folder's files import from their own folder and from those listed; the longest matching prefix counts. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "lib/base": [],
  "lib/audio": ["lib/base"],
  "lib/formats": ["lib/base"],
  "lib/phones": ["lib/base"],
  "lib/decoding": ["lib/base"],
  "lib/download": ["lib/base"],
  "lib/metrics": ["lib/base"],
  "lib/nn": ["lib/base"],
  "lib/plots": ["lib/base"],
  "lib/speech": ["lib/base", "lib/audio"],
  "lib/backend": ["lib/base", "lib/kernels"],
  "lib/kernels": ["lib/base", "lib/audio"],
  "lib/frontends": ["lib/base", "lib/audio", "lib/nn", "lib/kernels"],
  "lib/models": ["lib/base", "lib/nn", "lib/kernels", "lib/frontends"],
  "lib/incremental": ["lib/base", "lib/audio", "lib/nn", "lib/kernels", "lib/frontends", "lib/models"],
  "lib/tasks": ["lib/base", "lib/decoding", "lib/kernels", "lib/metrics", "lib/phones"],
  "lib/augment": ["lib/base", "lib/audio", "lib/kernels"],
  "lib/records": ["lib/base"],
  "lib/data": ["lib/base", "lib/audio", "lib/metrics", "lib/phones", "lib/records", "lib/speech"],
  "lib/train": [
    "lib/base",
    "lib/augment",
    "lib/formats",
    "lib/frontends",
    "lib/kernels",
    "lib/models",
    "lib/nn",
    "lib/records",
    "lib/stream",
    "lib/tasks",
  ],
  "lib/search": ["lib/base", "lib/metrics"],
  "lib/live": [
    "lib/base",
    "lib/audio",
    "lib/formats",
    "lib/incremental",
    "lib/models",
    "lib/nn",
    "lib/records",
    "lib/train",
  ],
  "lib/onnx": [
    "lib/base",
    "lib/audio",
    "lib/kernels",
    "lib/models",
    "lib/nn",
    "lib/records",
    "lib/tasks",
    "lib/train",
  ],
  "lib/stream": [
    "lib/base",
    "lib/audio",
    "lib/data",
    "lib/formats",
    "lib/live",
    "lib/metrics",
    "lib/speech",
  ],
  "lib/door": [
    "lib/base",
    "lib/augment",
    "lib/formats",
    "lib/frontends",
    "lib/models",
    "lib/nn",
    "lib/records",
    "lib/tasks",
    "lib/train",
  ],
  "lib/package": [
    "lib/base",
    "lib/audio",
    "lib/backend",
    "lib/door",
    "lib/formats",
    "lib/frontends",
    "lib/kernels",
    "lib/live",
    "lib/models",
    "lib/nn",
    "lib/records",
  ],
  "lib/enrol": [
    "lib/base",
    "lib/audio",
    "lib/augment",
    "lib/formats",
    "lib/models",
    "lib/nn",
    "lib/records",
    "lib/train",
  ],
  "lib/portable.ts": ["lib"],
  "lib/mod.ts": ["lib/backend", "lib/portable.ts"],
  "lib/browser.ts": ["lib/backend", "lib/portable.ts"],
  "pipeline/engine": ["lib/base"],
  "pipeline/config": [
    "lib/base",
    "lib/augment",
    "lib/data",
    "lib/frontends",
    "lib/models",
    "lib/stream",
    "lib/tasks",
    "lib/train",
  ],
  "pipeline/graph": [
    "lib/base",
    "lib/data",
    "lib/download",
    "lib/frontends",
    "lib/models",
    "lib/records",
    "lib/train",
    "pipeline/config",
    "pipeline/engine",
    "pipeline/report",
  ],
  "pipeline/checkpoints": [
    "lib/base",
    "lib/formats",
    "lib/frontends",
    "lib/metrics",
    "lib/records",
    "lib/train",
  ],
  "pipeline/report": ["lib/base", "lib/audio", "lib/metrics", "lib/plots", "lib/records"],
  "pipeline/runs": [
    "lib/base",
    "lib/frontends",
    "lib/records",
    "lib/tasks",
    "pipeline/engine",
    "pipeline/report",
  ],
  "pipeline/search": [
    "lib/base",
    "lib/data",
    "lib/records",
    "lib/search",
    "lib/train",
    "pipeline/config",
    "pipeline/engine",
    "pipeline/graph",
    "pipeline/runs",
  ],
  "pipeline/reporters": ["lib/base", "pipeline/report"],
  "pipeline/executors": ["lib/base", "pipeline/engine", "pipeline/reporters"],
  "pipeline/remote": ["lib/base", "lib/download", "pipeline/engine"],
  "pipeline/demo": ["lib", "pipeline/engine"],
  "pipeline/pack": ["lib", "pipeline/engine"],
  "pipeline/stages": ["lib", "pipeline/checkpoints", "pipeline/engine/stage.ts", "pipeline/report"],
  "pipeline/commands": [
    "lib/base",
    "lib/audio",
    "lib/backend",
    "lib/download",
    "lib/enrol",
    "lib/formats",
    "lib/frontends",
    "lib/onnx",
    "lib/records",
    "lib/search",
    "lib/stream",
    "pipeline/checkpoints",
    "pipeline/config",
    "pipeline/demo",
    "pipeline/engine",
    "pipeline/executors",
    "pipeline/graph",
    "pipeline/pack",
    "pipeline/remote",
    "pipeline/report",
    "pipeline/reporters",
    "pipeline/runs",
    "pipeline/search",
  ],
  "pipeline/cli.ts": ["lib/base", "pipeline/commands", "pipeline/reporters"],
};

/** May be allowed without need. */
const ANYBODYS = ["lib", "lib/base"];

/** Folders of which only types are known besides: they are gone when the program runs. */
const MAY_NAME: Readonly<Record<string, readonly string[]>> = {
  "lib/onnx": ["lib/formats"],
  "lib/package": ["lib/incremental"],
  "lib/records": ["lib/formats", "lib/frontends", "lib/models", "lib/nn", "lib/tasks"],
  "lib/stream": ["lib/incremental", "lib/records"],
  "lib/tasks": ["lib/models"],
  "pipeline/executors": ["pipeline/config"],
  "pipeline/graph": ["lib/backend", "lib/formats", "lib/stream", "pipeline/stages"],
  "pipeline/checkpoints": ["lib/models", "lib/nn", "lib/tasks", "pipeline/engine/stage.ts"],
  "pipeline/remote": ["pipeline/config"],
  "pipeline/report": ["lib/formats", "lib/frontends", "lib/nn", "pipeline/engine/types.ts"],
  "pipeline/reporters": ["pipeline/engine"],
  "pipeline/search": ["lib/tasks"],
  "pipeline/stages": ["pipeline/engine/types.ts"],
};

/** May call `Deno.*`: thin shells. Everything else takes and gives values. */
function isShell(file: string): boolean {
  return file.endsWith("_io.ts") || file === "pipeline/cli.ts" || file.startsWith("pipeline/stages/") ||
    /^pipeline\/commands\/[^/]+\.ts$/.test(file) ||
    file === "pipeline/engine/stage.ts";
}

const files = [...walk("lib"), ...walk("pipeline")].sort();

Deno.test("every folder is named in the table of layers", () => {
  assertEquals(files.filter((f) => layerOf(f) === undefined), []);
});

Deno.test("no file imports from a layer that its own may not use", () => {
  const forbidden: string[] = [];
  for (const file of files) {
    const layer = layerOf(file)!;
    const allowed = [layer, ...MAY_IMPORT[layer]!];
    const named = [...allowed, ...MAY_NAME[layer] ?? []];
    const refuse = (targets: readonly string[], prefixes: readonly string[]) =>
      forbidden.push(
        ...targets.filter((target) => !isBelow(target, prefixes)).map((target) => `${file} -> ${target}`),
      );
    refuse(importsOf(file), allowed);
    refuse(namedBy(file), named);
  }
  assertEquals(forbidden, []);
});

Deno.test("the table of layers allows nothing that nobody does", () => {
  const unused: string[] = [];
  for (const [table, targetsOf] of [[MAY_IMPORT, importsOf], [MAY_NAME, namedBy]] as const) {
    for (const [layer, prefixes] of Object.entries(table)) {
      const targets = files.filter((file) => layerOf(file) === layer).flatMap(targetsOf);
      unused.push(
        ...prefixes.filter((prefix) =>
          !ANYBODYS.includes(prefix) && !targets.some((target) => isBelow(target, [prefix]))
        )
          .map((prefix) => `${layer} -> ${prefix}`),
      );
    }
  }
  assertEquals(unused, []);
});

Deno.test("no modules import each other in a circle", () => {
  const done = new Set<string>();
  function visit(file: string, path: readonly string[]): void {
    if (path.includes(file)) {
      throw new Error(`circle: ${[...path.slice(path.indexOf(file)), file].join(" -> ")}`);
    }
    if (done.has(file)) return;
    for (const target of importsOf(file)) visit(target, [...path, file]);
    done.add(file);
  }
  for (const file of files) visit(file, []);
});

Deno.test("only thin shells touch Deno, the clock, the network or the console", () => {
  const found: string[] = [];
  for (const file of files) {
    if (isShell(file)) continue;
    const code = Deno.readTextFileSync(ROOT + file).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    const match =
      /\bDeno\.|\bconsole\.|\bfetch\(|\bDate\.now\b|\bnew Date\b|\bperformance\.now\b|\bMath\.random\b/.exec(
        code,
      );
    if (match !== null) found.push(`${file}: ${match[0]}`);
  }
  assertEquals(found, []);
});

Deno.test("what is shown goes through one place, where nothing in it can steer a terminal", () => {
  /** The reporter paints; a stage and the page's server speak JSON to the program that started them. */
  const others = [
    "reporters/print_io.ts",
    "reporters/reporter_io.ts",
    "engine/stage.ts",
    "demo/serve_io.ts",
    "remote/serve_io.ts",
  ];
  const shows = /\bconsole\.\w+\(|\bDeno\.std(out|err)\.write/;
  const found = files.filter((file) =>
    file.startsWith("pipeline/") && !others.includes(file.slice("pipeline/".length)) &&
    shows.test(Deno.readTextFileSync(ROOT + file))
  );
  assertEquals(found, []);
});

Deno.test("stored outputs are opened only after their bytes were checked", () => {
  // Whoever knows where an object is could read it unchecked; all others have paths from the cache, which checks first.
  const keepers = ["pipeline/engine/cache", "pipeline/engine/store"];
  const links = "pipeline/commands/shared/result_links_io.ts"; // people follow them, the program does not
  const found = files.filter((file) =>
    file.startsWith("pipeline/") && !isBelow(file, keepers) && file !== links
  )
    .filter((file) => /\bobject(Path|Name)\b|\bobjects\//.test(Deno.readTextFileSync(ROOT + file)));
  assertEquals(found, []);
});

Deno.test("planning a run loads no TensorFlow.js, no speech synthesiser and nothing that draws", () => {
  // What kinds compute with is loaded by stages.
  const packages = Object.keys(openCode(ROOT).manifest("pipeline/cli.ts", []).packages);
  assert(packages.some((name) => name.startsWith("zod@")), packages.join(" "));
  assertEquals(packages.filter((name) => /tensorflow|echogarden|vega|fast-png/.test(name)), []);
});

Deno.test("the library gives no advice for a command line", () => {
  const advice =
    /\bdeno task\b|\s--[a-z]{2,}|\b[a-z_]+(?:\.[a-z_]+)+=|\b(?:frontend|model|dataset|setting|root|task)=/;
  const found = files.filter((file) => file.startsWith("lib/") && !file.startsWith("lib/kernels/build/"))
    .flatMap(
      (file) =>
        tokenize(Deno.readTextFileSync(ROOT + file))
          .filter(({ kind, text }) => (kind === "string" || kind === "template") && advice.test(text))
          .map(({ text }) => `${file}: ${text}`),
    );
  assertEquals(found, []);
});

/** Files of the program that a task's key covers, of the first task whose name begins so. */
async function closureOf(task: string, beginning: string, ...overrides: string[]): Promise<string[]> {
  const { graph } = await graphOf(task, ...overrides);
  const found = graph.tasks.find(({ name }) => name.startsWith(beginning));
  if (found === undefined) throw new Error(`no task begins with ${beginning}`);
  return Object.keys(openCode(ROOT).manifest(found.module, found.kinds).files);
}

/** Files that a closure must not hold. */
const foreign = async (closure: Promise<string[]>, pattern: RegExp) =>
  (await closure).filter((file) => pattern.test(file));

const [NETWORK, TRAINING] = [/^lib\/(models|tasks|augment)\//, /^lib\/train\/(?!(example|wave)_file_io\.ts)/];
/** What recognisers of phonemes have and keyword spotters do not. */
const SEQUENCES = /lstm|ctc|^lib\/(decoding|phones|tasks\/asr)\/|edit_distance|recognition/;
const DATA = /^lib\/(data|speech|download)\//;
const DRAWING = /^lib\/plots\/|^pipeline\/report\//;

Deno.test("features depend on no model, no task, no training, no step that is not theirs", async () => {
  const logmel = () => closureOf("kws", "features/", "setting=A");
  assertEquals(await foreign(logmel(), NETWORK), []);
  assertEquals(await foreign(logmel(), TRAINING), []);
  assertEquals(
    await foreign(logmel(), /\/(bands|decibels|magnitude|mask|batch_norm|clip_mean|fastaudio)\//),
    [],
  );
  assert((await logmel()).includes("lib/frontends/steps/mel/layer.ts"));
  const waves = () => closureOf("kws", "features/", "setting=D");
  assertEquals(await foreign(waves(), /^lib\/frontends\/(steps|compressions)\/\w+\//), []);
  const power = () => closureOf("kws", "features/", "setting=B");
  assertEquals(await foreign(power(), /^lib\/frontends\/(steps|compressions)\/(?!stft)\w+\//), []);
});

Deno.test("spotting keywords depends on nothing of recognising phonemes, nor one model on another", async () => {
  for (const stage of ["train/", "evaluate/"]) {
    const linear = () => closureOf("kws", stage, "setting=D", "model=linear");
    assertEquals(await foreign(linear(), SEQUENCES), []);
    assertEquals(await foreign(linear(), /bc_resnet|block|broadcast|depthwise|input_conv|last_conv/), []);
    const resnet = () => closureOf("kws", stage, "setting=D", "model=bc_resnet");
    assertEquals(await foreign(resnet(), SEQUENCES), []);
    assertEquals(await foreign(resnet(), /^lib\/models\/linear\//), []);
    const recogniser = () => closureOf("asr", stage, "setting=D", "model=linear");
    assertEquals(await foreign(recogniser(), /bc_resnet|^lib\/tasks\/kws\/|classification|softmax/), []);
    assert((await recogniser()).some((file) => file.startsWith("lib/kernels/ctc_loss/")));
  }
});

Deno.test("training depends on one optimizer and one front-end, on no data set and nothing that draws", async () => {
  const training = () => closureOf("kws", "train/", "setting=D", "optim=sgd", "frontend=nnaudio");
  assertEquals(await foreign(training(), DATA), []);
  assertEquals(await foreign(training(), DRAWING), []);
  assertEquals(await foreign(training(), /adam|\/(bands|decibels|fastaudio|mask|magnitude|clip_mean)\//), []);
  assertEquals(await foreign(closureOf("kws", "train/", "optim=adam"), /sgd/), []);
});

Deno.test("what indexes and makes recordings depends on its own kind of data set", async () => {
  const index = (dataset: string) => () => closureOf("kws", "index/", `dataset=${dataset}`, "root=/x");
  const others = (dataset: string) =>
    new RegExp(`^lib/data/(?!${dataset}/)\\w+/kind\\.ts|^lib/(nn|frontends|models|train)/`);
  for (const dataset of ["folder", "speech_commands"]) {
    assertEquals(await foreign(index(dataset)(), others(dataset)), []);
    assertEquals(await foreign(index(dataset)(), /^lib\/speech\//), []);
  }
  assertEquals(await foreign(closureOf("kws", "synthesize/"), others("spoken_mini")), []);
});

Deno.test("comparing runs depends on records alone", async () => {
  assertEquals(
    await foreign(closureOf("kws", "aggregate/"), /^lib\/(tasks|models|frontends|nn|kernels)\//),
    [],
  );
});

Deno.test("a stage is a file, and nothing else is beside stages or loose in the pipeline", () => {
  const loose = files.filter((file) => /^pipeline\/[^/]+$/.test(file));
  assertEquals(loose, ["pipeline/cli.ts"]);
  const stages = files.filter((file) => file.startsWith("pipeline/stages/"));
  const isStage = (file: string) => /\bawait stage\.serve\(\)/.test(Deno.readTextFileSync(ROOT + file));
  assertEquals(stages.filter((file) => !/^pipeline\/stages\/\w+\.ts$/.test(file) || !isStage(file)), []);
});

Deno.test("no file is longer than 500 lines", () => {
  assertEquals(files.filter((f) => Deno.readTextFileSync(ROOT + f).split("\n").length > 501), []);
});

function isBelow(target: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => target === prefix || target.startsWith(`${prefix}/`));
}

function layerOf(file: string): string | undefined {
  return Object.keys(MAY_IMPORT).filter((l) => isBelow(file, [l])).toSorted((a, b) => b.length - a.length)[0];
}

/** What it loads. */
function importsOf(file: string): string[] {
  return scanImports(Deno.readTextFileSync(ROOT + file)).references
    .filter((r) => r.kind === "module" && r.specifier.startsWith("."))
    .map((r) => targetOf(file, r.specifier));
}

/** What it imports types from. */
function namedBy(file: string): string[] {
  const text = Deno.readTextFileSync(ROOT + file);
  const statements = text.matchAll(/^(?:import|export) type [^;]*? from "(\.[^"]+)";/gm);
  return [...statements].map(([, specifier]) => targetOf(file, specifier!));
}

function targetOf(file: string, specifier: string): string {
  return relative(ROOT, fromFileUrl(new URL(specifier, `file://${ROOT}${file}`)));
}

function* walk(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(ROOT + folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* walk(path);
    else if (path.endsWith(".ts")) yield path;
  }
}
