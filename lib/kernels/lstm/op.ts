/** Bidirectional long short-term memory (Hochreiter and Schmidhuber 1997, Graves and Schmidhuber 2005), one layer. */
import * as tf from "@tensorflow/tfjs";
import { linear } from "../linear/op.ts";
import { asMatrix } from "../standard/matmul.ts";
import { checkFloat, checkShape } from "../operation/shapes.ts";
import { paddedFrames } from "../operation/valid_frames.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { lstmRecurrenceComposite } from "./composite.ts";
import type { LstmWeights } from "./types.ts";
import { lstmRecurrenceWasm } from "./wasm.ts";
import { lstmRecurrenceWebGpu } from "./webgpu.ts";

export type { LstmWeights } from "./types.ts";

const run = withKernels(lstmRecurrenceComposite, { wasm: lstmRecurrenceWasm, webgpu: lstmRecurrenceWebGpu });

/**
 * In each direction, from zero state: `i, f, g, o = W x + R h + b`, `c = sigmoid(f) c + sigmoid(i) tanh(g)`,
 * `h = sigmoid(o) tanh(c)`. The second direction starts at each clip's own last frame.
 *
 * @param x `[B, T, in]`.
 * @param validFrames `[B]`: frames of each clip that count; the others are neither read nor anything but zero in the
 *   output. All by default.
 * @returns `[B, T, 2 H]`: h of the forward direction, then of the backward direction.
 * @throws {RangeError} If the shapes do not fit.
 */
export function bidirectionalLstm(
  x: tf.Tensor3D,
  forward: LstmWeights,
  backward: LstmWeights,
  validFrames?: Int32Array,
): tf.Tensor3D {
  checkFloat("bidirectionalLstm", "x", x);
  checkShape("bidirectionalLstm", "x", x.shape, [null, null, null]);
  const [batch, frames, inputs] = x.shape;
  const hidden = forward.recurrentWeight.shape[1]!;
  for (const [direction, weights] of Object.entries({ forward, backward })) {
    const check = (name: keyof LstmWeights, shape: readonly number[]) =>
      checkShape("bidirectionalLstm", `${direction}.${name}`, weights[name].shape, shape);
    check("inputWeight", [4 * hidden, inputs]);
    check("recurrentWeight", [4 * hidden, hidden]);
    check("inputBias", [4 * hidden]);
    check("recurrentBias", [4 * hidden]);
  }
  return bothDirections(x, forward, backward, paddedFrames("bidirectionalLstm", validFrames, batch, frames));
}

const bothDirections = withKernels(bidirectionalLstmComposite);

/** {@link bidirectionalLstm} from a product and what goes from frame to frame. */
export function bidirectionalLstmComposite(
  x: tf.Tensor3D,
  forward: LstmWeights,
  backward: LstmWeights,
  validFrames?: Int32Array,
): tf.Tensor3D {
  const [batch, frames, inputs] = x.shape;
  const hidden = forward.recurrentWeight.shape[1];
  const both = [forward, backward];
  const inputWeight = tf.concat(both.map((weights) => weights.inputWeight), 0);
  const projected = linear(asMatrix(x, batch * frames, inputs), inputWeight);
  return run(
    tf.reshape(projected, [batch, frames, 8 * hidden]),
    tf.concat(both.map((weights) => weights.recurrentWeight), 0),
    tf.concat(both.map((weights) => tf.add(weights.inputBias, weights.recurrentBias)), 0) as tf.Tensor1D,
    validFrames,
  );
}
