/** Stage `evaluate_checkpoint`: figures of a checkpoint from anywhere on one split or on all of them. */
import { type BackendName, openBackend } from "../../lib/backend/backend_io.ts";
import type { FrontendSpec } from "../../lib/frontends/spec.ts";
import {
  type ClassificationCounts,
  type ClassificationFigures,
  classificationFigures,
  mergeCounts,
} from "../../lib/metrics/classification.ts";
import { buildNetwork, type ModelSpec } from "../../lib/models/network.ts";
import { evaluateNetwork } from "../../lib/train/evaluate.ts";
import { checkFeatures, openFeatures } from "../../lib/train/feature_file_io.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";
import { importCheckpoint } from "./checkpoint_inputs.ts";

/** Reads input `checkpoint` and one input of features for each split; writes `evaluation.json`. */
export interface EvaluateCheckpointSlice {
  readonly frontend: FrontendSpec;
  readonly model: ModelSpec;
  readonly backend: BackendName;
  readonly batch_size: number;
  readonly clip_samples: number;
  /** At least one of `train`, `validation`, `test`. */
  readonly splits: readonly string[];
}

/** What `evaluation.json` holds. */
export interface Evaluation {
  readonly format: 1;
  readonly classes: readonly string[];
  readonly splits: readonly string[];
  /** Over the clips of all splits together. */
  readonly figures: ClassificationFigures;
}

export async function run(io: StageIo): Promise<void> {
  const slice = io.slice as unknown as EvaluateCheckpointSlice;
  await openBackend(slice.backend, { threads: io.threads });
  using first = openFeatures(io.input(slice.splits[0]!));
  const { classes } = first.info;
  const network = buildNetwork(slice.frontend, slice.model, classes.length, slice.clip_samples);
  const state = importCheckpoint(io, slice.frontend, network, classes);

  const parts: ClassificationCounts[] = [];
  for (const split of slice.splits) {
    const path = io.input(split);
    using features = openFeatures(path);
    checkFeatures(features, path, network);
    parts.push(
      await evaluateNetwork(network, state, features, slice.batch_size, (done) => {
        io.progress({ done, total: features.count, unit: `${split} clips` });
      }),
    );
  }
  const evaluation: Evaluation = {
    format: 1,
    classes,
    splits: slice.splits,
    figures: classificationFigures(mergeCounts(parts), classes),
  };
  Deno.writeTextFileSync(io.output("evaluation.json"), `${JSON.stringify(evaluation, null, 2)}\n`);
}

if (import.meta.main) await serveStage(run);
