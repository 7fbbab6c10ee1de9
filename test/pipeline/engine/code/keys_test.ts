/** Touches files of a copy of the program, and compares which tasks go stale with what imports and kinds say. */
import { assert, assertEquals } from "@std/assert";
import { openCode } from "../../../../pipeline/engine/code/closure_io.ts";
import { ChangeTimes } from "../../../../pipeline/engine/store/change_times_io.ts";
import type { CodeManifest, TaskSpec } from "../../../../pipeline/engine/types.ts";
import { lrRangeGraph } from "../../../../pipeline/graph/lr_range.ts";
import { runGraph } from "../../../../pipeline/graph/runs.ts";
import { GRAPH_OPTIONS, ROOT, sweepOf } from "../../../support/graphs.ts";
import { type TempDir, tempDir } from "../../../support/temp_dir.ts";

const PARTS = ["lib", "pipeline"];

/** Together they use every kind. */
const REQUESTS: readonly (readonly [task: string, ...overrides: readonly string[]])[] = [
  [
    "kws",
    "setting=A,B,C,D",
    "frontend=nnaudio,fastaudio,efficientleaf,sincnet,tdfbanks",
    "model=linear,bc_resnet",
  ],
  ["kws", "setting=A,D", "frontend=mfcc,mfcc_kaldi,fbank"],
  ["kws", "model=ds_cnn,matchboxnet"],
  ["kws", "frontend.mask={start: 3, end: 5}", "frontend.power=1", "frontend.normalise=none,clip_mean"],
  ["kws", "optim=sgd,adam", "compression=log,decibels,layer_norm,pcen", "dataset=speech_commands"],
  ["kws", "dataset=folder", "root=/words"],
  ["kws", "augment=robust"],
  ["kws", "setting=A", "stream=voices"],
  ["kws", "setting=A", "trainer.select=accuracy,misses_at_1_per_hour"],
  ["kws", "dataset.corrupt.snr_db=10"],
  ["kws", "setting=A,D", "frontend=leaf"],
  ["kws", "compression=log_tbn", "frontend.trained=[log_tbn]"],
  ["asr", "setting=A,B,C,D", "frontend=nnaudio,fastaudio", "model=linear,bc_resnet"],
  ["asr", "setting=A", "model=matchboxnet"],
  ["asr", "dataset=timit,kaldi", "root=/corpus"],
];

/** Tasks that differ in their code, one of each. */
type Coded = Pick<TaskSpec, "name" | "module"> & { readonly kinds: readonly string[] };

async function codedTasks(): Promise<readonly Coded[]> {
  const found = new Map<string, Coded>();
  for (const [task, ...overrides] of REQUESTS) {
    const sweep = await sweepOf(task, ...overrides);
    const ranges = await lrRangeGraph(sweep, { low: 1e-5, high: 1, steps: null }, GRAPH_OPTIONS);
    const { graph } = await runGraph(sweep, { ...GRAPH_OPTIONS, images: true });
    for (const { name, module, kinds = [] } of [...graph.tasks, ...ranges.graph.tasks]) {
      found.set([module, ...kinds.toSorted()].join(), { name: `${task}/${name}`, module, kinds });
    }
  }
  return [...found.values()];
}

function* filesIn(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(`${ROOT}/${folder}`)) {
    if (isDirectory) yield* filesIn(`${folder}/${name}`);
    else yield `${folder}/${name}`;
  }
}

function copyProgram(dir: TempDir): readonly string[] {
  const files = PARTS.flatMap((part) => [...filesIn(part)]);
  for (const name of [...files, "deno.json", "deno.lock"]) {
    const path = `${dir.path}/${name}`;
    Deno.mkdirSync(path.replace(/\/[^/]*$/, ""), { recursive: true });
    Deno.copyFileSync(`${ROOT}/${name}`, path);
  }
  Deno.mkdirSync(`${dir.path}/cache`);
  return files;
}

/** Each task's code as the copy is now, by the task's name. */
function codeOf(dir: TempDir, tasks: readonly Coded[]): ReadonlyMap<string, CodeManifest> {
  // Whatever is written has another size here, so that no time need pass before a stat is believed.
  const now = () => Date.now() + 60_000;
  const onWarning = console.error;
  const changeTimes = new ChangeTimes({ folder: dir.path, onWarning });
  const code = openCode(dir.path, { folder: `${dir.path}/cache`, now, changeTimes, onWarning });
  return new Map(tasks.map(({ name, module, kinds }) => [name, code.manifest(module, kinds)]));
}

type Codes = ReadonlyMap<string, CodeManifest>;

/** Tasks with another key. */
function stale(before: Codes, after: Codes): readonly string[] {
  return [...before.keys()].filter((name) => before.get(name)!.digest !== after.get(name)!.digest).sort();
}

function append(dir: TempDir, name: string, text: string): void {
  Deno.writeTextFileSync(`${dir.path}/${name}`, text, { append: true });
}

/** Changes what a file does; a list of kinds gets one more. */
function touch(dir: TempDir, name: string): void {
  const list = isList(name) ? dir.read(name) : "";
  if (list === "") return append(dir, name, isSource(name) ? "\nvoid 0;\n" : " ");
  dir.write(name, list.replace(/ = \{\n/, ' = {\n  another: () => import("./another/kind.ts"),\n'));
  assert(dir.read(name) !== list, `${name} has no line to go before`);
}

const isSource = (name: string): boolean => /\.[jt]s$/.test(name);
const isList = (name: string): boolean =>
  name.endsWith("/kinds.ts") && /\bimport\("/.test(Deno.readTextFileSync(`${ROOT}/${name}`));

interface Imports {
  readonly always: readonly string[];
  readonly lazy: readonly string[];
}

/** What each module loads, as Deno sees it, and files that it names by URL. */
async function importsOf(
  dir: TempDir,
  files: readonly string[],
  modules: readonly string[],
): Promise<(name: string) => Imports> {
  const assets = new Map(files.filter(isSource).map((name) => [name, assetsOf(name)]));
  const roots = new Set([...modules, ...[...assets.values()].flat().filter(isSource)]);
  dir.write("all.ts", [...roots].map((module) => `import "./${module}";\n`).join(""));
  const args = ["info", "--json", `--config=${dir.path}/deno.json`, `${dir.path}/all.ts`];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "null" })
    .output();
  const nameOf = (url: string): string =>
    decodeURIComponent(new URL(url).pathname).slice(dir.path.length + 1);
  const imports = new Map<string, Imports>();
  for (const { specifier, dependencies = [] } of JSON.parse(new TextDecoder().decode(stdout)).modules) {
    if (!specifier.startsWith("file:")) continue;
    const targets = (lazy: boolean) =>
      (dependencies as readonly Dependency[]).filter(({ isDynamic = false }) => isDynamic === lazy)
        .flatMap(({ code }) => code?.specifier?.startsWith("file:") ? nameOf(code.specifier) : []);
    const name = nameOf(specifier);
    imports.set(name, { always: [...targets(false), ...assets.get(name) ?? []], lazy: targets(true) });
  }
  return (name) => imports.get(name) ?? { always: [], lazy: [] };
}

interface Dependency {
  readonly code?: { readonly specifier?: string };
  readonly isDynamic?: boolean;
}

/** Files of the program, not folders, that a source names by URL. */
function assetsOf(name: string): readonly string[] {
  const text = Deno.readTextFileSync(`${ROOT}/${name}`);
  return [...text.matchAll(/(?:new URL|import\.meta\.resolve)\("(\.[^"]*[^/])"/g)]
    .map(([, target]) => new URL(target!, `file:///${name}`).pathname.slice(1))
    .filter((target) => PARTS.some((part) => target.startsWith(`${part}/`)));
}

/** Files that a task's result hangs on: what its module loads, of lists of kinds only those that it names. */
function closure({ module, kinds }: Coded, imports: (name: string) => Imports): ReadonlySet<string> {
  const files = new Set<string>();
  const seen = new Set<string>();
  const open = [module];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const { always, lazy } = imports(name);
    open.push(...always, ...lazy.filter((target) => !isList(name!) || kinds.includes(target)));
    if (!isList(name)) files.add(name);
  }
  return files;
}

Deno.test("a touched file makes exactly the tasks stale that it is part of, and a comment none", async (t) => {
  await using dir = tempDir();
  const files = copyProgram(dir);
  const tasks = await codedTasks();
  const imports = await importsOf(dir, files, tasks.map(({ module }) => module));
  const closures = new Map(tasks.map((task) => [task.name, closure(task, imports)]));
  const tasksWith = (file: string) =>
    tasks.filter(({ name }) => closures.get(name)!.has(file)).map(({ name }) => name).sort();
  let before = codeOf(dir, tasks);

  await t.step("comments in all files", () => {
    for (const name of files.filter(isSource)) append(dir, name, "\n/* touched\n */ // touched\n");
    assertEquals(stale(before, codeOf(dir, tasks)), []);
  });

  await t.step("changes in all files that are part of no task, lists of kinds among them", () => {
    const others = files.filter((file) => tasksWith(file).length === 0);
    assert(others.some(isList), others.join("\n"));
    for (const name of others) touch(dir, name);
    assertEquals(stale(before, codeOf(dir, tasks)), []);
  });

  await t.step("a change in one file in turn, for each set of tasks that share one", () => {
    const shared = new Map(files.map((file) => [tasksWith(file).join(), file]));
    for (const file of shared.values()) {
      touch(dir, file);
      const after = codeOf(dir, tasks);
      assertEquals(stale(before, after), tasksWith(file), file);
      before = after;
    }
  });

  await t.step("changes in all files that are part of a task", () => {
    for (const file of files) if (tasksWith(file).length > 0) touch(dir, file);
    const after = codeOf(dir, tasks);
    for (const { name } of tasks) {
      const [old, now] = [before.get(name)!.files, after.get(name)!.files];
      assertEquals(
        Object.keys(now).filter((file) => now[file] !== old[file]),
        [...closures.get(name)!].sort(),
      );
    }
  });
});

Deno.test("the tasks that are looked at use every kind there is", async () => {
  const used = new Set((await codedTasks()).flatMap(({ kinds }) => kinds));
  const known = [...filesIn("lib")].filter((file) => /\/kind\.ts$/.test(file));
  const composed = /^lib\/frontends\/\w+\/kind\.ts$/; // front-ends: they are made of steps before anything runs
  assertEquals(known.filter((file) => !used.has(file) && !composed.test(file)), []);
});

Deno.test("no task hangs on a kind that it does not use", async () => {
  const code = openCode(ROOT);
  const found = (await codedTasks()).filter(({ kinds }) => kinds.length > 0);
  for (const { name, module, kinds } of found) {
    const files = Object.keys(code.manifest(module, kinds).files);
    const folders = kinds.map((kind) => kind.replace(/kind\.ts$/, ""));
    const families = new Set(folders.map((folder) => folder.replace(/[^/]+\/$/, "")));
    const strange = files.filter((file) =>
      [...families].some((family) => file.startsWith(family) && /\/kind\.ts$/.test(file)) &&
      !kinds.includes(file)
    );
    assertEquals(strange, [], name);
  }
});
