/** Phoneme recognition through all stages, as a user runs it, on a miniature corpus in TIMIT's layout. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readTensors } from "../../../lib/formats/safetensors_io.ts";
import { parseMetrics } from "../../../lib/records/metrics.ts";
import { parseResults } from "../../../lib/records/results.ts";
import { figure } from "../../support/figure.ts";
import { sharedProject } from "../../support/project.ts";
import { miniatureTimit } from "../../support/timit_corpus.ts";
import { assertRefused } from "../../support/refused.ts";

const project = sharedProject();
const tiny = miniatureTimit(project);

function read(name: string): string {
  return Deno.readTextFileSync(`${project.latest("asr-timit")}/${name}`);
}

function metricsOf(setting: string) {
  const name = `${project.runName(`asr-timit-linear-nnaudio-${setting}-mel10-seed0`)}/metrics.json`;
  return parseMetrics(read(name), name);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((a, b) => a + b, 0);
}

Deno.test("deno task asr runs every setting once, prints errors and what was heard, and exports what evaluates the same", async () => {
  const { code, stdout, stderr } = await project.run("asr", ...tiny);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, "39-phone error rate");
  assertStringIncludes(stdout, "  said   h# ");
  const { rows, told } = parseResults(read("results.json"), "results.json");
  assertEquals(rows.map(({ setting }) => setting), ["A", "B", "C", "D"]);
  assert(
    rows.every(({ tested, score }) => tested === 4 && score.low <= score.value && score.value <= score.high),
  );
  assertEquals([rows[0]!.gainOverA, told.examples.length], [null, 4]);
  const { classes, leftOut, checkpoints } = metricsOf("D");
  assertEquals([classes.length, leftOut], [62, []]);
  const { confusion, values } = checkpoints.best;
  assertEquals(confusion.labels.length, 40);
  const cells = confusion.counts.flatMap((row, i) => row.map((count, j) => i === j ? 0 : count));
  const wrong = ["substitutions", "insertions", "deletions"].map((name) => figure(metricsOf("D"), name));
  assertEquals(sum(cells), sum(wrong));

  const file = `${project.folder}/model.safetensors`;
  const exported = await project.run("export", "asr-timit-*-D-*", "--to", file);
  assertEquals(exported.code, 0, exported.stderr);
  assert(readTensors(file).tensors.has("lstmlayer.weight_ih_l0_reverse"));
  const again = await project.run("evaluate", "--checkpoint", file, ...tiny, "--json");
  assertEquals(again.code, 0, again.stderr);
  const { trained, checkpoint } = JSON.parse(again.stdout);
  assertEquals([trained, checkpoint.values], [["stft", "mel"], values]);
  assertRefused(
    await project.run("evaluate", "--checkpoint", file, "--task", "kws"),
    /it says that it was trained for asr\. Leave --task out\./,
  );

  const second = await project.events("asr", ...tiny);
  assertEquals([second.result.code, second.ran], [0, []]);
});

Deno.test("recognisers go through sweeps, masks, random Mel filters, checkpoints to start from, range tests and status", async () => {
  const sweep = await project.events(
    "sweep",
    "--task",
    "asr",
    "--setting",
    "A",
    "frontend.random_mel=false,true",
    "frontend.mask={start: 0, end: 60}",
    "decoder=beam",
    ...tiny,
  );
  assertEquals(sweep.result.code, 0, sweep.result.stderr);
  assertEquals(sweep.ran.filter((task) => task.startsWith("train/")), [
    "train/asr-timit-linear-nnaudio-mask0-60-A-mel10-seed0",
    "train/asr-timit-linear-nnaudio-mask0-60-random-A-mel10-seed0",
  ]);
  const file = `${project.folder}/start.safetensors`;
  const from = project.runName("asr-timit-linear-nnaudio-mask0-60-A-mel10-seed0");
  assertEquals((await project.run("export", from, "--to", file)).code, 0);
  const tuned = await project.run(
    "asr",
    ...tiny,
    "setting=A",
    "frontend.mask={start: 0, end: 60}",
    `init_from=${file}`,
  );
  assertEquals(tuned.code, 0, tuned.stderr);
  assertStringIncludes(tuned.stderr, "Starts from");
  const lr = await project.run("lr", "--task", "asr", ...tiny, "setting=A", "--steps", "12", "--json");
  assertEquals(lr.code, 0, lr.stderr);
  assertEquals(JSON.parse(lr.stdout).points.length > 5, true);
  const status = await project.run("status", "--task", "asr", ...tiny);
  assertStringIncludes(status.stdout, `train/${project.runName("asr-timit-linear-nnaudio-D-mel10-seed0")}`);
  const graph = await project.run("graph", "--task", "asr", ...tiny, "--format", "mermaid");
  assertStringIncludes(graph.stdout, "flowchart");
  const words = await project.run("asr", ...tiny, "setting=A", "dataset.output=word");
  assertEquals(words.code, 0, words.stderr);
  assertStringIncludes(words.stdout, project.runName("asr-timit-word-linear-nnaudio-A-mel10-seed0"));
});

Deno.test("utterances without a path through their frames are counted, said, and left out of training and test", async () => {
  const tiny = miniatureTimit(project, "short");
  for (const folder of ["TRAIN/DR1/FAAA0", "TEST/DR1/FZZZ0"]) {
    const path = `${project.folder}/short/${folder}/SX37.PHN`;
    const lines = Array.from({ length: 200 }, (_, i) => `${i} ${i + 1} ${i % 2 === 0 ? "iy" : "aa"}\n`);
    Deno.writeTextFileSync(path, lines.join(""));
  }
  const { code, stdout, stderr } = await project.run("asr", ...tiny, "setting=A");
  assertEquals(code, 0, stderr);
  assertStringIncludes(
    stderr,
    "1 example has fewer frames than labels take and is left out; the first is ",
  );
  assertStringIncludes(stderr, "with 61 frames where 200 are needed.");
  assertStringIncludes(stdout, "1 utterance of the test split left out");
  assertEquals(metricsOf("A").leftOut.map(({ needed }) => needed), [200]);
});

Deno.test("a corpus that cannot be used ends the run with one clear sentence and no results", async () => {
  const tiny = miniatureTimit(project, "broken");
  const failure = async (...changes: string[]) => {
    const { code, stderr } = await project.run("asr", ...tiny, "setting=A", ...changes);
    assertEquals(code === 0, false);
    assert(!stderr.includes("    at "), stderr);
    return stderr;
  };
  Deno.removeSync(`${project.folder}/broken/TRAIN/DR1/FAAA0/SX37.PHN`);
  assertStringIncludes(await failure(), "SX37.WAV: its .PHN file is missing");
  assertStringIncludes(await failure("dataset=kaldi"), "it has no file wav.scp, wanted a Kaldi data folder");
  assertStringIncludes(
    await failure("dataset.root=null"),
    "dataset.root: wanted the path of the LDC's TIMIT folder",
  );
  assertStringIncludes(
    await failure("trainer.sampler=balanced"),
    "trainer.sampler: wanted one of shuffle, lengths",
  );
});
