/** The tasks that show runs: probes of trained front-ends, and the report. */
import { uncoveredBins } from "../lib/frontends/coverage.ts";
import type { FrontendSpec } from "../lib/frontends/spec.ts";
import type { RunConfig } from "./config/schema.ts";
import type { InputSource } from "./engine/types.ts";
import { type GraphBuilder, output } from "./graph_builder.ts";
import type { ReportRun } from "./report/report_data.ts";
import type { RunDescription } from "./report/results.ts";
import { lookedInto } from "./report/selection.ts";
import type { ProbeSlice } from "./stages/probe.ts";
import type { ProbeRecognizerSlice } from "./stages/probe_recognizer.ts";
import type { ReportSlice } from "./stages/report_before.ts";

/** What a report needs to know of a run. */
export interface ShownRun {
  readonly description: RunDescription;
  readonly config: RunConfig;
  readonly frontend: FrontendSpec;
  /** Names of tasks. */
  readonly train: string;
  readonly features: string;
}

export interface ReportRequest {
  readonly task: "kws" | "asr";
  readonly title: string;
  /** Name of the task that compares the runs. */
  readonly aggregate: string;
  /** The inputs `metrics:<run>` and `history:<run>` of every run. */
  readonly records: Readonly<Record<string, InputSource>>;
  readonly runs: readonly ShownRun[];
  /** Draw the figures as PNG too. */
  readonly images: boolean;
}

/** Clips that a report shows before and after training. */
const PROBED_CLIPS = 4;

/** Names of tasks. */
export interface ReportTasks {
  /** Writes `report.html` and the folder `figures`. */
  readonly report: string;
  /** Writes the folder `png`; absent if no images were asked for. */
  readonly png?: string;
  /** A run's name -> the task that writes its `probe.safetensors`, of runs that trained any of the front-end. */
  readonly probes: ReadonlyMap<string, string>;
}

export function addReport(
  builder: GraphBuilder,
  { task, title, aggregate, records, runs, images }: ReportRequest,
): ReportTasks {
  const shown = lookedInto(runs.map(({ description }) => description)).map(({ run }) => run);
  const probes = new Map(
    runs.filter(({ frontend: { trainable } }) => trainable.stft || trainable.mel).map((
      run,
    ) => [run.description.run, addProbe(builder, run)]),
  );
  const probed = shown.map((run) => [`probe:${run}`, output(probes.get(run)!, "probe.safetensors")]);
  const slice: ReportSlice = { task, title, runs: runs.map(reportRun), looked_into: shown };
  const name = aggregate.slice("aggregate/".length);
  const report = builder.add({
    name: `report/${name}`,
    stage: "report",
    module: "report_before",
    slice,
    inputs: { results: output(aggregate, "results.json"), ...records, ...Object.fromEntries(probed) },
    outputs: ["report.html", "figures"],
  });
  if (!images) return { report, probes };
  return {
    report,
    probes,
    png: builder.add({
      name: `png/${name}`,
      stage: "png",
      slice: { scale: 2 },
      inputs: { figures: output(report, "figures") },
      outputs: ["png"],
      packages: ["@resvg/resvg-wasm", "@expo-google-fonts/pt-sans"],
    }),
  };
}

function addProbe(
  builder: GraphBuilder,
  { description, config, frontend, features, train }: ShownRun,
): string {
  const best = output(train, "best.safetensors");
  const task = {
    name: `probe/${description.run}`,
    stage: "probe",
    outputs: ["probe.safetensors"],
    packages: ["@tensorflow/tfjs-backend-wasm"],
  };
  if (config.task === "asr") {
    const slice: ProbeRecognizerSlice = { frontend };
    return builder.add({ ...task, module: "probe_recognizer", slice, inputs: { best } });
  }
  const slice: ProbeSlice = { frontend, clip_samples: config.dataset.clip_samples, clips: PROBED_CLIPS };
  return builder.add({ ...task, slice, inputs: { best, test: output(features, "test.safetensors") } });
}

function reportRun({ description, frontend }: ShownRun): ReportRun {
  const { sampleRate, nFft, hopSamples } = frontend;
  return {
    ...description,
    sample_rate: sampleRate,
    n_fft: nFft,
    hop_samples: hopSamples,
    uncovered_bins: uncoveredBins(frontend),
  };
}
