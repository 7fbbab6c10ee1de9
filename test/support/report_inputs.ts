/** Inputs of the `report` stage as other stages would write them, of as many runs as wanted, without any training. */
import { binCount } from "../../lib/audio/framing.ts";
import { Rng } from "../../lib/base/random.ts";
import type { StoredTensor, WritableData } from "../../lib/formats/safetensors.ts";
import { writeTensors } from "../../lib/formats/safetensors_io.ts";
import { classificationFigures, startCounts } from "../../lib/metrics/classification.ts";
import type { InputOrigin, TaskKey } from "../../pipeline/engine/types.ts";
import type { ReportRun } from "../../pipeline/report/report_data.ts";
import { compareRuns } from "../../pipeline/report/results.ts";
import { lookedInto } from "../../pipeline/report/selection.ts";
import type { Metrics } from "../../pipeline/stages/evaluate.ts";
import type { ReportSlice } from "../../pipeline/stages/report.ts";
import type { History } from "../../pipeline/stages/train.ts";

const CLASSES = [
  "yes",
  "no",
  "up",
  "down",
  "left",
  "right",
  "on",
  "off",
  "stop",
  "go",
  "_silence_",
  "_unknown_",
];
const EPOCHS = 20;
const [N_FFT, HOP_SAMPLES, SAMPLE_RATE, FRAMES] = [480, 160, 16000, 101];

export interface ReportInputs {
  readonly slice: ReportSlice;
  readonly inputs: Readonly<Record<string, string>>;
  readonly origins: Readonly<Record<string, InputOrigin>>;
}

export interface Axes {
  readonly models: readonly string[];
  readonly frontends: readonly string[];
  readonly nMels: readonly number[];
  readonly settings: readonly string[];
  readonly seeds: readonly number[];
  readonly others?: readonly ReportRun["other"][];
}

/** 4 numbers of bands, 4 settings, 2 models, 2 front-ends. */
export const SWEEP_OF_64: Axes = {
  models: ["linear", "bc_resnet"],
  frontends: ["nnaudio", "fastaudio"],
  nMels: [10, 20, 30, 40],
  settings: ["A", "B", "C", "D"],
  seeds: [0],
};

/** Writes everything into `folder`. */
export function writeReportInputs(folder: string, axes: Axes): ReportInputs {
  const runs = runsOf(axes);
  const inputs: Record<string, string> = { results: `${folder}/results.json` };
  const origins: Record<string, InputOrigin> = {};
  const figures = runs.map((run) => {
    const rng = Rng.fromSeed(run.run);
    const metrics = metricsOf(run, rng);
    const put = (name: string, value: unknown) => {
      inputs[`${name}:${run.run}`] = `${folder}/${name}-${run.run}.json`;
      Deno.writeTextFileSync(inputs[`${name}:${run.run}`]!, JSON.stringify(value));
      origins[`${name}:${run.run}`] = originOf(name === "metrics" ? "evaluate" : "train", run);
    };
    put("metrics", metrics);
    put("history", historyOf(run, rng));
    const of = (checkpoint: "best" | "last") => {
      const { epoch, figures: f } = metrics.checkpoints[checkpoint];
      const { accuracy, cross_entropy } = f;
      return { epoch, accuracy, cross_entropy, f1_macro: f.f1.macro, f1_weighted: f.f1.weighted };
    };
    return {
      ...run,
      trained_parameters: metrics.trained_parameters,
      test_clips: metrics.checkpoints.best.figures.clips,
      best: of("best"),
      last: of("last"),
      train_seconds: 10 * (1 + SETTINGS.indexOf(run.setting)),
    };
  });
  Deno.writeTextFileSync(inputs["results"]!, JSON.stringify({ rows: compareRuns(figures) }));
  const shown = lookedInto(runs);
  for (const run of shown) {
    inputs[`probe:${run.run}`] = `${folder}/probe-${run.run}.safetensors`;
    writeTensors(inputs[`probe:${run.run}`]!, probeOf(run), { classes: JSON.stringify(CLASSES) });
    origins[`probe:${run.run}`] = originOf("probe", run);
  }
  return {
    slice: {
      task: "kws",
      title: "Keyword spotting: a sweep",
      runs,
      looked_into: shown.map(({ run }) => run),
    },
    inputs,
    origins,
  };
}

const SETTINGS = ["A", "B", "C", "D"];

function runsOf({ models, frontends, nMels, settings, seeds, others = [{}] }: Axes): ReportRun[] {
  return models.flatMap((model) =>
    frontends.flatMap((frontend) =>
      others.flatMap((other, o) =>
        nMels.flatMap((n_mels) =>
          settings.flatMap((setting) =>
            seeds.map((seed) => ({
              run: `${model}-${frontend}-${setting}-mel${n_mels}-seed${seed}${o === 0 ? "" : `-other${o}`}`,
              model,
              frontend,
              setting,
              n_mels,
              seed,
              other,
              sample_rate: SAMPLE_RATE,
              n_fft: N_FFT,
              hop_samples: HOP_SAMPLES,
              uncovered_bins: 2,
            }))
          )
        )
      )
    )
  );
}

/** Better with more bands and with more trained; a confusion matrix that adds up. */
function metricsOf(run: ReportRun, rng: Rng): Metrics {
  const skill = 0.5 + run.n_mels / 200 + SETTINGS.indexOf(run.setting) / 20;
  const counts = startCounts(CLASSES.length);
  for (let clip = 0; clip < 30 * CLASSES.length; clip++) {
    const label = clip % CLASSES.length;
    const taken = rng.uniform(0, 1) < skill ? label : rng.integer(CLASSES.length);
    counts.confusion[label * CLASSES.length + taken]! += 1;
    counts.crossEntropySum += taken === label ? 0.3 : 2;
    counts.clips++;
  }
  const figures = classificationFigures(counts, CLASSES);
  return {
    format: 1,
    classes: CLASSES,
    trained_parameters: 50000 * (1 + SETTINGS.indexOf(run.setting)),
    checkpoints: { best: { epoch: EPOCHS - 2, figures }, last: { epoch: EPOCHS, figures } },
  };
}

function historyOf(run: ReportRun, rng: Rng): History {
  const floor = 1 - SETTINGS.indexOf(run.setting) / 10;
  return {
    format: 1,
    best_epoch: EPOCHS - 2,
    epochs: Array.from({ length: EPOCHS }, (_, i) => ({
      epoch: i + 1,
      steps: 30 * (i + 1),
      lr: { model: 1e-3, stft: 1e-2, mel: 1e-5 },
      loss: 2 * Math.exp(-i / 6) + 0.05 * rng.normal(),
      accuracy: 1 - Math.exp(-i / 6),
      validation_loss: floor + Math.exp(-i / 4) + 0.05 * rng.normal(),
      validation_accuracy: 0.6 - Math.exp(-i / 4) / 2,
    })),
  };
}

/** What `probe` would write, of filters and kernels that are noise beside where they were. */
function probeOf(run: ReportRun): Map<string, StoredTensor<WritableData>> {
  const rng = Rng.fromSeed(`probe ${run.run}`);
  const tensors = new Map<string, StoredTensor<WritableData>>();
  const put = (name: string, shape: number[], value: (i: number) => number) =>
    tensors.set(name, {
      shape,
      data: Float32Array.from({ length: shape.reduce((size, n) => size * n, 1) }, (_, i) => value(i)),
    });
  const whole = (name: string, values: readonly number[]) =>
    tensors.set(name, { shape: [values.length], data: Int32Array.from(values) });
  const { n_mels: bands, setting } = run;
  const bins = binCount(N_FFT);
  for (const state of ["initial", "learned"]) {
    const noise = state === "initial" ? 0 : 1;
    put(`clips/${state}`, [4, bands, FRAMES], (i) => Math.sin(i / 500) * 4 - 6 + noise * 0.3 * rng.normal());
    if (setting !== "C") {
      const centre = (m: number) => ((m + 1) / (bands + 1)) ** 2 * bins;
      put(`filters/${state}/weights`, [bands, bins], (i) => {
        const triangle = 1 - Math.abs(i % bins - centre(Math.floor(i / bins))) / (bins / bands);
        return Math.max(0, triangle + (triangle > 0 ? noise * 0.1 * rng.normal() : 0));
      });
      put(`filters/${state}/centres_hz`, [bands], (m) => centre(m) * 33 + noise * 10 * rng.normal());
      put(`filters/${state}/widths_hz`, [bands], () => 200 + noise * 10 * rng.normal());
    }
    if (setting !== "B") {
      put(
        `kernels/${state}/response_db`,
        [bins, bins],
        (i) => Math.max(-120, -20 * Math.abs(Math.floor(i / bins) - i % bins) + noise * rng.normal()),
      );
      for (const part of ["wcos", "wsin"]) {
        put(`kernels/${state}/${part}`, [4, N_FFT], (i) => Math.sin(i / 9) + noise * 0.1 * rng.normal());
      }
    }
  }
  whole("clips/labels", [0, 1, 2, 3]);
  if (setting !== "B") {
    put("kernels/change", [bins], (k) => 0.1 * (1 + Math.sin(k / 20)));
    whole("kernels/bins", Array.from({ length: bins }, (_, k) => k));
    whole("kernels/shown", [30, 90, 150, 210]);
  }
  return tensors;
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
