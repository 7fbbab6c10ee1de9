import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { Rng } from "../../../lib/base/random.ts";
import { countBatch, startCounts } from "../../../lib/metrics/classification.ts";
import { rateInterval } from "../../../lib/metrics/interval.ts";
import { keywordFigures } from "../../../lib/tasks/kws/figures.ts";
import type { StoredTensor, WritableData } from "../../../lib/formats/safetensors.ts";
import { readTensors, writeTensors } from "../../../lib/formats/safetensors_io.ts";
import { checkpointMetadata } from "../../../lib/records/checkpoint.ts";
import { type Metrics, parseEvaluation, parseMetrics } from "../../../lib/records/metrics.ts";
import { parsePredictions } from "../../../lib/records/predictions.ts";
import { assertDone, failureOf, runStage } from "./stage_process.ts";
import {
  BANDS,
  CLASSES,
  CLIP_SAMPLES,
  FRAMES,
  FRONTEND,
  frontendOf,
  LABELS,
  RECOGNITION_SLICE,
  SAMPLE_RATE,
  writeIndex,
  writeLogmel,
  writeUtterances,
} from "./tiny.ts";

const INPUTS = BANDS * FRAMES;
const CLIPS = 20;
const NAMES = Array.from({ length: CLIPS }, (_, i) => `${CLASSES[i % CLASSES.length]}/${i}`);
const SLICE = {
  task: "kws",
  frontend: FRONTEND,
  model: { kind: "linear" },
  split: "test",
  condition: null,
  groups: {},
  backend: "wasm",
  batch_size: 8,
  tested: "best",
};
/** What a checkpoint of this network says of itself. */
const SAID = {
  task: "kws",
  classes: CLASSES,
  frontend: FRONTEND,
  model: { kind: "linear" },
  sampleRate: SAMPLE_RATE,
  clipSamples: CLIP_SAMPLES,
};

function inFolder(name: string, body: (folder: string) => Promise<void>): void {
  Deno.test(name, async () => {
    const folder = Deno.makeTempDirSync();
    try {
      await body(folder);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}

/** Random values for the linear model behind a front-end of which nothing is trained. */
function randomModel(seed: string): Map<string, StoredTensor<WritableData>> {
  const rng = Rng.fromSeed(seed);
  const normal = (length: number) => Float32Array.from({ length }, () => 0.3 * rng.normal());
  return new Map([
    ["linearlayer.weight", { shape: [CLASSES.length, INPUTS], data: normal(CLASSES.length * INPUTS) }],
    ["linearlayer.bias", { shape: [CLASSES.length], data: normal(CLASSES.length) }],
  ]);
}

/** Test features and two random checkpoints. */
async function prepare(folder: string, said: Partial<typeof SAID> = {}) {
  const inputs = {
    examples: `${folder}/test`,
    index: `${folder}/index.json`,
    best: `${folder}/best`,
    last: `${folder}/last`,
  };
  await writeLogmel(inputs.examples, CLIPS, "test");
  writeIndex(inputs.index, NAMES, CLASSES);
  for (const [name, epoch] of [["best", 2], ["last", 5]] as const) {
    writeTensors(inputs[name], randomModel(name), checkpointMetadata({ ...SAID, ...said, epoch }));
  }
  return { stage: "evaluate", slice: SLICE, inputs, folder };
}

/** Accuracy and cross entropy written out: logits = weight @ features + bias. */
function reference(folder: string, checkpoint: "best" | "last"): [number, number] {
  const values = (
    file: string,
    name: string,
  ) => [...readTensors(`${folder}/${file}`).tensors.get(name)!.data as Float32Array | Int32Array];
  const [weight, bias] = [values(checkpoint, "linearlayer.weight"), values(checkpoint, "linearlayer.bias")];
  const [features, labels] = [values("test", "features"), values("test", "labels")];
  let [correct, loss] = [0, 0];
  labels.forEach((label, clip) => {
    const logits = bias.map((b, k) =>
      features.slice(clip * INPUTS, (clip + 1) * INPUTS).reduce(
        (sum, x, i) => sum + x * weight[k * INPUTS + i]!,
        b,
      )
    );
    if (logits.indexOf(Math.max(...logits)) === label) correct++;
    loss -= logits[label]! - Math.log(logits.reduce((sum, z) => sum + Math.exp(z), 0));
  });
  return [correct / labels.length, loss / labels.length];
}

function metricsOf(folder: string): Metrics {
  return parseMetrics(Deno.readTextFileSync(`${folder}/out/metrics.json`), "metrics.json");
}

/** By the names that the record gives them. */
function valueOf(
  { columns }: Pick<Metrics, "columns">,
  { values }: Metrics["checkpoints"]["best"],
  name: string,
): number {
  return values[columns.findIndex((column) => column.name === name)]!;
}

inFolder(
  "evaluate measures both checkpoints as plain arithmetic does, whatever the batch size",
  async (folder) => {
    const given = await prepare(folder);
    assertDone(await runStage(given));
    const metrics = metricsOf(folder);
    assertEquals([metrics.task, metrics.split, metrics.classes], ["kws", "test", CLASSES]);
    assertEquals([metrics.count, metrics.leftOut], [CLIPS, []]);
    assertEquals(metrics.trainedParameters, CLASSES.length * (INPUTS + 1));
    for (const [name, epoch] of [["best", 2], ["last", 5]] as const) {
      const figures = metrics.checkpoints[name];
      const [accuracy, crossEntropy] = reference(folder, name);
      assertEquals([figures.epoch, valueOf(metrics, figures, "accuracy")], [epoch, accuracy]);
      assertAlmostEquals(valueOf(metrics, figures, "cross_entropy"), crossEntropy, 1e-5 * crossEntropy);
      assertEquals(figures.confusion.counts.map((row) => row.reduce((a, b) => a + b)), [7, 7, 6]);
    }
    const text = Deno.readTextFileSync(`${folder}/out/metrics.json`);
    assertDone(await runStage(given));
    assertEquals(Deno.readTextFileSync(`${folder}/out/metrics.json`), text);
    assertDone(await runStage({ ...given, slice: { ...SLICE, batch_size: 3 } }));
    const other = metricsOf(folder);
    for (const name of ["best", "last"] as const) {
      const [a, b] = [metrics.checkpoints[name], other.checkpoints[name]];
      assertEquals(b.confusion, a.confusion);
      const entropy = valueOf(metrics, a, "cross_entropy");
      assertAlmostEquals(valueOf(other, b, "cross_entropy"), entropy, 1e-6 * entropy);
    }
  },
);

inFolder("evaluate tells every example: what it is, what it was taken for, how surely", async (folder) => {
  assertDone(await runStage(await prepare(folder)));
  const text = Deno.readTextFileSync(`${folder}/out/predictions.json`);
  const { task, split, examples } = parsePredictions(text, "predictions.json");
  assertEquals([task, split, examples.length], ["kws", "test", CLIPS]);
  assertEquals(examples.map(({ name }) => name), examples.map((_, i) => `${CLASSES[i % 3]}/${i}`));
  assertEquals(examples.map(({ labels }) => labels), examples.map((_, i) => [CLASSES[i % 3]!]));
  const right = examples.filter(({ labels, told }) => labels[0] === told[0]).length;
  const [accuracy] = reference(folder, "best");
  assertEquals(right / CLIPS, accuracy);
  const sum = (name: "score" | "of") => examples.reduce((total, example) => total + example[name], 0);
  assertEquals(sum("score") / sum("of"), accuracy);
  for (const { told, labels, posterior, posteriors, loss, speaker, seconds, name } of examples) {
    assert(posterior! > 1 / CLASSES.length && posterior! <= 1);
    assertAlmostEquals(posteriors![CLASSES.indexOf(told[0]!)]!, posterior!, 1e-6);
    assertAlmostEquals(posteriors!.reduce((all, p) => all + p, 0), 1, 1e-5);
    assertAlmostEquals(-Math.log(posteriors![CLASSES.indexOf(labels[0]!)]!), loss, 1e-5);
    assertEquals([speaker, seconds], [`speaker${NAMES.indexOf(name) % 5}`, CLIP_SAMPLES / SAMPLE_RATE]);
  }
});

inFolder("every figure of a network follows from what it told of each example", async (folder) => {
  assertDone(await runStage(await prepare(folder)));
  const { classes, examples } = parsePredictions(
    Deno.readTextFileSync(`${folder}/out/predictions.json`),
    "predictions.json",
  );
  const counts = startCounts(classes.length);
  countBatch(
    counts,
    examples.flatMap(({ posteriors }) => posteriors!.map(Math.log)),
    examples.map(({ labels }) => classes.indexOf(labels[0]!)),
  );
  const { values, confusion, score } = keywordFigures(counts, classes);
  const metrics = metricsOf(folder);
  const { best } = metrics.checkpoints;
  assertEquals([best.confusion, best.score.value], [confusion, score]);
  values.forEach((value, i) => assertAlmostEquals(value!, best.values[i]!, 1e-5, metrics.columns[i]!.name));
  assertEquals([best.score.method, best.score.speakers], ["bootstrap", 5]);
  const { low, high } = rateInterval(score, CLIPS);
  assert(best.score.low <= low && high <= best.score.high);
});

inFolder("evaluate refuses an index that is not of the features", async (folder) => {
  const given = await prepare(folder);
  writeIndex(given.inputs.index, NAMES.slice(1), CLASSES);
  const { reason, message } = failureOf(await runStage(given));
  assertEquals(reason, "bad-file");
  assertStringIncludes(message, "found no yes/0 in the index");
});

inFolder("evaluate measures a checkpoint from anywhere as it does a training's", async (folder) => {
  const { inputs: { examples, index, best }, ...given } = await prepare(folder);
  assertDone(await runStage({ ...given, inputs: { examples, index, best, last: best } }));
  const { checkpoints } = metricsOf(folder);
  assertDone(await runStage({ ...given, inputs: { examples, index, checkpoint: best } }));
  const evaluation = () =>
    parseEvaluation(Deno.readTextFileSync(`${folder}/out/evaluation.json`), "evaluation.json");
  assertEquals(evaluation().checkpoint, checkpoints.best);
  // A file from elsewhere says nothing of itself, not even its epoch.
  writeTensors(best, randomModel("best"));
  assertDone(await runStage({ ...given, inputs: { examples, index, checkpoint: best } }));
  assertEquals(evaluation().checkpoint, { ...checkpoints.best, epoch: null });
});

inFolder(
  "evaluate refuses a checkpoint of another network, of other classes or other features",
  async (folder) => {
    const given = await prepare(folder, { classes: ["a", "b", "c"] });
    const classes = failureOf(await runStage(given));
    assertEquals(classes.reason, "bad-file");
    assertStringIncludes(classes.message, "found classes a, b, c, the features have yes, no, _silence_");
    const { inputs: { examples, index, best } } = given;
    const asElsewhere = { ...given, inputs: { examples, index, checkpoint: best } };
    assertStringIncludes(
      failureOf(await runStage(asElsewhere)).message,
      'it was trained on classes ["a","b","c"], here they are ["yes","no","_silence_"]',
    );
    const frontend = await frontendOf([], { f_min_hz: 50 });
    writeTensors(best, randomModel("best"), checkpointMetadata({ ...SAID, frontend, epoch: 1 }));
    assertStringIncludes(
      failureOf(await runStage(asElsewhere)).message,
      "with another front-end: mel.f_min_hz: 50 there, 0 here. Give the values it was trained with.",
    );
    writeTensors(best, new Map([["conv.weight", { shape: [1], data: new Float32Array(1) }]]));
    assertStringIncludes(failureOf(await runStage(given)).message, "found unknown tensors conv.weight");
  },
);

inFolder(
  "evaluate counts sequences by the same stage, decoded as asked, batch by batch or not",
  async (folder) => {
    const inputs = { train: `${folder}/train`, validation: `${folder}/validation` };
    const index = `${folder}/index.json`;
    writeIndex(index, Array.from({ length: 12 }, (_, i) => `u${i}`), LABELS);
    await writeUtterances(inputs.train, 24, "train");
    await writeUtterances(inputs.validation, 12, "validation");
    assertDone(await runStage({ stage: "train", slice: RECOGNITION_SLICE, inputs, folder }));
    const [best, last] = ["best", "last"].map((name) => `${folder}/${name}.safetensors`) as [string, string];
    for (const path of [best, last]) Deno.renameSync(path.replace(folder, `${folder}/out`), path);
    const evaluate = async (decoder: object, batch_size: number) => {
      const slice = { ...SLICE, task: "asr", groups: { decoder }, batch_size };
      const given = { stage: "evaluate", inputs: { examples: inputs.validation, index, best, last }, folder };
      assertDone(await runStage({ ...given, slice }));
      return metricsOf(folder);
    };
    const greedy = { kind: "greedy" };
    const metrics = await evaluate(greedy, 8);
    assertEquals([metrics.task, metrics.classes, metrics.count], ["asr", LABELS, 12]);
    const { best: found } = metrics.checkpoints;
    const errors = ["substitutions", "insertions", "deletions"].map((name) => valueOf(metrics, found, name));
    const labels = parsePredictions(Deno.readTextFileSync(`${folder}/out/predictions.json`), "p").examples
      .reduce((sum, example) => sum + example.labels.length, 0);
    assertAlmostEquals(valueOf(metrics, found, "error_rate"), errors.reduce((a, b) => a + b) / labels, 1e-12);
    assertEquals((await evaluate(greedy, 5)).checkpoints.best.confusion, found.confusion);
    const beam = await evaluate({ kind: "beam", width: 4 }, 8);
    assert(valueOf(beam, beam.checkpoints.best, "error_rate") <= valueOf(metrics, found, "error_rate") + 0.2);
  },
);

inFolder(
  "evaluate tells of an empty split that it is, but a training's must have examples",
  async (folder) => {
    const { inputs, ...given } = await prepare(folder);
    await writeLogmel(inputs.examples, 0, "none");
    const { examples, index, best: checkpoint } = inputs;
    assertDone(await runStage({ ...given, inputs: { examples, index, checkpoint } }));
    const text = Deno.readTextFileSync(`${folder}/out/evaluation.json`);
    const evaluation = parseEvaluation(text, "evaluation.json");
    assertEquals([evaluation.count, evaluation.checkpoint, evaluation.classes], [0, null, CLASSES]);
    const failure = failureOf(await runStage({ ...given, inputs }));
    assertEquals(failure.reason, "bad-dataset");
    assertStringIncludes(failure.message, "this split of the data set has no examples");
  },
);
