import { assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { Rng } from "../../../lib/base/random.ts";
import { readTensors, writeTensors } from "../../../lib/formats/safetensors_io.ts";
import type { Metrics } from "../../../pipeline/stages/evaluate.ts";
import { assertDone, failureOf, runStage } from "./stage_process.ts";
import { CLASSES, CLIP_SAMPLES, FRAMES, FRONTEND, writeLogmel } from "./tiny.ts";

const INPUTS = FRONTEND.nMels * FRAMES;
const CLIPS = 20;
const SLICE = {
  frontend: FRONTEND,
  model: { kind: "linear" },
  backend: "wasm",
  batch_size: 8,
  clip_samples: CLIP_SAMPLES,
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

/** Test features and two random checkpoints of the linear model in setting A. */
function prepare(folder: string, metadata: Record<string, string> = {}) {
  const inputs = { test: `${folder}/test`, best: `${folder}/best`, last: `${folder}/last` };
  writeLogmel(inputs.test, CLIPS, "test");
  for (const [name, epoch] of [["best", "2"], ["last", "5"]] as const) {
    const rng = Rng.fromSeed(name);
    const normal = (length: number) => Float32Array.from({ length }, () => 0.3 * rng.normal());
    const tensors = new Map([
      ["linearlayer.weight", { shape: [CLASSES.length, INPUTS], data: normal(CLASSES.length * INPUTS) }],
      ["linearlayer.bias", { shape: [CLASSES.length], data: normal(CLASSES.length) }],
    ]);
    writeTensors(inputs[name], tensors, { epoch, ...metadata });
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
  return JSON.parse(Deno.readTextFileSync(`${folder}/out/metrics.json`)) as Metrics;
}

inFolder(
  "evaluate measures both checkpoints as plain arithmetic does, whatever the batch size",
  async (folder) => {
    const given = prepare(folder);
    assertDone(await runStage(given));
    const metrics = metricsOf(folder);
    assertEquals([metrics.format, metrics.classes], [1, CLASSES]);
    assertEquals(metrics.trained_parameters, CLASSES.length * (INPUTS + 1));
    for (const [name, epoch] of [["best", 2], ["last", 5]] as const) {
      const { epoch: found, figures } = metrics.checkpoints[name];
      const [accuracy, crossEntropy] = reference(folder, name);
      assertEquals([found, figures.clips, figures.accuracy], [epoch, CLIPS, accuracy]);
      assertAlmostEquals(figures.cross_entropy, crossEntropy, 1e-5 * crossEntropy);
      assertEquals(figures.confusion.map((row) => row.reduce((a, b) => a + b)), [7, 7, 6]);
    }
    const text = Deno.readTextFileSync(`${folder}/out/metrics.json`);
    assertDone(await runStage(given));
    assertEquals(Deno.readTextFileSync(`${folder}/out/metrics.json`), text);
    assertDone(await runStage({ ...given, slice: { ...SLICE, batch_size: 3 } }));
    const other = metricsOf(folder);
    for (const name of ["best", "last"] as const) {
      const [a, b] = [metrics.checkpoints[name].figures, other.checkpoints[name].figures];
      assertEquals(b.confusion, a.confusion);
      assertAlmostEquals(b.cross_entropy, a.cross_entropy, 1e-6 * a.cross_entropy);
    }
  },
);

inFolder("evaluate refuses a checkpoint of another network or of other classes", async (folder) => {
  const given = prepare(folder, { classes: '["a","b","c"]' });
  const classes = failureOf(await runStage(given));
  assertEquals(classes.reason, "bad-file");
  assertStringIncludes(classes.message, 'found classes ["a","b","c"]');
  writeTensors(given.inputs.best, new Map([["conv.weight", { shape: [1], data: new Float32Array(1) }]]));
  assertStringIncludes(failureOf(await runStage(given)).message, "found unknown tensors conv.weight");
});
