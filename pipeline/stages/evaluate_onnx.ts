/** Stage `evaluate_onnx`: how well a model of ONNX does on one split, computed by onnxruntime. */
import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { openBackend } from "../../lib/backend/backend_io.ts";
import { loadKind } from "../../lib/base/kinds.ts";
import { Rng } from "../../lib/base/random.ts";
import { countTrainable } from "../../lib/nn/state.ts";
import { openOnnx } from "../../lib/onnx/session_io.ts";
import { wavesThrough } from "../../lib/onnx/waves_through.ts";
import { parseCheckpoint } from "../../lib/records/checkpoint.ts";
import { conditionSchema } from "../../lib/records/condition.ts";
import { SPLITS } from "../../lib/records/example_index.ts";
import { networkShape } from "../../lib/records/specs.ts";
import { TASKS } from "../../lib/tasks/kinds.ts";
import { countExamples } from "../../lib/train/example_file_io.ts";
import { openNetwork } from "../../lib/train/session_io.ts";
import {
  checkClasses,
  checkFinite,
  entriesIn,
  EvaluationFiles,
  outcomeOf,
} from "../checkpoints/evaluation_io.ts";
import { defineStage } from "../engine/stage.ts";

/**
 * Reads inputs `model`, `examples` (waves of the split) and `index` (of the split); writes `evaluation.json` and
 * `predictions.json`.
 */
const slice = z.strictObject({
  ...networkShape,
  split: z.enum(SPLITS),
  /** Under which the split is told; null: recordings as they are. */
  condition: conditionSchema.nullable(),
  batch_size: z.int().min(1),
  /** The task's own groups of the configuration. */
  groups: z.record(z.string(), z.json()),
});

export const stage = defineStage({
  slice,
  async run(io, { task, frontend, model, split, condition, batchSize, groups }) {
    await openBackend("cpu"); // the loss alone
    const path = io.input("examples");
    const warn = (message: string) => io.note("warning", `${split}: ${message}`);
    const open = await openNetwork({ task, frontend, model }, path, warn);
    const { network, work, info: { classes }, examples } = open;
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
    if (countExamples(path) === 0) return files.writeNothing();
    const file = io.input("model");
    const session = await openOnnx(Deno.readFileSync(file), file);
    const said = parseCheckpoint(session.facts.metadata, file);
    checkClasses(said, classes, file);
    using source = examples(path);
    const entryOf = entriesIn(io.input("index"));
    const tally = work.startTally(classes, groups, true);
    let done = 0;
    for (const rows of work.evaluationBatches(source, batchSize, true)) {
      const batch = await source.read(rows);
      const { values, shape } = await wavesThrough(session, source, rows, network.head);
      checkFinite(batch, values, source, file);
      const loss = tf.tidy(() => work.loss(tf.tensor(values, [...shape]), batch).dataSync()[0]!);
      tally.add(batch, values, loss);
      io.progress({ done: done += batch.clips, total: source.count, unit: kind.words.examples });
    }
    await session.close();
    const outcome = outcomeOf(tally, source, entryOf, Rng.fromSeed(0).fork("bootstrap"));
    files.writeEvaluation(source, outcome, said?.epoch ?? null, entryOf);
  },
});

if (import.meta.main) await stage.serve();
