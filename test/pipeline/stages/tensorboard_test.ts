import { assert, assertEquals } from "@std/assert";
import { decode } from "fast-png";
import { dftBasis } from "../../../lib/audio/dft_basis.ts";
import { writeTensors } from "../../../lib/formats/safetensors_io.ts";
import { historyText } from "../../../lib/records/history.ts";
import { metricsText } from "../../../lib/records/metrics.ts";
import { probeFile } from "../../../lib/records/probe.ts";
import { EVENT_FILE } from "../../../pipeline/report/events/event_file.ts";
import { keywordRun } from "../../support/evaluated_runs.ts";
import { readEvents, type ReadSummary } from "../../support/events.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { assertDone, runStage } from "./stage_process.ts";

const [BANDS, BINS, N_FFT] = [3, 9, 16];

const HISTORY = historyText({
  bestEpoch: 2,
  epochs: [1, 2, 3].map((epoch) => ({
    epoch,
    steps: 10 * epoch,
    lr: { stft: 0.1, mel: 0.2, model: 0.3 / epoch },
    loss: 3 / epoch,
    accuracy: 0.25 * epoch,
    validationLoss: 4 / epoch,
    validationAccuracy: 0.125 * epoch,
  })),
});

function metrics(): string {
  const { metrics } = keywordRun({ setting: "D", score: 0.75 });
  const confusion = {
    labels: ["yes", "no", "_silence_"],
    counts: [[2, 2, 0], [0, 4, 0], [0, 0, 0]],
    nothing: false,
  };
  const best = { ...metrics.checkpoints.best, confusion };
  return metricsText({ ...metrics, checkpoints: { best, last: best } });
}

function writeProbe(path: string): void {
  const array = (size: number, value: number) => new Float32Array(size).fill(value);
  const kernels = {
    type: "kernels" as const,
    samples: N_FFT,
    sampleRate: 16000,
    binsHz: array(BINS, 1),
    ...dftBasis(N_FFT),
  };
  const filters = (weight: number) => ({
    type: "filters" as const,
    bands: BANDS,
    binsHz: array(BINS, 1),
    weights: Float32Array.from({ length: BANDS * BINS }, (_, i) => i % 2 * weight),
    centresHz: array(BANDS, 1),
    widthsHz: array(BANDS, 1),
  });
  const gain = { type: "values" as const, name: "gain", unit: "", values: array(BANDS, 1) };
  const { tensors, metadata } = probeFile({
    views: [
      { step: "1-stft", initial: kernels, learned: kernels },
      { step: "2-mel", initial: filters(1), learned: filters(2) },
      { step: "3-pcen", initial: gain, learned: gain },
    ],
    clips: ["no", "_silence_"].map((label) => ({
      name: `${label}/1`,
      labels: [label],
      shape: [BANDS, 5],
      initial: array(BANDS * 5, -3),
      learned: array(BANDS * 5, -2),
    })),
    representation: {
      name: "logmel",
      axes: [{ name: "band", size: BANDS }, { name: "time", size: null }],
      unit: "ln of energy",
      range: null,
    },
    secondsPerFrame: 0.01,
  });
  writeTensors(path, tensors, metadata);
}

async function events(
  folder: string,
  probe: boolean,
): Promise<{ file: Uint8Array; summaries: ReadSummary[] }> {
  const inputs: Record<string, string> = Object.fromEntries(
    ["history", "metrics", "best", "last", ...(probe ? ["probe"] : [])].map((
      name,
    ) => [name, `${folder}/${name}`]),
  );
  Deno.writeTextFileSync(inputs["history"]!, HISTORY);
  Deno.writeTextFileSync(inputs["metrics"]!, metrics());
  const noisy = keywordRun({ setting: "D", score: 0.25 }).metrics;
  const condition = { snrDb: 20, gainDb: null, noise: "background", seed: 0 } as const;
  inputs["metrics@snr20"] = `${folder}/noisy`;
  Deno.writeTextFileSync(inputs["metrics@snr20"], metricsText({ ...noisy, condition }));
  const state = (weight: number) =>
    new Map([["linearlayer.weight", {
      shape: [3, 4],
      data: new Float32Array(12).map((_, i) => i * weight),
    }]]);
  writeTensors(inputs["best"]!, state(1));
  writeTensors(inputs["last"]!, state(2));
  if (probe) writeProbe(inputs["probe"]!);
  const frontend = { kind: "toy", trained: ["mel"], steps: [{ step: "mel", trained: true, n_mels: 3 }] };
  const slice = { training: { frontend, optim: { model: { lr: 0.01 } } } };
  assertDone(await runStage({ stage: "tensorboard", slice, inputs, folder }));
  const file = Deno.readFileSync(`${folder}/out/${EVENT_FILE}`);
  return { file, summaries: readEvents(file) };
}

Deno.test("tensorboard writes a run's curves, figures, histograms and pictures", async () => {
  await using dir = tempDir();
  const { summaries } = await events(dir.path, false);
  const of = (tag: string) => summaries.filter((summary) => summary.tag === tag);
  const points = (tag: string) => of(tag).map(({ step, scalar }) => [step, scalar]);
  assertEquals(points("loss/training"), [[10, 3], [20, 1.5], [30, 1]]);
  assertEquals(points("loss/validation"), [[10, 4], [20, 2], [30, Math.fround(4 / 3)]]);
  assertEquals(points("accuracy/validation"), [[10, 0.125], [20, 0.25], [30, 0.375]]);
  assertEquals(points("learning_rate/model")[0], [10, Math.fround(0.3)]);
  assertEquals(points("test/accuracy"), [[20, 0.75]]);
  assertEquals(points("test/f1_macro"), [[20, 0.375]]);
  assertEquals(points("test@snr20/accuracy"), [[20, 0.25]]);

  const weights = of("tensors/linearlayer.weight").map(({ step, histogram }) => [step, histogram!.max]);
  assertEquals(weights, [[20, 11], [30, 22]]);
  const confusion = of("confusion")[0]!.image!;
  const { width, height, data, palette } = decode(confusion.png);
  assertEquals([width, height, confusion.width, confusion.height], [72, 72, 72, 72]);
  const colour = (x: number, y: number) => palette![data[y * width + x]!]![0];
  // Row "yes": one half of its clips right, one half taken for "no"; row "no": all right.
  assertEquals(colour(5, 5), colour(30, 5));
  assert(colour(30, 30)! > colour(5, 5)!);
  assertEquals(of("confusion_counts")[0]!.text!.split("\n")[2], "| **yes** | 2 | 2 | 0 |");
  assert(of("configuration")[0]!.text!.includes("| optim.model.lr | 0.01 |"));
  assert(of("configuration")[0]!.text!.includes("| frontend.n_mels | 3 |"));
  assertEquals(new Set(summaries.map(({ tag }) => tag)).size, new Set(summaries.map(kindOf)).size);
});

Deno.test("tensorboard shows views and clips before and after where there is a probe, and writes the same bytes again", async () => {
  await using dir = tempDir();
  await using other = tempDir();
  const { file, summaries } = await events(dir.path, true);
  const clips = summaries.filter(({ tag }) => tag.startsWith("spectrogram/"));
  assertEquals(clips.map(({ tag, step }) => [tag, step]), [
    ["spectrogram/no", 0],
    ["spectrogram/_silence_", 0],
    ["spectrogram/no", 20],
    ["spectrogram/_silence_", 20],
  ]);
  const of = (tag: string) => summaries.filter((summary) => summary.tag === tag);
  assertEquals(of("weights/2-mel").map(({ step, histogram }) => [step, histogram!.max]), [[0, 1], [20, 2]]);
  assertEquals(of("weights/3-pcen/gain").map(({ step }) => step), [0, 20]);
  assertEquals(of("filters/2-mel").map(({ step }) => step), [0, 20]);
  const kernels = decode(of("kernels/1-stft/wcos")[0]!.image!.png);
  assertEquals([kernels.width, kernels.height], [N_FFT, BINS]);
  assertEquals(new Set(summaries.map(({ tag }) => tag)).size, new Set(summaries.map(kindOf)).size);
  assertEquals((await events(other.path, true)).file, file);
});

/** A reader takes a tag for one kind of thing. */
function kindOf({ tag, scalar, histogram, image, text }: ReadSummary): string {
  const kind = [scalar, histogram, image, text].findIndex((value) => value !== undefined);
  return `${tag} ${kind}`;
}
