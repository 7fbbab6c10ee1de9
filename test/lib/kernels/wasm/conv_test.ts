import * as tf from "@tensorflow/tfjs";
import { inputConv } from "../../../../lib/kernels/input_conv/op.ts";
import { lastConv } from "../../../../lib/kernels/last_conv/op.ts";
import { pointwiseConv } from "../../../../lib/kernels/pointwise_conv/op.ts";
import { pointwiseConvComposite } from "../../../../lib/kernels/pointwise_conv/composite.ts";
import { installWasmKernels } from "../../../../lib/kernels/wasm/install_io.ts";
import { assertNear, checkOp, type OpCase } from "../op_check.ts";
import * as reference from "../reference.ts";

const CASES: readonly OpCase[] = [
  ...[[8, 6], [7, 6], [1, 3]].map(([bands, frames]): OpCase => ({
    name: `inputConv() of ${bands} bands and ${frames} frames`,
    inputs: { x: [2, bands!, frames!], weight: [8, 1, 5, 5], bias: [8] },
    op: ({ x, weight, bias }) => inputConv(x as tf.Tensor3D, weight as tf.Tensor4D, bias as tf.Tensor1D),
    reference: ({ x, weight, bias }) => reference.inputConv(x!, weight!, bias!),
  })),
  ...[[2, 6, 1, 4], [1, 5, 5, 4], [9, 7, 2, 4], [3, 6, 2, 6], [2, 5, 1, 5]].map(([
    batch,
    frames,
    rows,
    channels,
  ]): OpCase => ({
    name: `lastConv() of ${batch} clips, ${rows} rows, ${frames} frames and ${channels} channels`,
    inputs: { x: [batch!, rows!, frames!, channels!], weight: [channels!, 1, rows!, 5], bias: [channels!] },
    op: ({ x, weight, bias }) => lastConv(x as tf.Tensor4D, weight as tf.Tensor4D, bias as tf.Tensor1D),
    reference: ({ x, weight, bias }) =>
      reference.depthwise(x!, weight!, { strideF: 1, padF: 0, padT: 2, dilationT: 1 }, bias),
  })),
  ...[[8, 12], [20, 32], [9, 5]].map(([inner, out]): OpCase => ({
    name: `pointwiseConv() from ${inner} to ${out} channels`,
    inputs: { x: [2, 1, 4, inner!], weight: [out!, inner!, 1, 1] },
    op: ({ x, weight }) => pointwiseConv(x as tf.Tensor4D, weight as tf.Tensor4D),
    reference: ({ x, weight }) => reference.pointwiseConv(x!, weight!),
  })),
];

Deno.test({
  name: "pointwiseConv() of many places has the gradient of its composite",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await installWasmKernels(tf, { threads: 2 });
    const x = tf.randomNormal([3, 7, 201, 12], 0, 1, "float32", 1) as tf.Tensor4D;
    const weight = tf.randomNormal([9, 12, 1, 1], 0, 1, "float32", 2) as tf.Tensor4D;
    const dy = tf.randomNormal([3, 7, 201, 9], 0, 1, "float32", 3) as tf.Tensor4D;
    const results = [pointwiseConv, pointwiseConvComposite].map((op) => {
      const { value, grads } = tf.valueAndGrads((a, w) => op(a as tf.Tensor4D, w as tf.Tensor4D))(
        [x, weight],
        dy,
      );
      return [value, ...grads].map((tensor) => tensor.dataSync());
    });
    for (const i of [0, 1, 2]) assertNear(results[0]![i]!, results[1]![i]!, 5e-6, `result ${i}`);
  },
});

for (const made of CASES) {
  Deno.test({
    name: `${made.name} equals its reference`,
    sanitizeOps: false, // threads live as long as the process
    sanitizeResources: false,
    fn: async () => {
      await installWasmKernels(tf, { threads: 2 });
      await checkOp(made);
    },
  });
}
