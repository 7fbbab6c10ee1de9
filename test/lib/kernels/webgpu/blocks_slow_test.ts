/** BC-ResNet's blocks in WGSL against composites on cpu: values, every gradient, running statistics. */
import * as tf from "@tensorflow/tfjs";
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Rng } from "../../../../lib/base/random.ts";
import type { BatchNormState } from "../../../../lib/kernels/batch_norm/op.ts";
import { broadcastedBlock } from "../../../../lib/kernels/broadcasted_block/op.ts";
import { transitionBlock } from "../../../../lib/kernels/transition_block/op.ts";
import { type Arrays, assertKernelsEqualComposites, read, webGpuTest, withKernels } from "./harness.ts";

interface BlockCase {
  readonly kind: "transition" | "transition without its first convolution" | "broadcasted";
  /** `[B, F, T, in]`. */
  readonly shape: readonly [number, number, number, number];
  readonly out: number;
  readonly groups: readonly number[];
  readonly strideF?: 1 | 2;
  readonly dilation?: number;
  readonly dropout?: number;
  readonly fixed?: true;
  /** Of each clip; all count by default. */
  readonly validFrames?: readonly number[];
  /** Added to the input, so that means are far from 0. */
  readonly offset?: number;
  /**
   * Gradients of weights that only scale what is normalised next: zero but for the epsilon in the deviation, so what
   * is left are rounding errors of terms that cancel, to be held against the other gradients.
   */
  readonly vanishing?: readonly string[];
}

const cases: BlockCase[] = [
  // The blocks of the paper's network at 40 bands, with fewer clips.
  {
    kind: "transition without its first convolution",
    shape: [2, 20, 23, 8],
    out: 8,
    groups: [4, 4, 4, 4, 4],
  },
  { kind: "broadcasted", shape: [2, 20, 23, 8], out: 8, groups: [4, 4, 4, 4, 4], dropout: 0.1 },
  {
    kind: "transition",
    shape: [2, 20, 23, 8],
    out: 12,
    groups: [2, 2, 2, 2, 2],
    strideF: 2,
    dilation: 2,
    dropout: 0.5,
  },
  {
    kind: "broadcasted",
    shape: [3, 5, 101, 16],
    out: 16,
    groups: [1, 1, 1, 1, 1],
    dilation: 4,
    dropout: 0.1,
  },
  { kind: "transition", shape: [2, 5, 31, 16], out: 20, groups: [1, 1, 1, 1, 1], dilation: 8, dropout: 0.5 },
  { kind: "broadcasted", shape: [2, 5, 31, 20], out: 20, groups: [1, 1, 1, 1, 1], dilation: 8 },
  // Odd heights, as other numbers of bands give: rows left over by the stride, groups of different heights.
  { kind: "transition", shape: [2, 9, 7, 3], out: 5, groups: [2, 1, 1, 1], strideF: 2, dilation: 3 },
  { kind: "broadcasted", shape: [2, 11, 9, 7], out: 7, groups: [3, 2, 2, 2, 2], dilation: 2 },
  // One of everything but clips.
  {
    kind: "broadcasted",
    shape: [9, 1, 1, 1],
    out: 1,
    groups: [1],
    vanishing: ["freq_dw_conv", "temp_dw_conv"],
  },
  {
    kind: "transition",
    shape: [7, 3, 2, 1],
    out: 1,
    groups: [2],
    strideF: 2,
    dilation: 8,
    vanishing: ["conv1x1_1", "temp_dw_conv"],
  },
  { kind: "transition", shape: [3, 1, 5, 1], out: 32, groups: [1] },
  { kind: "broadcasted", shape: [2, 5, 3, 32], out: 32, groups: [1, 1, 1, 1, 1] },
  // More places than one pass of all workgroups takes.
  { kind: "broadcasted", shape: [11, 2, 101, 20], out: 20, groups: [1, 1], dilation: 8, dropout: 0.1 },
  { kind: "transition", shape: [9, 5, 1, 4], out: 4, groups: [3], strideF: 2, vanishing: ["temp_dw_conv"] },
  { kind: "transition", shape: [2, 6, 7, 8], out: 8, groups: [2, 2, 2], offset: 20 },
  // More channels, or statistics, than kernels serve: composites.
  { kind: "broadcasted", shape: [2, 3, 4, 33], out: 33, groups: [3] },
  // Clips that are padded.
  {
    kind: "transition",
    shape: [3, 9, 13, 8],
    out: 12,
    groups: [2, 2, 1],
    strideF: 2,
    dilation: 4,
    dropout: 0.5,
    validFrames: [13, 2, 9],
  },
  {
    kind: "transition without its first convolution",
    shape: [2, 4, 11, 8],
    out: 8,
    groups: [2, 2],
    validFrames: [1, 10],
  },
  {
    kind: "broadcasted",
    shape: [4, 5, 31, 20],
    out: 20,
    groups: [1, 1, 1, 1, 1],
    dilation: 8,
    dropout: 0.1,
    validFrames: [31, 30, 1, 12],
  },
  // With running statistics.
  {
    kind: "transition",
    shape: [2, 7, 9, 8],
    out: 12,
    groups: [2, 1, 1],
    strideF: 2,
    dilation: 2,
    fixed: true,
  },
  { kind: "transition without its first convolution", shape: [1, 4, 3, 8], out: 8, groups: [4], fixed: true },
  { kind: "broadcasted", shape: [2, 5, 9, 8], out: 8, groups: [2, 2, 1], fixed: true },
];

for (const made of cases) {
  const { kind, shape, out, groups, strideF = 1, dilation = 1, fixed, dropout = 0 } = made;
  const details = `[${shape}]${
    made.validFrames ? ` (${made.validFrames} valid)` : ""
  } to ${out}, rows [${groups}], stride ${strideF}, dilation ${dilation}, dropout ${dropout}`;
  webGpuTest(
    `${kind} block equals its composite${fixed ? " with fixed statistics" : ""} for ${details}`,
    () =>
      assertKernelsEqualComposites(
        () => runBlock(made),
        (made.vanishing ?? []).map((name) => `gradient of ${name}`),
      ),
  );
}

webGpuTest("a block gives the same bytes each time, gradients included", () =>
  withKernels(async () => {
    const made = cases.find(({ shape }) => shape[0] === 11)!;
    assertEquals(await runBlock(made), await runBlock(made));
  }));

webGpuTest("a block whose weights do not fit fails as its composite does", () =>
  withKernels(() => {
    tf.tidy(() => {
      const norm = (size: number) => ({
        affine: { weight: tf.ones([size]) as tf.Tensor1D, bias: tf.zeros([size]) as tf.Tensor1D },
        runningMean: tf.variable(tf.zeros([size]), false),
        runningVar: tf.variable(tf.ones([size]), false),
      });
      const tensors = {
        freq_dw_conv: tf.ones([4, 1, 3, 1]) as tf.Tensor4D,
        temp_dw_conv: tf.ones([4, 1, 1, 5]) as tf.Tensor4D,
        ssn: norm(4),
        bn2: norm(4),
        conv1x1_2: tf.ones([4, 4, 1, 1]) as tf.Tensor4D,
      };
      assertThrows(
        () => broadcastedBlock(tf.ones([2, 3, 5, 4]), tensors, { training: true, dilation: 1, groups: [3] }),
        RangeError,
        "depthwiseTime: weight has shape [4, 1, 1, 5], wanted [4, 1, 1, 3]",
      );
      for (const { runningMean, runningVar } of [tensors.ssn, tensors.bn2]) {
        tf.dispose([runningMean, runningVar]);
      }
    });
    return Promise.resolve();
  }));

webGpuTest(
  "a block leaves tensors that share memory with running statistics as they were",
  () =>
    withKernels(async () => {
      const [zeros, ones] = [tf.zeros([2]), tf.ones([2])];
      const norm = () => ({
        affine: { weight: ones as tf.Tensor1D, bias: zeros as tf.Tensor1D },
        runningMean: tf.variable(zeros, false),
        runningVar: tf.variable(ones, false),
      });
      const [first, second] = [norm(), norm()];
      const apply = (training: boolean) =>
        tf.tidy(() =>
          broadcastedBlock(
            tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 9], [2, 1, 2, 2]),
            {
              freq_dw_conv: tf.ones([2, 1, 3, 1]),
              temp_dw_conv: tf.ones([2, 1, 1, 3]),
              ssn: first,
              bn2: second,
              conv1x1_2: tf.ones([2, 2, 1, 1]),
            },
            { training, dilation: 1, groups: [1] },
          )
        );
      const before = apply(false);
      const outputs = [before, apply(true)];
      const [mean] = await first.runningMean.data();
      assertAlmostEquals(mean!, 0.1 * 4, 1e-6); // a tenth of the mean of 1, 3, 5, 7
      assertEquals([...await zeros.data(), ...await ones.data()], [0, 0, 1, 1]);
      tf.dispose([zeros, ones, ...outputs]);
      for (const { runningMean, runningVar } of [first, second]) tf.dispose([runningMean, runningVar]);
    }),
);

async function runBlock(made: BlockCase): Promise<Arrays> {
  const { kind, shape, out, groups, strideF = 1, dilation = 1, dropout, fixed, offset = 0 } = made;
  const rng = Rng.fromSeed("block");
  const normal = (name: string, size: readonly number[], scale = 1, shift = 0) => {
    const own = rng.fork(name);
    const values = Float32Array.from(
      { length: size.reduce((a, b) => a * b, 1) },
      () => shift + scale * own.normal(),
    );
    return tf.tensor(values, [...size]);
  };
  const norms = {
    ...(kind === "broadcasted" ? {} : { bn1: out }),
    ssn: out * groups.length,
    bn2: out,
  };
  const parameters: Record<string, tf.Tensor> = {
    x: normal("x", shape, 1, offset),
    ...(kind === "transition" ? { conv1x1_1: normal("conv1x1_1", [out, shape[3], 1, 1], 0.5) } : {}),
    freq_dw_conv: normal("freq", [out, 1, 3, 1]),
    temp_dw_conv: normal("temp", [out, 1, 1, 3]),
    conv1x1_2: normal("mixing", [out, out, 1, 1], 0.5),
  };
  const running: Record<string, tf.Variable> = {};
  for (const [name, size] of Object.entries(norms)) {
    parameters[`${name} weight`] = normal(`${name} weight`, [size], 0.3, 1);
    parameters[`${name} bias`] = normal(`${name} bias`, [size], 0.3);
    for (const [buffer, scale] of [["mean", 0.3], ["var", 0.1]] as const) {
      const start = normal(`${name} ${buffer}`, [size], scale, buffer === "var" ? 1 : 0);
      running[`${name} ${buffer}`] = tf.variable(start, false);
      start.dispose();
    }
  }
  const apply = (p: Record<string, tf.Tensor>): tf.Tensor4D => {
    const norm = (name: string): BatchNormState => ({
      affine: { weight: p[`${name} weight`] as tf.Tensor1D, bias: p[`${name} bias`] as tf.Tensor1D },
      runningMean: running[`${name} mean`]!,
      runningVar: running[`${name} var`]!,
    });
    const options = {
      training: fixed !== true,
      dilation,
      groups,
      ...(made.validFrames && { validFrames: Int32Array.from(made.validFrames) }),
      ...(dropout === undefined ? {} : { dropout: { rate: dropout, rng: rng.fork("dropout") } }),
    };
    const x = p["x"] as tf.Tensor4D;
    const shared = {
      freq_dw_conv: p["freq_dw_conv"] as tf.Tensor4D,
      ssn: norm("ssn"),
      temp_dw_conv: p["temp_dw_conv"] as tf.Tensor4D,
      bn2: norm("bn2"),
      conv1x1_2: p["conv1x1_2"] as tf.Tensor4D,
    };
    if (kind === "broadcasted") return broadcastedBlock(x, shared, options);
    const first = p["conv1x1_1"] as tf.Tensor4D | undefined;
    const tensors = { ...shared, ...(first === undefined ? {} : { conv1x1_1: first }), bn1: norm("bn1") };
    return transitionBlock(x, tensors, { ...options, strideF });
  };

  const results: Record<string, tf.Tensor> = { y: tf.tidy(() => apply(parameters)) };
  const names = Object.keys(parameters);
  const weights = normal("weights", results["y"]!.shape);
  const gradients = tf.tidy(() =>
    tf.grads((...given: tf.Tensor[]) =>
      tf.sum(tf.mul(apply(Object.fromEntries(names.map((name, i) => [name, given[i]!]))), weights))
    )(names.map((name) => parameters[name]!))
  );
  names.forEach((name, i) => results[`gradient of ${name}`] = gradients[i]!);
  weights.dispose();
  tf.dispose(parameters);
  return await read({ ...results, ...running });
}
