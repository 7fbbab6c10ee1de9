/**
 * Stage `evaluate`: how well a network does on one split. Of a training both states are told, of a checkpoint from
 * anywhere the one that there is.
 */
import { z } from "zod";
import { openBackend } from "../../lib/backend/backend_io.ts";
import { UserError } from "../../lib/base/errors.ts";
import { loadKind } from "../../lib/base/kinds.ts";
import { Rng } from "../../lib/base/random.ts";
import { readTensors } from "../../lib/formats/safetensors_io.ts";
import { countTrainable, createState } from "../../lib/nn/state.ts";
import type { NetworkState } from "../../lib/nn/types.ts";
import { parseCheckpoint } from "../../lib/records/checkpoint.ts";
import { conditionSchema } from "../../lib/records/condition.ts";
import { type ExampleIndex, parseIndex, SPLITS } from "../../lib/records/example_index.ts";
import { evaluationText, measuredBy, metricsText, TESTED } from "../../lib/records/metrics.ts";
import { type PredictedExample, type Prediction, predictionsText } from "../../lib/records/predictions.ts";
import { backendSchema, networkShape } from "../../lib/records/specs.ts";
import { type ScoreInterval, scoreInterval } from "../../lib/metrics/score_interval.ts";
import { speakersOf } from "../../lib/metrics/speakers.ts";
import type { Batch, Figures, Tally, ToldExample } from "../../lib/tasks/contract.ts";
import { TASKS } from "../../lib/tasks/kinds.ts";
import { stateFrom } from "../../lib/train/checkpoint.ts";
import { countExamples, type ExampleSource } from "../../lib/train/example_file_io.ts";
import { runThrough } from "../../lib/train/objective.ts";
import { openNetwork } from "../../lib/train/session_io.ts";
import { assignValues } from "../../lib/train/snapshot.ts";
import { importCheckpoint } from "../checkpoints/import_io.ts";
import { defineStage, type StageIo } from "../engine/stage.ts";

/**
 * Reads inputs `examples` (features of the split) and `index` (of the split), and either `best` and `last` of a training, for `metrics.json`, or
 * `checkpoint`, for `evaluation.json`; writes `predictions.json` too, of the state that counts or of the checkpoint.
 */
const slice = z.strictObject({
  ...networkShape,
  /** Whether training left the model as it was. */
  freeze_model: z.boolean().default(false),
  split: z.enum(SPLITS),
  /** Under which the split is told; null: recordings as they are. */
  condition: conditionSchema.nullable(),
  batch_size: z.int().min(1),
  /** Which of a training's two states counts. */
  tested: z.enum(TESTED),
  /** The task's own groups of the configuration. */
  groups: z.record(z.string(), z.json()),
  backend: backendSchema,
});

/** Examples told in full beside the figures. */
const SHOWN = 6;

export const stage = defineStage({
  slice,
  async run(
    io,
    { task, frontend, model, freezeModel, split, condition, batchSize, tested, groups, backend },
  ) {
    const path = io.input("examples");
    io.madeWith((await openBackend(backend, { threads: io.threads })).facts);
    const warn = (message: string) => io.note("warning", `${split}: ${message}`);
    const { network, work, learner, info: { classes }, examples } = await openNetwork(
      { task, frontend, model, freezeModel },
      path,
      warn,
    );
    const state = createState(network, Rng.fromSeed(0)); // every value is replaced below
    const kind = await loadKind(TASKS, task, "task");
    const ofNetwork = {
      ...measuredBy(task, kind),
      split,
      condition,
      classes,
      trainedParameters: countTrainable(network),
    };
    const write = (name: string, text: string) => Deno.writeTextFileSync(io.output(name), text);
    const ofTraining = io.inputs["checkpoint"] === undefined;
    const said = ofTraining ? null : await importCheckpoint(io, { network, frontend, model, classes, state });
    if (!ofTraining && countExamples(path) === 0) {
      // A folder of one's own need not fill every split.
      const nothing = { count: 0, leftOut: [], told: [], checkpoint: null };
      write("evaluation.json", evaluationText({ ...ofNetwork, ...nothing }));
      write("predictions.json", predictionsText({ task, split, condition, classes, examples: [] }));
      return;
    }
    using source = examples(path);
    const entryOf = entriesIn(io.input("index"));
    // The same samples for all checkpoints, so that intervals can be compared.
    const rng = Rng.fromSeed(0).fork("bootstrap");
    const total = (ofTraining ? 2 : 1) * source.count;
    const unit = kind.words.examples;

    const measure = async (before: number): Promise<Outcome> => {
      const tally = work.startTally(classes, groups, true);
      const batches = work.evaluationBatches(source, batchSize, true);
      const add: Tally["add"] = (batch, logits, loss) => {
        checkFinite(batch, logits, source, io.inputs["checkpoint"]);
        tally.add(batch, logits, loss);
      };
      await runThrough(learner, state, source, batches, { add }, (done) => {
        io.progress({ done: before + done, total, unit });
      });
      const figures = tally.figures();
      const { told } = tally;
      const speakers = speakersOf(told.map(({ row }) => entryOf(source.names[row]!).speaker));
      const [score, of] = [told.map(({ score }) => score), told.map(({ of }) => of)];
      const interval = scoreInterval(Float64Array.from(score), Float64Array.from(of), speakers, rng);
      return { figures: { ...figures, score: interval }, told };
    };
    const about = { ...ofNetwork, count: source.count, leftOut: source.leftOut };
    const writePredictions = (told: readonly ToldExample[]) =>
      write(
        "predictions.json",
        predictionsText({
          task,
          split,
          condition,
          classes,
          examples: told.map((example) => predictedOf(source, example, entryOf(source.names[example.row]!))),
        }),
      );

    if (ofTraining) {
      const measureState = async (name: "best" | "last", before: number) => {
        const epoch = restore(io, name, state, network.specs, classes);
        const { figures, told } = await measure(before);
        return { checkpoint: { epoch, ...figures }, told };
      };
      const best = await measureState("best", 0);
      const last = await measureState("last", source.count);
      const checkpoints = { best: best.checkpoint, last: last.checkpoint };
      const { told } = { best, last }[tested];
      write("metrics.json", metricsText({ ...about, tested, told: shownOf(source, told), checkpoints }));
      writePredictions(told);
    } else {
      const { figures, told } = await measure(0);
      const checkpoint = { epoch: said?.epoch ?? null, ...figures };
      write("evaluation.json", evaluationText({ ...about, told: shownOf(source, told), checkpoint }));
      writePredictions(told);
    }
  },
});

/** @throws {UserError} `bad-file` if a network's answers are no numbers, of which no figure can be made. */
function checkFinite(
  { clips, rows }: Batch,
  logits: Float32Array,
  { names }: ExampleSource,
  checkpoint = "the trained network",
): void {
  const strange = logits.findIndex((value) => !Number.isFinite(value));
  if (strange < 0) return;
  const example = names[rows[Math.floor(strange * clips / logits.length)]!];
  throw new UserError(
    "bad-file",
    `Cannot evaluate ${checkpoint}: what it answers to ${example} is ${
      logits[strange]
    }, wanted finite numbers. Values of ` +
      `its tensors are too large to compute with; take another checkpoint.`,
  );
}

interface Outcome {
  readonly figures: Omit<Figures, "score"> & { readonly score: ScoreInterval };
  readonly told: readonly ToldExample[];
}

/** @returns The epoch that ended in this state. @throws {UserError} `bad-file` if it is not of this network. */
function restore(
  io: StageIo,
  name: string,
  state: NetworkState,
  specs: Parameters<typeof stateFrom>[0],
  classes: readonly string[],
): number | null {
  const path = io.input(name);
  const file = readTensors(path);
  const said = parseCheckpoint(file.metadata, path);
  if (said !== null && JSON.stringify(said.classes) !== JSON.stringify(classes)) {
    throw new UserError(
      "bad-file",
      `Cannot evaluate ${path}: found classes ${said.classes.join(", ")}, the features have ${
        classes.join(", ")
      }. ` +
        `Use the same data set, or list its classes in this order in dataset.targets.`,
    );
  }
  assignValues(state, stateFrom(specs, file, path));
  return said?.epoch ?? null;
}

/** What the index knows of an example. */
interface Entry {
  readonly speaker: string | null;
  readonly seconds: number;
}

/** By an example's name. */
function entriesIn(path: string): (name: string) => Entry {
  const { examples, sampleRate }: ExampleIndex = parseIndex(Deno.readTextFileSync(path), path);
  const entries = new Map(
    examples.map(({ name, speaker, samples }) => [
      name,
      { speaker: speaker === "" ? null : speaker, seconds: samples / sampleRate },
    ]),
  );
  return (name) => {
    const found = entries.get(name);
    if (found !== undefined) return found;
    throw new UserError(
      "bad-file",
      `Cannot evaluate: found no ${name} in the index ${path}, of which the features are. Make the features again.`,
    );
  };
}

function predictedOf(
  source: ExampleSource,
  told: ToldExample,
  { speaker, seconds }: Entry,
): PredictedExample {
  const { posteriors, loss, score, of } = told;
  return {
    ...predictionOf(source, told),
    posteriors: posteriors && Array.from(posteriors, short),
    loss: short(loss),
    speaker,
    seconds,
    score,
    of,
  };
}

/** As many digits as a 32-bit number has. */
function short(value: number): number {
  return Number(value.toPrecision(7));
}

function predictionOf(source: ExampleSource, { row, labels: heard, posterior }: ToldExample): Prediction {
  return {
    name: source.names[row]!,
    labels: Array.from(source.labelsOf(row), (label) => source.classes[label]!),
    told: heard,
    posterior,
  };
}

/** A few, spread evenly. */
function shownOf(source: ExampleSource, told: readonly ToldExample[]): Prediction[] {
  const shown = new Set(Array.from({ length: SHOWN }, (_, i) => Math.floor(i * told.length / SHOWN)));
  return told.filter((_, i) => shown.has(i)).map((example) => predictionOf(source, example));
}

if (import.meta.main) await stage.serve();
