/** Stage `evaluate`: figures of the best and the last state of a training on the test split. */
import { type BackendName, openBackend } from "../../lib/backend/backend_io.ts";
import { Rng } from "../../lib/base/random.ts";
import { readTensors } from "../../lib/formats/safetensors_io.ts";
import type { FrontendSpec } from "../../lib/frontends/spec.ts";
import { type ClassificationFigures, classificationFigures } from "../../lib/metrics/classification.ts";
import { buildNetwork, countTrainable, createState, type ModelSpec } from "../../lib/models/network.ts";
import { stateFrom } from "../../lib/train/checkpoint.ts";
import { evaluateNetwork } from "../../lib/train/evaluate.ts";
import { checkFeatures, openFeatures } from "../../lib/train/feature_file_io.ts";
import { assignValues } from "../../lib/train/snapshot.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";
import { checkClasses } from "./checkpoint_inputs.ts";

/** Reads inputs `test` (features), `best` and `last` (checkpoints); writes `metrics.json`. */
export interface EvaluateSlice {
  readonly frontend: FrontendSpec;
  readonly model: ModelSpec;
  readonly backend: BackendName;
  readonly batch_size: number;
  readonly clip_samples: number;
}

export interface CheckpointMetrics {
  /** The epoch that ended in this state; 0 if the checkpoint does not say. */
  readonly epoch: number;
  readonly figures: ClassificationFigures;
}

/** What `metrics.json` holds. */
export interface Metrics {
  readonly format: 1;
  readonly classes: readonly string[];
  readonly trained_parameters: number;
  readonly checkpoints: { readonly best: CheckpointMetrics; readonly last: CheckpointMetrics };
}

export async function run(io: StageIo): Promise<void> {
  const slice = io.slice as unknown as EvaluateSlice;
  await openBackend(slice.backend, { threads: io.threads });
  using test = openFeatures(io.input("test"));
  const { classes } = test.info;
  const network = buildNetwork(slice.frontend, slice.model, classes.length, slice.clip_samples);
  checkFeatures(test, io.input("test"), network);
  const state = createState(network, Rng.fromSeed(0)); // every value is replaced below

  const measure = async (name: "best" | "last", clipsBefore: number): Promise<CheckpointMetrics> => {
    const file = readTensors(io.input(name));
    checkClasses(file, io.input(name), classes);
    assignValues(state, stateFrom(network.specs, file, io.input(name)));
    const counts = await evaluateNetwork(network, state, test, slice.batch_size, (clips) => {
      io.progress({ done: clipsBefore + clips, total: 2 * test.count, unit: "clips" });
    });
    return { epoch: Number(file.metadata["epoch"] ?? 0), figures: classificationFigures(counts, classes) };
  };
  const metrics: Metrics = {
    format: 1,
    classes,
    trained_parameters: countTrainable(network),
    checkpoints: { best: await measure("best", 0), last: await measure("last", test.count) },
  };
  Deno.writeTextFileSync(io.output("metrics.json"), `${JSON.stringify(metrics, null, 2)}\n`);
}

if (import.meta.main) await serveStage(run);
