/**
 * Stage `evaluate`: how well a network does on one split. Of a training both states are told, of a checkpoint from
 * anywhere the one that there is.
 */
import { z } from "zod";
import { openBackend } from "../../lib/backend/backend_io.ts";
import { loadKind } from "../../lib/base/kinds.ts";
import { Rng } from "../../lib/base/random.ts";
import { readTensors } from "../../lib/formats/safetensors_io.ts";
import { countTrainable, createState } from "../../lib/nn/state.ts";
import type { NetworkState } from "../../lib/nn/types.ts";
import { parseCheckpoint } from "../../lib/records/checkpoint.ts";
import { conditionSchema } from "../../lib/records/condition.ts";
import { SPLITS } from "../../lib/records/example_index.ts";
import { metricsText, TESTED } from "../../lib/records/metrics.ts";
import { backendSchema, networkShape } from "../../lib/records/specs.ts";
import type { Tally } from "../../lib/tasks/contract.ts";
import { TASKS } from "../../lib/tasks/kinds.ts";
import { stateFrom } from "../../lib/train/checkpoint.ts";
import { countExamples } from "../../lib/train/example_file_io.ts";
import { runThrough } from "../../lib/train/objective.ts";
import { openNetwork } from "../../lib/train/session_io.ts";
import { assignValues } from "../../lib/train/snapshot.ts";
import {
  checkClasses,
  checkFinite,
  entriesIn,
  EvaluationFiles,
  type Outcome,
  outcomeOf,
  shownOf,
} from "../checkpoints/evaluation_io.ts";
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
    const trainedParameters = countTrainable(network);
    const files = new EvaluationFiles((name) => io.output(name), {
      task,
      kind,
      split,
      condition,
      classes: [...classes],
      trainedParameters,
    });
    const ofTraining = io.inputs["checkpoint"] === undefined;
    const said = ofTraining ? null : await importCheckpoint(io, { network, frontend, model, classes, state });
    if (!ofTraining && countExamples(path) === 0) return files.writeNothing();
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
      return outcomeOf(tally, source, entryOf, rng);
    };
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
      const { count, leftOut } = source;
      const figures = { count, leftOut, tested, told: shownOf(source, told), checkpoints };
      files.write("metrics.json", metricsText({ ...files.about, ...figures }));
      files.writePredictions(source, told, entryOf);
    } else files.writeEvaluation(source, await measure(0), said?.epoch ?? null, entryOf);
  },
});

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
  checkClasses(said, classes, path);
  assignValues(state, stateFrom(specs, file, path));
  return said?.epoch ?? null;
}

if (import.meta.main) await stage.serve();
