/** Stage `evaluate` of a recogniser: errors of the best and the last state of a training on the test split. */
import { type BackendName, openBackend } from "../../lib/backend/backend_io.ts";
import { Rng } from "../../lib/base/random.ts";
import type { DecoderSpec } from "../../lib/decoding/decoder.ts";
import { readTensors } from "../../lib/formats/safetensors_io.ts";
import type { FrontendSpec } from "../../lib/frontends/spec.ts";
import type { AlignedExample, RecognitionFigures } from "../../lib/metrics/recognition.ts";
import type { ModelSpec } from "../../lib/models/spec.ts";
import { countTrainable, createState } from "../../lib/nn/state.ts";
import { stateFrom } from "../../lib/train/checkpoint.ts";
import type { LeftOut } from "../../lib/train/sequence_file_io.ts";
import { assignValues } from "../../lib/train/snapshot.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";
import { checkClasses } from "./checkpoint_inputs.ts";
import { figuresOf, recognizeSplit } from "./recognition.ts";
import { openNetwork, openSplit } from "./recognizer_inputs.ts";

/** Reads inputs `test` (features), `best` and `last` (checkpoints); writes `metrics.json`. */
export interface EvaluateRecognizerSlice {
  readonly frontend: FrontendSpec;
  readonly model: ModelSpec;
  readonly backend: BackendName;
  readonly batch_size: number;
  readonly decoder: DecoderSpec;
}

export interface RecognizerCheckpointMetrics {
  /** The epoch that ended in this state; 0 if the checkpoint does not say. */
  readonly epoch: number;
  readonly figures: RecognitionFigures;
}

/** What `metrics.json` holds. */
export interface RecognizerMetrics {
  readonly format: 1;
  readonly task: "asr";
  /** The blank first. */
  readonly classes: readonly string[];
  readonly decoder: DecoderSpec;
  readonly trained_parameters: number;
  /** Utterances of the test split whose labels do not fit in their frames. */
  readonly left_out: readonly LeftOut[];
  readonly checkpoints: {
    readonly best: RecognizerCheckpointMetrics;
    readonly last: RecognizerCheckpointMetrics;
  };
  /** A few utterances as the best checkpoint hears them, in the classes' own names. */
  readonly examples: readonly AlignedExample[];
}

export async function run(io: StageIo): Promise<void> {
  const slice = io.slice as unknown as EvaluateRecognizerSlice;
  await openBackend(slice.backend, { threads: io.threads });
  using test = openSplit(io, "test", slice.frontend);
  const { classes } = test.info;
  const network = openNetwork(slice.frontend, slice.model, test, io.input("test"));
  const state = createState(network, Rng.fromSeed(0)); // every value is replaced below

  const measure = async (name: "best" | "last", before: number) => {
    const file = readTensors(io.input(name));
    checkClasses(file, io.input(name), classes);
    assignValues(state, stateFrom(network.specs, file, io.input(name)));
    const options = { batchSize: slice.batch_size, decoder: slice.decoder };
    const { counts, examples } = await recognizeSplit(network, state, test, options, (done) => {
      io.progress({ done: before + done, total: 2 * test.count, unit: "utterances" });
    });
    return { epoch: Number(file.metadata["epoch"] ?? 0), figures: figuresOf(counts), examples };
  };
  const { examples, ...best } = await measure("best", 0);
  const { examples: _, ...last } = await measure("last", test.count);
  const metrics: RecognizerMetrics = {
    format: 1,
    task: "asr",
    classes,
    decoder: slice.decoder,
    trained_parameters: countTrainable(network),
    left_out: test.leftOut,
    checkpoints: { best, last },
    examples,
  };
  Deno.writeTextFileSync(io.output("metrics.json"), `${JSON.stringify(metrics, null, 2)}\n`);
}

if (import.meta.main) await serveStage(run);
