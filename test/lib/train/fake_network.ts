/** A small network with everything training has to handle: two groups, a frozen parameter, a buffer, dropout. */
import * as tf from "@tensorflow/tfjs";
import type { Rng } from "../../../lib/base/random.ts";
import type { Network } from "../../../lib/models/network_contract.ts";
import { WAVEFORM } from "../../../lib/nn/representation.ts";
import type { TensorSpec } from "../../../lib/nn/types.ts";
import { work } from "../../../lib/tasks/kws/work.ts";
import type { BatchSource } from "../../../lib/train/batch_reader.ts";
import {
  learnerOf,
  type Objective,
  objectiveOf,
  type ObjectiveOptions,
} from "../../../lib/train/objective.ts";
import { clipBatch } from "../../support/batches.ts";

export const INPUTS = 4;
export const CLASSES = ["yes", "_silence_", "_unknown_"];

/** softmax(weight @ (gain * (x - mean)) + bias); `gain` is kept in [0, 1]. */
export function fakeNetwork(): Network {
  const specs: TensorSpec[] = [
    spec("front.gain", [INPUTS], "mel", true, () => new Float32Array(INPUTS).fill(0.5)),
    spec("front.fixed", [1], "mel", false, () => Float32Array.of(1)),
    spec(
      "layer.weight",
      [CLASSES.length, INPUTS],
      "model",
      true,
      (rng) => Float32Array.from({ length: CLASSES.length * INPUTS }, () => 0.1 * rng.normal()),
    ),
    spec("layer.bias", [CLASSES.length], "model", true, () => new Float32Array(CLASSES.length)),
    {
      ...spec("norm.running_mean", [INPUTS], "model", false, () => new Float32Array(INPUTS)),
      role: "buffer",
    },
  ];
  return {
    head: "clip",
    classes: CLASSES.length,
    steps: [],
    representations: [WAVEFORM],
    frozen: 0,
    shown: 0,
    framing: { frames: () => 1, hopSamples: INPUTS, beyond: { samples: 0, are: "zeros" } },
    specs,
    frozenSpecs: [],
    transform: (_state, batch) => batch,
    forward(state, batch, { training, dropout }) {
      return tf.tidy(() => {
        const get = (name: string) => state.get(name)!;
        const mean = training ? batch.mean(0) : get("norm.running_mean");
        if (training) get("norm.running_mean").assign(get("norm.running_mean").mul(0.9).add(mean.mul(0.1)));
        let x = batch.sub(mean).mul(get("front.gain")).mul(get("front.fixed"));
        if (training && dropout !== undefined) x = x.mul(mask(dropout));
        return x.matMul(get("layer.weight"), false, true).add(get("layer.bias")) as tf.Tensor2D;
      });
    },
    project(state) {
      tf.tidy(() => state.get("front.gain")!.assign(state.get("front.gain")!.clipByValue(0, 1)));
    },
  };
}

/** Learns to tell the classes of 31 clips, and is validated on 12 others. */
export function fakeObjective(
  network: Network,
  rng: Rng,
  changes: Partial<ObjectiveOptions> = {},
): Objective {
  return objectiveOf(learnerOf(network, work), work, {
    train: fakeSource(31, rng.fork("train")),
    validation: fakeSource(12, rng.fork("validation")),
    sampler: "balanced",
    clipsPerEpoch: null,
    batchSize: 8,
    ...changes,
  });
}

/** Clips whose class can be told from their features; classes come 3 : 1 : 2. */
export function fakeSource(count: number, rng: Rng): BatchSource {
  const labels = Int32Array.from({ length: count }, (_, i) => [0, 0, 0, 1, 2, 2][i % 6]!);
  const rows = [...labels].map((label) =>
    Array.from({ length: INPUTS }, (_, i) => (i === label ? 1 : 0) + 0.3 * rng.normal())
  );
  return {
    count,
    names: rows.map((_, row) => `clip ${row}`),
    classes: CLASSES,
    frames: new Int32Array(count).fill(1),
    labelsOf: (row) => labels.subarray(row, row + 1),
    read(wanted, change) {
      const values = Array.from(wanted, (row, clip) => {
        const own = Float32Array.from(rows[row]!);
        change?.(own, row, clip);
        return [...own];
      });
      const own = Array.from(wanted, (row) => labels[row]!);
      const batch = clipBatch(Float32Array.from(values.flat()), [INPUTS], own, 0);
      return Promise.resolve({ ...batch, rows: wanted });
    },
  };
}

function spec(
  name: string,
  shape: number[],
  group: TensorSpec["group"],
  trainable: boolean,
  init: TensorSpec["init"],
): TensorSpec {
  return { name, shape, group, trainable, role: "parameter", init };
}

function mask(dropout: Rng): tf.Tensor {
  return tf.tensor(Float32Array.from({ length: INPUTS }, () => (dropout.uniform() < 0.1 ? 0 : 1 / 0.9)));
}
