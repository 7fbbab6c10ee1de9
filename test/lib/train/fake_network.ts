/** A small network with everything training has to handle: two groups, a frozen parameter, a buffer, dropout. */
import * as tf from "@tensorflow/tfjs";
import type { Rng } from "../../../lib/base/random.ts";
import type { Network, NetworkState, TensorSpec } from "../../../lib/nn/types.ts";
import type { BatchSource } from "../../../lib/train/source.ts";
import type { LossFunction } from "../../../lib/train/classifier.ts";

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
    specs,
    input: { representation: "waveform", shape: [INPUTS] },
    classes: CLASSES.length,
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

export function fakeState(network: Network, rng: Rng): NetworkState {
  return new Map(network.specs.map((s) => {
    const initial = tf.tensor(s.init(rng.fork(s.name)), [...s.shape], "float32");
    const variable = tf.variable(initial, s.trainable);
    initial.dispose();
    return [s.name, variable];
  }));
}

export const crossEntropy: LossFunction = (logits, labels) =>
  tf.tidy(() => {
    const truth = tf.oneHot(labels, logits.shape[1]);
    return tf.neg(tf.logSoftmax(logits).mul(truth).sum(1).mean()) as tf.Scalar;
  });

/** Clips whose class can be told from their features; classes come 3 : 1 : 2. */
export function fakeSource(count: number, rng: Rng): BatchSource {
  const labels = Int32Array.from({ length: count }, (_, i) => [0, 0, 0, 1, 2, 2][i % 6]!);
  const rows = [...labels].map((label) =>
    Array.from({ length: INPUTS }, (_, i) => (i === label ? 1 : 0) + 0.3 * rng.normal())
  );
  return {
    count,
    shape: [INPUTS],
    labels,
    read: (wanted) =>
      Promise.resolve({
        features: Float32Array.from(Array.from(wanted, (row) => rows[row]!).flat()),
        labels: Int32Array.from(wanted, (row) => labels[row]!),
      }),
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
