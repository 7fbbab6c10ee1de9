/** Inputs of the `report` stage as other stages would write them, of as many runs as wanted, without any training. */
import { binCount } from "../../lib/audio/framing.ts";
import { Rng } from "../../lib/base/random.ts";
import { writeTensors } from "../../lib/formats/safetensors_io.ts";
import { rateInterval } from "../../lib/metrics/interval.ts";
import { startCounts } from "../../lib/metrics/classification.ts";
import { dftBasis } from "../../lib/audio/dft_basis.ts";
import type { View } from "../../lib/frontends/contract.ts";
import { type History, historyText } from "../../lib/records/history.ts";
import { measuredBy, type Metrics, metricsText } from "../../lib/records/metrics.ts";
import { type HeardClips, heardClipsFile } from "../../lib/records/heard_clips.ts";
import { parsePredictions, type Predictions, predictionsText } from "../../lib/records/predictions.ts";
import { type Probe, probeFile, type ProbeState } from "../../lib/records/probe.ts";
import { resultsText } from "../../lib/records/results.ts";
import { streamText } from "../../lib/records/stream.ts";
import type { Figures } from "../../lib/tasks/contract.ts";
import { kind } from "../../lib/tasks/kws/kind.ts";
import { keywordFigures } from "../../lib/tasks/kws/figures.ts";
import type { InputOrigin, TaskKey } from "../../pipeline/engine/types.ts";
import type { Json } from "../../lib/base/json.ts";
import { TEN_WORDS } from "../../lib/data/words_layout/vocabulary.ts";
import { toFile } from "../../lib/base/record.ts";
import type { z } from "zod";
import { compareRuns } from "../../pipeline/report/statistics/comparison.ts";
import { type ReportRun, reportRunSchema } from "../../pipeline/report/page/report_data.ts";
import { lookedInto } from "../../pipeline/report/statistics/selection.ts";
import { badness, listenedTo, worstFirst } from "../../pipeline/report/statistics/worst.ts";
import type { reportSlice } from "../../pipeline/stages/report.ts";
import { measuredStream } from "./measured_stream.ts";

const CLASSES = [...TEN_WORDS, "_silence_", "_unknown_"];
const EPOCHS = 20;
const [N_FFT, HOP_SAMPLES, SAMPLE_RATE, FRAMES] = [480, 160, 16000, 101];

export interface ReportInputs {
  readonly slice: z.output<typeof reportSlice>;
  readonly inputs: Readonly<Record<string, string>>;
  readonly origins: Readonly<Record<string, InputOrigin>>;
}

/** What one run's evaluation found, of any task. */
export type Evaluate = (run: ReportRun, rng: Rng) => Metrics;

export interface Axes {
  readonly models: readonly string[];
  readonly frontends: readonly string[];
  readonly bands: readonly number[];
  readonly settings: readonly string[];
  readonly seeds: readonly number[];
  readonly others?: readonly ReportRun["other"][];
  /** Whether they listened to a stream. */
  readonly streams?: boolean;
}

/** 4 numbers of bands, 4 settings, 2 models, 2 front-ends. */
export const SWEEP_OF_64: Axes = {
  models: ["linear", "bc_resnet"],
  frontends: ["nnaudio", "fastaudio"],
  bands: [10, 20, 30, 40],
  settings: ["A", "B", "C", "D"],
  seeds: [0],
};

/** Writes everything into `folder`. */
export function writeReportInputs(folder: string, axes: Axes, evaluate: Evaluate = keywords): ReportInputs {
  const runs = runsOf(axes);
  const inputs: Record<string, string> = { results: `${folder}/results.json` };
  const origins: Record<string, InputOrigin> = {};
  const evaluated = runs.map((run) => {
    const rng = Rng.fromSeed(run.run);
    const metrics = evaluate(run, rng);
    const put = (name: string, text: string) => {
      inputs[`${name}:${run.run}`] = `${folder}/${name}-${run.run}.json`;
      Deno.writeTextFileSync(inputs[`${name}:${run.run}`]!, text);
      origins[`${name}:${run.run}`] = originOf(STAGES[name] ?? "evaluate", run);
    };
    put("metrics", metricsText(metrics));
    const { task, split, condition, classes } = metrics;
    put("predictions", predictionsText({ task, split, condition, classes, examples: examplesOf(metrics) }));
    put("history", historyText(historyOf(run, rng)));
    if (axes.streams === true) {
      const skill = 0.4 + run.bands / 200 + SETTINGS.indexOf(run.setting) / 8;
      put("stream", streamText(measuredStream(run.run, { classes: CLASSES, skill })));
    }
    const { sampleRate: _, maskedHz: __, uncoveredBins: ___, trained: ____, ...description } = run;
    return { description, metrics, under: [], trainSeconds: 10 * (1 + SETTINGS.indexOf(run.setting)) };
  });
  Deno.writeTextFileSync(
    inputs["results"]!,
    resultsText(compareRuns("Keyword spotting: a sweep", evaluated)),
  );
  const shown = lookedInto(runs);
  for (const run of shown) {
    inputs[`probe:${run.run}`] = `${folder}/probe-${run.run}.safetensors`;
    const { tensors, metadata } = probeFile(probeOf(run));
    writeTensors(inputs[`probe:${run.run}`]!, tensors, metadata);
    origins[`probe:${run.run}`] = originOf("probe", run);
  }
  const heard = listenedTo(runs);
  inputs["clips"] = `${folder}/clips.safetensors`;
  const predictions = Deno.readTextFileSync(inputs[`predictions:${heard.run}`]!);
  const lowerIsBetter = evaluated[0]!.metrics.columns[0]!.lowerIsBetter;
  const { tensors, metadata } = heardClipsFile(
    clipsOf(parsePredictions(predictions, "predictions"), heard, lowerIsBetter),
  );
  writeTensors(inputs["clips"], tensors, metadata);
  return {
    slice: {
      title: "A sweep",
      runs: runs.map((run) => toFile(reportRunSchema, run)),
      conditions: [],
      looked_into: shown.map(({ run }) => run),
      listened_to: heard.run,
      audio: "errors",
    },
    inputs,
    origins,
  };
}

/** Who writes a record, if not `evaluate`. */
const STAGES: Readonly<Record<string, string>> = { history: "train", stream: "stream" };
const SETTINGS = ["A", "B", "C", "D"];
const [STFT, MEL] = [{ stft: "STFT kernels" }, { mel: "Mel filters" }];
const TRAINED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  A: {},
  B: MEL,
  C: STFT,
  D: { ...STFT, ...MEL },
};

function runsOf({ models, frontends, bands, settings, seeds, others = [{}] }: Axes): ReportRun[] {
  return models.flatMap((model) =>
    frontends.flatMap((frontend) =>
      others.flatMap((other, o) =>
        bands.flatMap((bands) =>
          settings.flatMap((setting) =>
            seeds.map((seed) => ({
              run: `${model}-${frontend}-${setting}-mel${bands}-seed${seed}${o === 0 ? "" : `-other${o}`}`,
              model,
              frontend,
              setting,
              bands,
              seed,
              other,
              trained: TRAINED[setting]!,
              sampleRate: SAMPLE_RATE,
              maskedHz: maskOf(other["frontend.mask"]),
              uncoveredBins: 2,
            }))
          )
        )
      )
    )
  );
}

/** As bins, `0-60`. */
function maskOf(mask: Json | undefined): [number, number] | null {
  if (typeof mask !== "string") return null;
  const [start, end] = mask.split("-").map((bin) =>
    Math.min(SAMPLE_RATE / 2, Number(bin) * SAMPLE_RATE / N_FFT)
  );
  return [start!, end!];
}

/** Better with more bands and with more trained; a confusion matrix that adds up. */
function keywords(run: ReportRun, rng: Rng): Metrics {
  const skill = 0.5 + run.bands / 200 + SETTINGS.indexOf(run.setting) / 20;
  const counts = startCounts(CLASSES.length);
  for (let clip = 0; clip < 30 * CLASSES.length; clip++) {
    const label = clip % CLASSES.length;
    const taken = rng.uniform(0, 1) < skill ? label : rng.integer(CLASSES.length);
    counts.confusion[label * CLASSES.length + taken]! += 1;
    counts.crossEntropySum += taken === label ? 0.3 : 2;
    counts.clips++;
  }
  return {
    ...measuredBy("kws", kind),
    ...evaluationOf(run, keywordFigures(counts, CLASSES), counts.clips),
    classes: CLASSES,
    count: counts.clips,
    told: [{ name: "yes/<b>anna</b>.wav", labels: ["yes"], told: ["no"], posterior: 0.5 }],
  };
}

/** Speakers of the test split. */
const SPEAKERS = 24;

const HEARD = 14;

/** What `clips` would write, of tones. */
function clipsOf({ examples }: Predictions, { bands }: ReportRun, lowerIsBetter: boolean): HeardClips {
  const worst = worstFirst(examples, lowerIsBetter).slice(0, HEARD);
  const wrong = examples.filter((example) => badness(example, lowerIsBetter) > 0).length;
  return {
    clips: worst.map(({ name }, i) => ({
      name,
      wave: Int16Array.from({ length: 2 * SAMPLE_RATE }, (_, n) => 8000 * Math.sin(n * (i + 1) / 30)),
      image: i === 1 ? null : {
        shape: [bands, 26],
        values: Float32Array.from({ length: 26 * bands }, (_, at) => -8 + Math.sin(at * (i + 1) / 40)),
      },
    })),
    sampleRate: SAMPLE_RATE,
    representation: REPRESENTATION(bands),
    count: examples.length,
    wrong,
    cut: Math.max(0, wrong - HEARD),
  };
}

const REPRESENTATION = (bands: number) => ({
  name: "logmel",
  axes: [{ name: "band" as const, size: bands }, { name: "time" as const, size: null }],
  unit: "ln of energy",
  range: null,
});

/** Clips that are as hard for every run, told right so often that the score comes out. */
function examplesOf({ count, classes, checkpoints, told }: Metrics): Predictions["examples"] {
  if (told.some(({ labels }) => labels.length > 1)) {
    return Array.from({ length: count }, (_, i) => ({
      ...told[i % told.length]!,
      name: `speaker${i % SPEAKERS}/sentence${i}`,
      posteriors: null,
      loss: 1 + (i * 0.7548776662) % 1,
      speaker: `speaker${i % SPEAKERS}`,
      seconds: 2,
      score: (i * 0.6180339887) % 1 < checkpoints.best.score.value ? 1 : 0,
      of: 1,
    }));
  }
  return Array.from({ length: count }, (_, i) => {
    const label = i % classes.length;
    const score = (i * 0.6180339887) % 1 < checkpoints.best.score.value ? 1 : 0;
    const told = score === 1 ? label : (label + 1) % classes.length;
    const posterior = 0.4 + 0.5 * ((i * 0.7548776662) % 1);
    const rest = (1 - posterior) / (classes.length - 1);
    return {
      name: `${classes[label]}/speaker${i % SPEAKERS}_nohash_${i}.wav`,
      labels: [classes[label]!],
      told: [classes[told]!],
      posterior,
      posteriors: classes.map((_, k) => k === told ? posterior : rest),
      loss: -Math.log(score === 1 ? posterior : rest),
      speaker: `speaker${i % SPEAKERS}`,
      seconds: 1,
      score,
      of: 1,
    };
  });
}

/** The rest of a record. */
export function evaluationOf(run: ReportRun, figures: Figures, count: number) {
  const score = {
    ...rateInterval(figures.score, count),
    method: "wilson" as const,
    speakers: null,
    noises: 0,
  };
  const checkpoint = (epoch: number) => ({ epoch, ...figures, score });
  return {
    format: 4 as const,
    split: "test" as const,
    condition: null,
    leftOut: [],
    trainedParameters: 50000 * (1 + SETTINGS.indexOf(run.setting)),
    tested: "best" as const,
    checkpoints: { best: checkpoint(EPOCHS - 2), last: checkpoint(EPOCHS) },
  };
}

function historyOf(run: ReportRun, rng: Rng): History {
  const floor = 1 - SETTINGS.indexOf(run.setting) / 10;
  return {
    format: 1,
    bestEpoch: EPOCHS - 2,
    epochs: Array.from({ length: EPOCHS }, (_, i) => ({
      epoch: i + 1,
      steps: 30 * (i + 1),
      lr: { model: 1e-3, stft: 1e-2, mel: 1e-5 },
      loss: 2 * Math.exp(-i / 6) + 0.05 * rng.normal(),
      accuracy: 1 - Math.exp(-i / 6),
      validationLoss: floor + Math.exp(-i / 4) + 0.05 * rng.normal(),
      validationAccuracy: 0.6 - Math.exp(-i / 4) / 2,
    })),
  };
}

/** What `probe` would write, of filters and kernels that are noise beside where they were. */
function probeOf({ run, bands, setting }: ReportRun): Probe {
  const rng = Rng.fromSeed(`probe ${run}`);
  const noise = (state: ProbeState, size: number) => state === "initial" ? 0 : size * rng.normal();
  const bins = binCount(N_FFT);
  const centre = (m: number) => ((m + 1) / (bands + 1)) ** 2 * bins;
  const array = (size: number, value: (i: number) => number) =>
    Float32Array.from({ length: size }, (_, i) => value(i));
  const binsHz = array(bins, (k) => k * SAMPLE_RATE / N_FFT);
  const filters = (state: ProbeState): View => ({
    type: "filters",
    bands,
    binsHz,
    weights: array(bands * bins, (i) => {
      const triangle = 1 - Math.abs(i % bins - centre(Math.floor(i / bins))) / (bins / bands);
      return Math.max(0, triangle + (triangle > 0 ? noise(state, 0.1) : 0));
    }),
    centresHz: array(bands, (m) => m === 0 ? NaN : centre(m) * 33 + noise(state, 10)),
    widthsHz: array(bands, () => 200 + noise(state, 10)),
  });
  const kernels = (state: ProbeState): View => {
    const { wcos, wsin } = dftBasis(N_FFT);
    const moved = (weight: number) => weight + noise(state, 0.05);
    return {
      type: "kernels",
      samples: N_FFT,
      binsHz,
      sampleRate: SAMPLE_RATE,
      wcos: wcos.map(moved),
      wsin: wsin.map(moved),
    };
  };
  const gains = (state: ProbeState): View => ({
    type: "values",
    name: "gain",
    unit: "dB",
    values: array(bands, (m) => m + noise(state, 1)),
  });
  const view = (step: string, of: (state: ProbeState) => View) => ({
    step,
    initial: of("initial"),
    learned: of("learned"),
  });
  return {
    views: [
      ...(setting === "B" ? [] : [view("0-stft", kernels)]),
      ...(setting === "C" ? [] : [view("1-mel", filters), view("2-gain", gains)]),
    ],
    clips: CLASSES.slice(0, 4).map((label) => ({
      name: `${label}/anna_0`,
      labels: [label],
      shape: [bands, FRAMES],
      initial: array(bands * FRAMES, (i) => Math.sin(i / 500) * 4 - 6),
      learned: array(bands * FRAMES, (i) => Math.sin(i / 500) * 4 - 6 + 0.3 * rng.normal()),
    })),
    representation: REPRESENTATION(bands),
    secondsPerFrame: HOP_SAMPLES / SAMPLE_RATE,
  };
}

function originOf(stage: string, run: ReportRun): InputOrigin {
  return {
    task: `${stage}/${run.run}`,
    key: "a".repeat(64) as TaskKey,
    code: "b".repeat(64),
    startedAt: "2026-01-02T03:04:05.678Z",
    seconds: 12.5,
    deno: "2.9.6",
    slice: { setting: run.setting, text: '</script><img src="x">' },
    inputs: {},
  };
}
