/** A checkpoint as a model of ONNX. */
import { blamingFile } from "../base/blame.ts";
import { UserError } from "../base/errors.ts";
import { loadKind } from "../base/kinds.ts";
import { Rng } from "../base/random.ts";
import type { TensorFile } from "../formats/safetensors.ts";
import { buildNetwork } from "../models/network.ts";
import { createState, frozenState } from "../nn/state.ts";
import { parseCheckpoint } from "../records/checkpoint.ts";
import { TASKS } from "../tasks/kinds.ts";
import { stateFrom } from "../train/checkpoint.ts";
import { assignValues } from "../train/snapshot.ts";
import { rangesOn } from "./calibrate.ts";
import { quantised } from "./quantise.ts";
import { halved } from "./half.ts";
import { encodeModel, OPSET } from "./model_file.ts";
import { networkGraph } from "./network_graph.ts";

/** Where a model comes from, for its metadata. */
export interface Provenance {
  /** Name of the training. */
  readonly run: string;
  /** What it is found by. */
  readonly runId: string;
  /** Which of its states. */
  readonly checkpoint: string;
  /** Of the checkpoint's file. */
  readonly sha256: string;
}

/** What the model computes in; the front-end is in float32. */
export const DTYPES = ["float32", "float16"] as const;
export type Dtype = typeof DTYPES[number];

/** Clips that ranges of a model's values are taken from. */
export interface Calibration {
  readonly clips: readonly Float32Array[];
  readonly onClip: (done: number) => void;
}

export interface Exported {
  readonly bytes: Uint8Array;
  /** What the file says of itself. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Why it takes clips of one length only; null: it takes any. */
  readonly reason: string | null;
}

/**
 * Computes on the backend in use.
 * @param name Names the checkpoint in errors. @param calibration Null: nothing is quantised.
 * @throws {UserError} `bad-file` for a checkpoint that does not say what it is; `usage` for what ONNX cannot express.
 */
export async function exportOnnx(
  file: TensorFile,
  name: string,
  from: Provenance,
  dtype: Dtype,
  calibration: Calibration | null = null,
): Promise<Exported> {
  const said = parseCheckpoint(file.metadata, name);
  if (said === null) {
    throw new UserError(
      "bad-file",
      `Cannot export ${name} as ONNX: it does not say its front-end, model and classes. Take a checkpoint of a training ` +
        `that this program made.`,
    );
  }
  const { task, frontend, model, classes, clipSamples } = said;
  const { head } = await loadKind(TASKS, task, "task");
  const build = (samples: number | null) =>
    blamingFile(name, () => buildNetwork(frontend, model, head, classes.length, samples));
  const network = await build(clipSamples);
  const own = createState(network, Rng.fromSeed(0)); // every value is replaced
  assignValues(own, stateFrom(network.specs, file, name));
  const state = new Map([...own, ...frozenState(network)]);
  const { graph, clipSamples: fixed, leastSamples, reason } = await networkGraph({
    clipSamples,
    build,
    state,
  });
  const metadata = {
    ...file.metadata,
    hop_samples: String(network.framing.hopSamples),
    input_samples: JSON.stringify(fixed),
    least_samples: String(leastSamples),
    run: from.run,
    run_id: from.runId,
    checkpoint: from.checkpoint,
    checkpoint_sha256: from.sha256,
    dtype,
    quantised: calibration === null ? "none" : "int8",
    opset: String(OPSET),
  };
  for (const variable of state.values()) variable.dispose();
  const written = calibration !== null
    ? quantised(graph, await rangesOn(graph, calibration.clips, calibration.onClip))
    : dtype === "float16"
    ? halved(graph)
    : graph;
  return { bytes: encodeModel(written, metadata, aboutText(from, classes)), metadata, reason };
}

function aboutText({ run, checkpoint }: Provenance, classes: readonly string[]): string {
  return `The ${checkpoint} state of ${run}: waveforms in, one of ${classes.length} classes out. ` +
    `What it is in full is in the metadata, each value as JSON.`;
}
