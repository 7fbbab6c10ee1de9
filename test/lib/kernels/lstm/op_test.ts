/** The bidirectional LSTM on every backend: values, gradients, odd sizes, padding, wrong shapes. */
import * as tf from "@tensorflow/tfjs";
import { assertThrows } from "@std/assert";
import { bidirectionalLstm, type LstmWeights } from "../../../../lib/kernels/lstm/op.ts";
import { onEveryBackend, openForTest } from "../../../support/backends.ts";
import { checkOp, type OpCase } from "../op_check.ts";
import * as reference from "../sequence_reference.ts";

// Units: 8 and 16 for the wasm kernel, others for the composite;
// clips: more than go together in it.
type Case = [clips: number, frames: number, inputs: number, units: number, valid?: readonly number[]];

const CASES: readonly Case[] = [
  [2, 5, 9, 8],
  [1, 1, 8, 8],
  [1, 1, 1, 1],
  [3, 4, 2, 3, [4, 1, 2]],
  [7, 3, 8, 8, [1, 3, 2, 3, 1, 2, 3]],
  [2, 6, 5, 16, [6, 2]],
];

for (const [clips, frames, inputs, units, valid] of CASES) {
  const made: OpCase = {
    name: `bidirectionalLstm() of ${clips} clips, ${frames} frames${
      valid ? ` (${valid} valid)` : ""
    }, ${inputs} inputs and ${units} units`,
    inputs: {
      x: [clips, frames, inputs],
      ...Object.fromEntries(["f", "b"].flatMap((d) => [
        [`${d}Input`, [4 * units, inputs]],
        [`${d}Recurrent`, [4 * units, units]],
        [`${d}Bias`, [4 * units]],
        [`${d}Bias2`, [4 * units]],
      ])),
    },
    op: (t) =>
      bidirectionalLstm(
        t["x"] as tf.Tensor3D,
        direction(t, "f"),
        direction(t, "b"),
        valid && Int32Array.from(valid),
      ),
    reference: (d) =>
      reference.bidirectionalLstm(
        d["x"]!,
        direction(d, "f"),
        direction(d, "b"),
        valid ?? new Array(clips).fill(frames),
      ),
  };
  onEveryBackend(`${made.name} equals the reference`, () => checkOp(made));
}

Deno.test("bidirectionalLstm() refuses weights of another size, naming them", async () => {
  await openForTest("cpu");
  const weights: LstmWeights = {
    inputWeight: tf.ones([8, 3]),
    recurrentWeight: tf.ones([8, 2]),
    inputBias: tf.ones([8]),
    recurrentBias: tf.ones([8]),
  };
  const wrong = { ...weights, recurrentBias: tf.ones([4]) as tf.Tensor1D };
  assertThrows(
    () => bidirectionalLstm(tf.ones([1, 2, 3]), weights, wrong),
    RangeError,
    "bidirectionalLstm: backward.recurrentBias has shape [4], wanted [8]",
  );
  assertThrows(
    () => bidirectionalLstm(tf.ones([1, 2, 4]), weights, weights),
    RangeError,
    "bidirectionalLstm: forward.inputWeight has shape [8, 3], wanted [8, 4]",
  );
});

function direction<T>(given: Readonly<Record<string, T>>, d: string) {
  return {
    inputWeight: given[`${d}Input`] as T & tf.Tensor2D,
    recurrentWeight: given[`${d}Recurrent`] as T & tf.Tensor2D,
    inputBias: given[`${d}Bias`] as T & tf.Tensor1D,
    recurrentBias: given[`${d}Bias2`] as T & tf.Tensor1D,
  };
}
