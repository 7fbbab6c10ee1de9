import { assert, assertEquals } from "@std/assert";
import { decode } from "fast-png";
import { dftBasis } from "../../../lib/audio/dft_basis.ts";
import { binCount } from "../../../lib/audio/framing.ts";
import { melFilters } from "../../../lib/audio/mel_scale.ts";
import type { StoredTensor, WritableData } from "../../../lib/formats/safetensors.ts";
import { writeTensors } from "../../../lib/formats/safetensors_io.ts";
import type { NnAudioSpec } from "../../../lib/frontends/spec.ts";
import { EVENT_FILE } from "../../../pipeline/report/event_file.ts";
import { readEvents, type ReadSummary } from "../../support/events.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { assertDone, runStage } from "./stage_process.ts";
import { CLASSES, FRONTEND, TRAIN_SLICE } from "./tiny.ts";

const BINS = binCount(FRONTEND.nFft);
const SPEC: NnAudioSpec = { ...FRONTEND as NnAudioSpec, trainable: { stft: true, mel: true } };

const HISTORY = {
  format: 1,
  best_epoch: 2,
  epochs: [1, 2, 3].map((epoch) => ({
    epoch,
    steps: 10 * epoch,
    lr: { stft: 0.1, mel: 0.2, model: 0.3 / epoch },
    loss: 3 / epoch,
    accuracy: 0.25 * epoch,
    validation_loss: 4 / epoch,
    validation_accuracy: 0.125 * epoch,
  })),
};

const METRICS = {
  format: 1,
  classes: CLASSES,
  checkpoints: {
    best: {
      epoch: 2,
      figures: {
        accuracy: 0.75,
        f1: { macro: 0.5 },
        per_class: [{ f1: 9 }],
        confusion: [[2, 2, 0], [0, 4, 0], [0, 0, 0]],
      },
    },
  },
};

async function events(
  folder: string,
  probe: boolean,
): Promise<{ file: Uint8Array; summaries: ReadSummary[] }> {
  const inputs: Record<string, string> = Object.fromEntries(
    ["history", "metrics", "best", "last", ...(probe ? ["probe"] : [])].map((
      name,
    ) => [name, `${folder}/${name}`]),
  );
  Deno.writeTextFileSync(inputs["history"]!, JSON.stringify(HISTORY));
  Deno.writeTextFileSync(inputs["metrics"]!, JSON.stringify(METRICS));
  const basis = dftBasis(SPEC.nFft);
  const kernels = { shape: [BINS, 1, SPEC.nFft], data: basis.wcos };
  const state = (weight: number) =>
    new Map([
      ["mel_layer.mel_basis", { shape: [SPEC.nMels, BINS], data: melFilters(SPEC).map((w) => 2 * w) }],
      ["mel_layer.stft.wcos", kernels],
      ["linearlayer.weight", { shape: [3, 4], data: new Float32Array(12).map((_, i) => i * weight) }],
    ]);
  writeTensors(inputs["best"]!, state(1));
  writeTensors(inputs["last"]!, state(2));
  if (probe) {
    const clips = (value: number) => ({
      shape: [2, SPEC.nMels, 5],
      data: new Float32Array(2 * SPEC.nMels * 5).fill(value),
    });
    const tensors = new Map<string, StoredTensor<WritableData>>([
      ["clips/labels", { shape: [2], data: Int32Array.of(1, 2) }],
      ["clips/initial", clips(-3)],
      ["clips/learned", clips(-2)],
    ]);
    writeTensors(inputs["probe"]!, tensors, { classes: JSON.stringify(CLASSES) });
  }
  const slice = { training: { ...TRAIN_SLICE, frontend: SPEC } };
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
  assertEquals(points("test/f1/macro"), [[20, 0.5]]);

  const weights = of("tensors/linearlayer.weight").map(({ step, histogram }) => [step, histogram!.max]);
  assertEquals(weights, [[20, 11], [30, 22]]);
  const mel = of("tensors/mel_layer.mel_basis").map(({ step, histogram }) => [step, histogram!.max]);
  const top = Math.max(...melFilters(SPEC));
  assertEquals(mel, [[0, top], [20, 2 * top], [30, 2 * top]]);

  const filters = of("filters/mel_layer.mel_basis");
  assertEquals(filters.map(({ step }) => step), [0, 20]);
  const kernels = decode(of("kernels/mel_layer.stft.wcos")[0]!.image!.png);
  assertEquals([kernels.width, kernels.height], [SPEC.nFft, BINS]);
  const confusion = of("confusion")[0]!.image!;
  const { width, height, data, palette } = decode(confusion.png);
  assertEquals([width, height, confusion.width, confusion.height], [72, 72, 72, 72]);
  const colour = (x: number, y: number) => palette![data[y * width + x]!]![0];
  // Row "yes": one half of its clips right, one half taken for "no"; row "no": all right.
  assertEquals(colour(5, 5), colour(30, 5));
  assert(colour(30, 30)! > colour(5, 5)!);
  assertEquals(of("confusion_counts")[0]!.text!.split("\n")[2], "| **yes** | 2 | 2 | 0 |");
  assert(of("configuration")[0]!.text!.includes("| optim.model.lr | 0.01 |"));
  assertEquals(new Set(summaries.map(({ tag }) => tag)).size, new Set(summaries.map(kindOf)).size);
});

Deno.test("tensorboard shows clips before and after where there is a probe, and writes the same bytes again", async () => {
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
  assertEquals((await events(other.path, true)).file, file);
});

/** A reader takes a tag for one kind of thing. */
function kindOf({ tag, scalar, histogram, image, text }: ReadSummary): string {
  const kind = [scalar, histogram, image, text].findIndex((value) => value !== undefined);
  return `${tag} ${kind}`;
}
