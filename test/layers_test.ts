/** The layout is a rule, not a habit: who may import whom, and who may touch the outside world. */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, relative } from "@std/path";
import { scanImports } from "../pipeline/engine/code/scan_imports.ts";
import { openCode } from "../pipeline/engine/code/closure_io.ts";

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
  "lib/backend": ["lib/base", "lib/kernels"],
  "lib/speech": ["lib/base", "lib/audio"],
  "lib/records": ["lib/base", "lib/formats", "lib/frontends", "lib/models", "lib/nn", "lib/tasks"],
  "lib/tasks": [
    "lib/base",
    "lib/decoding",
    "lib/kernels",
    "lib/metrics",
    "lib/models",
    "lib/nn",
    "lib/phones",
  ],
  "lib/augment": ["lib/base"],
  "lib/data": ["lib/base", "lib/audio", "lib/phones", "lib/records", "lib/speech"],
  "lib/datasets": ["lib/base", "lib/audio", "lib/data", "lib/phones"],
  "lib/nn": ["lib/base"],
  "lib/kernels": ["lib/base", "lib/audio", "lib/nn"],
  "lib/frontends": ["lib/base", "lib/audio", "lib/nn", "lib/kernels"],
  "lib/models": ["lib/base", "lib/audio", "lib/nn", "lib/kernels", "lib/frontends"],
  "lib/plots": ["lib/base"],
  "lib/train": [
    "lib/base",
    "lib/audio",
    "lib/formats",
    "lib/metrics",
    "lib/decoding",
    "lib/nn",
    "lib/kernels",
  ],
  "lib/live": [
    "lib/base",
    "lib/audio",
    "lib/formats",
    "lib/nn",
    "lib/frontends",
    "lib/models",
    "lib/records",
    "lib/train",
  ],
  "lib/door": ["lib"],
  "lib/mod.ts": ["lib"],
  "lib/browser.ts": ["lib"],
  "lib/portable.ts": ["lib"],
  "pipeline/demo": ["lib", "pipeline/engine"],
  "pipeline/engine": ["lib/base"],
  "pipeline/config": ["lib/base"],
  "pipeline/runs": [
    "lib/base",
    "lib/frontends",
    "lib/records",
    "lib/tasks",
    "pipeline/engine",
    "pipeline/report",
  ],
  "pipeline/report": [
    "lib/audio",
    "lib/base",
    "lib/metrics",
    "lib/plots",
    "lib/records",
    "pipeline/engine/types.ts",
  ],
  "pipeline/reporters": ["pipeline/engine", "pipeline/report"],
  "pipeline/executors": ["lib/base", "pipeline/config", "pipeline/engine", "pipeline/reporters"],
  "pipeline/stages": ["lib", "pipeline/engine/stage.ts", "pipeline/report"],
  "pipeline/commands": [
    "lib/base",
    "lib/backend",
    "lib/download",
    "lib/formats",
    "lib/frontends",
    "pipeline",
  ],
  "pipeline": ["lib/base", "lib/download", "lib/frontends", "pipeline"],
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
    for (const target of importsOf(file)) {
      if (!allowed.some((prefix) => target === prefix || target.startsWith(`${prefix}/`))) {
        forbidden.push(`${file} -> ${target}`);
      }
    }
  }
  assertEquals(forbidden, []);
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

Deno.test("planning a run loads no TensorFlow.js, no speech synthesiser and nothing that draws", () => {
  // What kinds compute with is loaded by stages.
  const packages = Object.keys(openCode(ROOT).manifest("pipeline/cli.ts", []).packages);
  assert(packages.some((name) => name.startsWith("zod@")), packages.join(" "));
  assertEquals(packages.filter((name) => /tensorflow|echogarden|vega|fast-png/.test(name)), []);
});

Deno.test("features does not depend on models, nor training on data sets", () => {
  const of = (stage: string) => Object.keys(openCode(ROOT).manifest(`pipeline/stages/${stage}.ts`).files);
  assertEquals(
    of("features").filter((f) => f.startsWith("lib/models/") || f.startsWith("lib/train/loop")),
    [],
  );
  assertEquals(of("train").filter((f) => f.startsWith("lib/datasets/") || f.startsWith("lib/speech/")), []);
  assertEquals(of("aggregate").filter((f) => /^lib\/(tasks|models|frontends|nn|kernels)\//.test(f)), []);
});

Deno.test("no file is longer than 500 lines", () => {
  assertEquals(files.filter((f) => Deno.readTextFileSync(ROOT + f).split("\n").length > 501), []);
});

function layerOf(file: string): string | undefined {
  return Object.keys(MAY_IMPORT).filter((l) => file === l || file.startsWith(`${l}/`)).toSorted((a, b) =>
    b.length - a.length
  )[0];
}

function importsOf(file: string): string[] {
  return scanImports(Deno.readTextFileSync(ROOT + file)).references
    .filter((r) => r.kind === "module" && r.specifier.startsWith("."))
    .map((r) => relative(ROOT, fromFileUrl(new URL(r.specifier, `file://${ROOT}${file}`))));
}

function* walk(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(ROOT + folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* walk(path);
    else if (path.endsWith(".ts")) yield path;
  }
}
