/** Stage `probe`: what a training made of its front-end, in numbers small enough to be drawn. */
import * as tf from "@tensorflow/tfjs";
import { openBackend } from "../../lib/backend/backend_io.ts";
import type { StoredTensor } from "../../lib/formats/safetensors.ts";
import { readTensors, writeTensors } from "../../lib/formats/safetensors_io.ts";
import { buildFrontend, type Frontend } from "../../lib/frontends/chain.ts";
import type { FrontendSpec } from "../../lib/frontends/spec.ts";
import { disposeState } from "../../lib/nn/state.ts";
import type { NetworkState } from "../../lib/nn/types.ts";
import { checkFeatures, type FeatureSource, openFeatures } from "../../lib/train/feature_file_io.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";
import { frontendTensors, probeStates } from "./probing.ts";

/**
 * Reads inputs `test` (features) and `best` (a checkpoint); writes `probe.safetensors`: the arrays of
 * {@link frontendTensors}, and `clips/labels` `[clips]` and `clips/<state>` `[clips, n_mels, frames]`, before
 * normalisation. A state is `initial`, the values that a front-end starts from, or `learned`.
 */
export interface ProbeSlice {
  readonly frontend: FrontendSpec;
  readonly clip_samples: number;
  /** How many clips, each of another class. */
  readonly clips: number;
}

export async function run(io: StageIo): Promise<void> {
  const slice = io.slice as unknown as ProbeSlice;
  // The same backend everywhere, so that what a report shows does not depend on the machine's accelerator.
  await openBackend("wasm", { threads: io.threads });
  using test = openFeatures(io.input("test"));
  const spec: FrontendSpec = { ...slice.frontend, normalise: "none" };
  const frontend = buildFrontend(spec, slice.clip_samples);
  checkFeatures(test, io.input("test"), { input: frontend.input, classes: test.info.classes.length });
  const states = probeStates(frontend.specs, readTensors(io.input("best")));
  const tensors = await frontendTensors(spec, states);
  const rows = firstOfClasses(test.labels, slice.clips);
  const labels = Int32Array.from(rows, (row) => test.labels[row]!);
  tensors.set("clips/labels", { shape: [rows.length], data: labels });
  for (const state of ["initial", "learned"] as const) {
    tensors.set(`clips/${state}`, await seen(frontend, states[state], test, rows));
  }
  Object.values(states).forEach(disposeState);
  writeTensors(io.output("probe.safetensors"), tensors, {
    frontend: JSON.stringify(slice.frontend),
    classes: JSON.stringify(test.info.classes),
  });
}

/** The first clip of each class, in the classes' order, as many as asked for. */
function firstOfClasses(labels: Int32Array, clips: number): number[] {
  const classes = [...new Set(labels)].sort((a, b) => a - b);
  return classes.slice(0, clips).map((label) => labels.indexOf(label));
}

/** `[clips, n_mels, frames]` */
async function seen(
  frontend: Frontend,
  state: NetworkState,
  test: FeatureSource,
  rows: readonly number[],
): Promise<StoredTensor<Float32Array>> {
  const { features } = await test.read(rows);
  const image = tf.tidy(() => {
    const batch = tf.tensor(features, [rows.length, ...test.shape], "float32");
    return tf.clone(frontend.forward(state, batch, { training: false }));
  });
  const data = (await image.data<"float32">()).slice(); // a backend may go on using its own array
  image.dispose();
  return { shape: image.shape, data };
}

if (import.meta.main) await serveStage(run);
