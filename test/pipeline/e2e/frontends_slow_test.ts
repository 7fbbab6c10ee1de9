/** Every front-end through all stages, as a user runs it. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readTensors } from "../../../lib/formats/safetensors_io.ts";
import { Project } from "../../support/project.ts";

Deno.test("fastaudio runs through all stages in every setting, on features of its own", async () => {
  await using project = new Project();
  const { result, ran } = await project.events(
    "sweep",
    "--frontend",
    "fastaudio",
    "--n-mels",
    "10",
    "--setting",
    "A,B,C,D",
    ...project.tiny,
    "frontend.mask={start: 0, end: 2}",
  );
  assertEquals(result.code, 0, result.stderr);
  assertEquals(
    ran.filter((task) => /^features\/.*-train$/.test(task)),
    ["decibels10", "magnitude", "waveform"].map((made) => `features/tones-${made}-train`),
  );
  assertEquals(
    ran.filter((task) => task.startsWith("evaluate/")),
    ["A", "B", "C", "D"].map((setting) => `evaluate/tones-linear-fastaudio-mask0-2-${setting}-mel10-seed0`),
  );
});

Deno.test("PCEN runs through all stages, fixed in every setting and trained by itself", async () => {
  await using project = new Project();
  const { result, ran } = await project.events(
    "sweep",
    "--setting",
    "A,B,C,D",
    "compression=pcen_leaf",
    "augment=robust",
    ...project.tiny,
  );
  assertEquals(result.code, 0, result.stderr);
  assertEquals(ran.filter((task) => task.startsWith("evaluate/")).length, 4);
  const trained = await project.events("kws", "compression=pcen", "frontend.trained=[pcen]", ...project.tiny);
  assertEquals(trained.result.code, 0, trained.result.stderr);
  assertEquals(
    trained.ran.filter((task) => /^features\/.*-train$/.test(task)),
    ["features/tones-mel40-train"],
  );
  const report = Deno.readTextFileSync(`${project.latest("kws-tones")}/report.html`);
  for (const name of ["gain", "bias", "power", "smoothing"]) assertStringIncludes(report, `PCEN ${name}`);
});

Deno.test("PCEN is adapted alone: all else of a checkpoint keeps its bytes", async () => {
  await using project = new Project();
  const best = async (...typed: string[]) => {
    const { code, stderr } = await project.run("kws", "compression=pcen", ...typed, ...project.tiny);
    assertEquals(code, 0, stderr);
    const results = project.latest("kws-tones");
    const [run] = [...Deno.readDirSync(results)].filter(({ isDirectory }) => isDirectory);
    return `${results}/${run!.name}/best.safetensors`;
  };
  const tensorsOf = (path: string) => new Map(readTensors(path).tensors);
  const from = await best("setting=A");
  const before = tensorsOf(from);
  const adapting = ["frontend.trained=[pcen]", "trainer.freeze_model=true", `init_from=${from}`];
  const after = tensorsOf(await best(...adapting, "augment=robust"));
  for (const [name, { data }] of before) assertEquals(after.get(name)!.data, data, name);
  const added = [...after.keys()].filter((name) => !before.has(name)).sort();
  assertEquals(added, ["alpha", "delta", "r", "s"].map((last) => `compression.${last}`));
  assert(new Set(after.get("compression.alpha")!.data as Float32Array).size > 1, "bands differ");
});

Deno.test("front-ends of filters run through all stages, fixed and trained", async () => {
  await using project = new Project();
  const { result, ran } = await project.events(
    "sweep",
    "--frontend",
    "efficientleaf,sincnet,sincnet_plus,tdfbanks",
    "--n-mels",
    "10",
    "--setting",
    "A,D",
    ...project.tiny,
  );
  assertEquals(result.code, 0, result.stderr);
  assertEquals(
    ran.filter((task) => task.startsWith("evaluate/")).map((task) =>
      task.slice("evaluate/tones-linear-".length)
    ),
    ["efficientleaf", "sincnet", "sincnet_plus-gaussian", "tdfbanks"].flatMap((name) =>
      ["A", "D"].map((setting) => `${name}-${setting}-mel10-seed0`)
    ),
  );
});

Deno.test("cepstra, Kaldi's energies and spectra of other bins run through all stages", async () => {
  await using project = new Project();
  const { result, ran } = await project.events(
    "sweep",
    "--frontend",
    "mfcc,mfcc_kaldi,fbank",
    "--setting",
    "A,D",
    "augment=light",
    ...project.tiny,
  );
  assertEquals(result.code, 0, result.stderr);
  assertEquals(
    ran.filter((task) => /^features\/.*-test$/.test(task)).map((task) =>
      task.replace(/^.*tones-|-test$/g, "")
    ).sort(),
    ["cepstrum13", "cepstrum20", "logmel40", "waveform"],
  );
  const spaced = ["frontend.freq_scale=log", "frontend.f_min_hz=80", "frontend.win_length=400"];
  const trained = await project.events(
    "kws",
    "setting=A,D",
    "frontend.filters=gammatone",
    ...spaced,
    ...project.tiny,
  );
  assertEquals(trained.result.code, 0, trained.result.stderr);
  assertStringIncludes(
    Deno.readTextFileSync(`${project.latest("kws-tones")}/report.html`),
    "number of the bin",
  );
});

Deno.test("LEAF runs through all stages in every setting, and by each part alone", async () => {
  await using project = new Project();
  const settings = await project.events(
    "sweep",
    "--frontend",
    "leaf",
    "--setting",
    "A,B,C,D",
    ...project.tiny,
  );
  assertEquals(settings.result.code, 0, settings.result.stderr);
  assertEquals(settings.ran.filter((task) => task.startsWith("evaluate/")).length, 4);
  const filters = await project.events("kws", "frontend=leaf", "frontend.trained=[pcen]", ...project.tiny);
  assertEquals(filters.result.code, 0, filters.result.stderr);
  const report = Deno.readTextFileSync(`${project.latest("kws-tones")}/report.html`);
  assertStringIncludes(report, "PCEN gain");
});
