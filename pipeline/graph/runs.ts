/** From configurations to tasks: the runs of a sweep, and what compares and shows them. */
import type { BackendName } from "../../lib/backend/backend_io.ts";
import { wordsOfParts } from "../../lib/frontends/front_end.ts";
import { maskedHz } from "../../lib/frontends/plan.ts";
import { toFile } from "../../lib/base/record.ts";
import { conditionKey, conditionSchema } from "../../lib/records/condition.ts";
import { SPLITS } from "../../lib/records/example_index.ts";
import type { MissingRun } from "../../lib/records/results.ts";
import type { RunConfig } from "../config/schema.ts";
import { listens } from "../config/stream_schema.ts";
import type { Sweep } from "../config/sweep.ts";
import type { InputSource, TaskGraph } from "../engine/types.ts";
import { EVENT_FILE } from "../report/events/event_file.ts";
import { repeatsSeeds } from "../report/statistics/comparison.ts";
import type { ReportAudio } from "../report/page/report_audio.ts";
import { lookedInto } from "../report/statistics/selection.ts";
import { listenedTo } from "../report/statistics/worst.ts";
import { GraphBuilder, output } from "./builder.ts";
import { addSplit, type DataOptions, datasetTitle } from "./data.ts";
import { type PlannedNetwork, planNetwork } from "./network.ts";
import { folderNames, type NamedRun, nameRun, uniqueRuns } from "./run_names.ts";
import { stepModules } from "./kind_modules.ts";
import { addStream } from "./stream.ts";
import { addTraining, type TrainingTasks } from "./training.ts";
import { tensorWork, WASM_PACKAGES } from "./work.ts";

/** One run and the names of its tasks. */
export interface RunPlan extends TrainingTasks, NamedRun {
  readonly config: RunConfig;
  readonly planned: PlannedNetwork;
  /** Writes its event file. */
  readonly tensorboard: string;
  /** Writes what it did on a stream, and its checkpoint with an operating point; absent: it listens to none. */
  readonly stream?: string;
}

/** The runs of a sweep, all of one task, and what compares and shows them. */
export interface RunGraph {
  readonly graph: TaskGraph;
  /** Seconds that tasks' work may take, as far as it could be told. */
  readonly seconds: ReadonlyMap<string, number>;
  readonly runs: readonly RunPlan[];
  /** Name of the task that compares the runs. */
  readonly aggregate: string;
  /** Writes `report.html` and the folder `figures`. */
  readonly report: string;
  /** Writes the folder `png`; absent if no images were asked for. */
  readonly png?: string;
  /** A run's name -> the task that writes its `probe.safetensors`, of runs that trained any of the front-end. */
  readonly probes: ReadonlyMap<string, string>;
}

export interface GraphOptions extends DataOptions {
  /** What `backend=auto` means on this machine. */
  readonly autoBackend: BackendName;
  /** Heading of the table. */
  readonly title: string;
  /** Draw the report's figures as PNG too. */
  readonly images?: boolean;
  /** Which examples the report lets hear. */
  readonly audio?: ReportAudio;
  /** Runs that were to be compared too, and failed: the table and the page say so. */
  readonly missing?: readonly MissingRun[];
  /** Name of the `aggregate` task after its stage: `kws`, `sweep-n_mels`. */
  readonly name: string;
  /** What to type to have the same again. */
  readonly command?: string;
}

/** Examples that a report shows before and after training. */
const PROBED_CLIPS = 3;

/** @param sweep At least one point; all are of one task. */
export async function runGraph(sweep: Sweep, options: GraphOptions): Promise<RunGraph> {
  const builder = new GraphBuilder();
  const points = uniqueRuns(sweep);
  const trained = [];
  for (const point of points) {
    const named = nameRun(point, sweep);
    const planned = await planNetwork(point);
    const work = tensorWork(point.config, options.autoBackend);
    const tasks = addTraining(builder, named, planned, work, options);
    const dataFile = point.composed.choices.get("dataset")!.name;
    trained.push({ ...named, config: point.config, planned, dataFile, ...tasks });
  }
  const descriptions = trained.map(({ description }) => description);
  const records: Record<string, InputSource> = {};
  const predictions: Record<string, InputSource> = {};
  for (const { description: { run }, train, evaluate, conditions } of trained) {
    records[`history:${run}`] = output(train, "history.json");
    const add = (name: string, task: string) => {
      records[`metrics:${name}`] = output(task, "metrics.json");
      predictions[`predictions:${name}`] = output(task, "predictions.json");
    };
    add(run, evaluate);
    for (const { condition, evaluate } of conditions) add(`${run}@${conditionKey(condition)}`, evaluate);
  }
  const tested = trained.flatMap(({ conditions }) => conditions.map(({ condition }) => condition));
  const conditions = [...new Map(tested.map((one) => [conditionKey(one), one])).values()]
    .map((condition) => toFile(conditionSchema, condition));
  const data = dataOf(builder, trained, options);
  const name = [options.name, ...folderNames(points)].join("-");
  const { title, missing = [] } = options;
  const aggregate = builder.add({
    name: `aggregate/${name}`,
    stage: "aggregate",
    slice: {
      title,
      runs: descriptions,
      conditions,
      missing,
      data: data.map(({ indices, ...set }) => ({ ...set, indices: Object.keys(indices) })),
      command: options.command ?? null,
    },
    inputs: { ...records, ...predictions, ...Object.assign({}, ...data.map(({ indices }) => indices)) },
    outputs: [
      "results.json",
      "results.csv",
      "results.md",
      ...(repeatsSeeds(descriptions) ? ["summary.csv"] : []),
    ],
  });
  const probes = new Map(
    trained.filter(({ planned }) => planned.frontend.trained.length > 0).map((run) =>
      [run.description.run, addProbe(builder, run)] as const
    ),
  );
  const shown = lookedInto(descriptions).map(({ run }) => run);
  const { audio = "errors" } = options;
  const heard = trained.find(({ description }) => description === listenedTo(descriptions))!;
  const clips = addClips(builder, heard, audio, options);
  const runs = trained.map((run): RunPlan => ({
    ...run,
    tensorboard: addTensorboard(builder, run, probes.get(run.description.run)),
    ...listening(builder, run, options),
  }));
  const report = builder.add({
    name: `report/${name}`,
    stage: "report",
    slice: {
      title,
      runs: await Promise.all(trained.map(reportRun)),
      conditions,
      looked_into: shown,
      listened_to: heard.description.run,
      audio,
    },
    inputs: {
      results: output(aggregate, "results.json"),
      ...records,
      ...predictions,
      clips: output(clips, "clips.safetensors"),
      ...Object.fromEntries(
        shown.map((run) => [`probe:${run}`, output(probes.get(run)!, "probe.safetensors")]),
      ),
      ...Object.fromEntries(
        runs.flatMap(({ description: { run }, stream }) =>
          stream === undefined ? [] : [[`stream:${run}`, output(stream, "stream.json")] as const]
        ),
      ),
    },
    outputs: ["report.html", "figures", "doubtful_labels.txt"],
  });
  const png = options.images !== true ? {} : {
    png: builder.add({
      name: `png/${name}`,
      stage: "png",
      slice: { scale: 2 },
      inputs: { figures: output(report, "figures") },
      outputs: ["png"],
      packages: ["@resvg/resvg-wasm", "@expo-google-fonts/pt-sans"],
    }),
  };
  return { graph: builder.graph(), seconds: builder.seconds, runs, aggregate, report, probes, ...png };
}

type TrainedRun = Omit<RunPlan, "tensorboard" | "stream">;

function listening(
  builder: GraphBuilder,
  { description: { run }, usual, planned, config, train }: TrainedRun,
  { autoBackend }: GraphOptions,
): Pick<RunPlan, "stream"> {
  const { stream, dataset, trainer } = config;
  if (stream === undefined || !listens(stream)) return {};
  const made = planned.kinds.dataset.streams?.(dataset);
  if (made === undefined) return {};
  const checkpoint = output(train, `${trainer.test}.safetensors`);
  const listener = { name: run, alike: usual, checkpoint, planned, ...made };
  return { stream: addStream(builder, listener, stream, tensorWork(config, autoBackend)) };
}

/** The data sets of all runs, each once, with the inputs that tell of their splits. */
function dataOf(
  builder: GraphBuilder,
  runs: readonly (Pick<TrainedRun, "planned"> & { readonly dataFile: string })[],
  options: DataOptions,
) {
  const sets = runs.map(
    ({ planned: { kinds: { dataset: kind }, config: { dataset: config } }, dataFile }) => {
      const dataset = { kind, config, evaluated: null };
      const indices = SPLITS.map((split) => addSplit(builder, dataset, split, options).index);
      return {
        name: datasetTitle(dataset, dataFile),
        synthetic: kind.maker !== undefined,
        indices: Object.fromEntries(
          indices.flatMap((index) => index.kind === "task" ? [[index.task.replace("/", ":"), index]] : []),
        ),
      };
    },
  );
  return [...new Map(sets.map((set) => [JSON.stringify(set.indices), set])).values()];
}

function addProbe(
  builder: GraphBuilder,
  { description, usual, planned: { config, frontend }, train, test }: TrainedRun,
): string {
  return builder.add({
    name: `probe/${description.run}`,
    alike: `probe/${usual}`,
    stage: "probe",
    kinds: stepModules(frontend.steps),
    slice: { frontend, clips: PROBED_CLIPS },
    inputs: { checkpoint: output(train, `${config.trainer.test}.safetensors`), examples: test },
    outputs: ["probe.safetensors"],
    packages: WASM_PACKAGES,
  });
}

/** What the report's list of errors is made of. */
function addClips(
  builder: GraphBuilder,
  { description, usual, planned: { config, kinds, frontend }, train, evaluate }: TrainedRun,
  audio: ReportAudio,
  options: DataOptions,
): string {
  const dataset = { kind: kinds.dataset, config: config.dataset, evaluated: null };
  const { index, recordings } = addSplit(builder, dataset, "test", options);
  const [suffix, which] = audio === "all" ? ["@all", "all"] : ["", "errors"];
  return builder.add({
    name: `clips/${description.run}${suffix}`,
    alike: `clips/${usual}${suffix}`,
    stage: "clips",
    kinds: stepModules(frontend.steps),
    slice: { frontend, lower_is_better: kinds.task.figures[0]!.lowerIsBetter, which },
    inputs: {
      ...recordings,
      index,
      predictions: output(evaluate, "predictions.json"),
      checkpoint: output(train, `${config.trainer.test}.safetensors`),
    },
    outputs: ["clips.safetensors"],
    packages: WASM_PACKAGES,
  });
}

/** @param probe Of a run whose front-end was trained: pictures come from there. */
function addTensorboard(
  builder: GraphBuilder,
  { description, usual, train, evaluate, conditions, slice }: TrainedRun,
  probe: string | undefined,
): string {
  return builder.add({
    name: `tensorboard/${description.run}`,
    alike: `tensorboard/${usual}`,
    stage: "tensorboard",
    slice: { training: slice },
    inputs: {
      history: output(train, "history.json"),
      best: output(train, "best.safetensors"),
      last: output(train, "last.safetensors"),
      metrics: output(evaluate, "metrics.json"),
      ...Object.fromEntries(
        conditions.map(({ condition, evaluate }) =>
          [`metrics@${conditionKey(condition)}`, output(evaluate, "metrics.json")] as const
        ),
      ),
      ...(probe === undefined ? {} : { probe: output(probe, "probe.safetensors") }),
    },
    outputs: [EVENT_FILE],
  });
}

async function reportRun({ description, planned: { frontend, chain, coverage } }: TrainedRun) {
  const words = await wordsOfParts(frontend);
  return {
    ...description,
    trained: Object.fromEntries(frontend.trained.map((part) => [part, words[part]!])),
    sample_rate: frontend.sample_rate,
    masked_hz: maskedHz(chain, frontend.sample_rate),
    uncovered_bins: coverage.uncoveredBins,
  };
}
