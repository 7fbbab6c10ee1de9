/** The fused blocks against their composites, which have tests of their own. */
import * as tf from "@tensorflow/tfjs";
import { assertEquals } from "@std/assert";
import { Rng } from "../../../../lib/base/random.ts";
import type { BatchNormState } from "../../../../lib/kernels/batch_norm/op.ts";
import { broadcastedBlockComposite } from "../../../../lib/kernels/broadcasted_block/composite.ts";
import type { BlockOptions, BlockTensors } from "../../../../lib/kernels/block/types.ts";
import { blockFits, blockWasm } from "../../../../lib/kernels/block/wasm.ts";
import { transitionBlockComposite } from "../../../../lib/kernels/transition_block/composite.ts";
import { transitionBlockWasm } from "../../../../lib/kernels/transition_block/wasm.ts";
import { installWasmKernels } from "../../../../lib/kernels/wasm/install_io.ts";
import { type WasmKernels, wasmKernels } from "../../../../lib/kernels/wasm/runtime.ts";
import { assertNear } from "../op_check.ts";

interface Case {
  readonly name: string;
  readonly batch: number;
  readonly rows: number;
  readonly frames: number;
  readonly channels: number;
  readonly groups: readonly number[];
  readonly dilation: number;
  readonly causal?: boolean;
  readonly dropout: boolean;
  /** Of each clip; all count by default. */
  readonly validFrames?: readonly number[];
  /** Input channels and stride of a transition; undefined for a broadcasted block. */
  readonly transition?: { readonly inner: number; readonly stride: 1 | 2 };
}

const PLAIN = {
  batch: 3,
  rows: 5,
  frames: 11,
  channels: 8,
  groups: [1, 1, 1, 1, 1],
  dilation: 1,
  dropout: false,
};
const CASES: readonly Case[] = [
  { ...PLAIN, name: "broadcasted block of five rows" },
  { ...PLAIN, name: "broadcasted block of unequal groups", rows: 7, groups: [2, 2, 1, 1, 1], dilation: 4 },
  {
    ...PLAIN,
    name: "broadcasted block, more clips than shares",
    batch: 19,
    rows: 2,
    groups: [2],
    channels: 12,
  },
  {
    ...PLAIN,
    name: "broadcasted block of one row, 5 frames, dilation 8",
    rows: 1,
    frames: 5,
    groups: [1],
    dilation: 8,
  },
  { ...PLAIN, name: "broadcasted block with dropout", channels: 20, dropout: true },
  { ...PLAIN, name: "transition block", transition: { inner: 16, stride: 1 } },
  { ...PLAIN, name: "transition block of few channels", channels: 4, transition: { inner: 4, stride: 1 } },
  {
    ...PLAIN,
    name: "broadcasted block of padded clips",
    dilation: 2,
    dropout: true,
    validFrames: [4, 11, 1],
  },
  {
    ...PLAIN,
    name: "transition block of padded clips",
    rows: 9,
    dilation: 4,
    validFrames: [11, 3, 10],
    transition: { inner: 8, stride: 2 },
  },
  {
    ...PLAIN,
    name: "transition block of padded clips, with an even number of rows",
    rows: 10,
    validFrames: [1, 7, 2],
    transition: { inner: 16, stride: 2 },
  },
  ...[1, 2, 4, 8, 16].map((dilation): Case => ({
    ...PLAIN,
    name: `broadcasted block of the past alone, dilation ${dilation}`,
    dilation,
    causal: true,
    dropout: true,
    validFrames: [4, 11, 7],
  })),
  {
    ...PLAIN,
    name: "transition block of the past alone",
    rows: 10,
    dilation: 2,
    causal: true,
    transition: { inner: 16, stride: 2 },
  },
  // Channels that are no multiple of the four that kernels take at a time.
  ...[5, 6, 18, 30].flatMap((channels): Case[] => [
    {
      ...PLAIN,
      name: `broadcasted block of ${channels} channels`,
      channels,
      dropout: true,
      validFrames: [4, 11, 7],
    },
    {
      ...PLAIN,
      name: `halving transition block of ${channels} channels`,
      rows: 10,
      channels,
      dropout: true,
      transition: { inner: 12, stride: 2 },
    },
  ]),
  ...[9, 10].map((rows): Case => ({
    ...PLAIN,
    name: `transition block of ${rows} rows, halved`,
    rows,
    dilation: 2,
    channels: 12,
    dropout: true,
    transition: { inner: 8, stride: 2 },
  })),
];

for (const made of CASES) {
  for (const training of [true, false]) {
    Deno.test({
      name: `kernels equal the composite: ${made.name}, ${training ? "training" : "evaluation"}`,
      sanitizeOps: false, // threads live as long as the process
      sanitizeResources: false,
      fn: async () => {
        await installWasmKernels(tf, { threads: 2 });
        const before = tf.memory().numTensors;
        const [wanted, found] = [
          runBlock(made, training, undefined),
          runBlock(made, training, wasmKernels()!),
        ];
        assertEquals([...found.keys()], [...wanted.keys()]);
        for (const [name, values] of wanted) {
          // A gradient that cancels out, as that of a scale before a norm, is as exact as the others are large.
          const slack = name.startsWith("gradient") ? largestGradient(wanted) / largestOf(values) : 1;
          assertNear(found.get(name)!, values, 2e-5 * slack, name);
        }
        assertEquals(tf.memory().numTensors, before, "tensors left over");
      },
    });
  }
}

Deno.test({
  name: "blockFits() leaves fewer than four channels to the composite",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await installWasmKernels(tf, { threads: 2 });
    tf.tidy(() => {
      const { tensors } = makeTensors({ ...PLAIN, name: "narrow", channels: 3 });
      assertEquals(blockFits(tensors as never, true), false);
      disposeRunning(tensors);
    });
  },
});

function largestGradient(results: ReadonlyMap<string, Float32Array>): number {
  return Math.max(
    ...[...results].filter(([name]) => name.startsWith("gradient")).map(([, v]) => largestOf(v)),
  );
}

function largestOf(values: Float32Array): number {
  return values.reduce((largest, v) => Math.max(largest, Math.abs(v)), 0);
}

/** Output, gradients and running statistics by name. */
function runBlock(
  made: Case,
  training: boolean,
  kernels: WasmKernels | undefined,
): Map<string, Float32Array> {
  const results = new Map<string, Float32Array>();
  tf.tidy(() => {
    const { x, tensors, trained, norms } = makeTensors(made);
    const forward = (input: tf.Tensor4D, weights: Tensors): tf.Tensor4D => {
      const { dilation, causal = false, groups } = made;
      const dropout = made.dropout ? { rate: 0.5, rng: Rng.fromSeed("dropout") } : undefined;
      const validFrames = made.validFrames && Int32Array.from(made.validFrames);
      const options = {
        training,
        dilation,
        causal,
        groups,
        ...(dropout && { dropout }),
        ...(validFrames && { validFrames }),
      };
      const y = made.transition === undefined
        ? kernels === undefined
          ? broadcastedBlockComposite(input, weights as never, options)
          : broadcasted(kernels, input, weights as never, options)
        : kernels === undefined
        ? transitionBlockComposite(input, weights as never, { ...options, strideF: made.transition.stride })
        : transitionBlockWasm(kernels, input, weights as never, {
          ...options,
          strideF: made.transition.stride,
        });
      if (y === undefined) throw new Error("The kernels do not serve this block");
      return y;
    };
    const y = forward(x, tensors);
    results.set("output", y.dataSync() as Float32Array);
    for (const [name, state] of norms) {
      results.set(`${name} mean`, state.runningMean.dataSync() as Float32Array);
      results.set(`${name} variance`, state.runningVar.dataSync() as Float32Array);
    }
    if (training) {
      const dy = normal(Rng.fromSeed("dy"), y.shape);
      const gradients = tf.grads((...given) => {
        const named = Object.fromEntries(trained.map(([name], i) => [name, given[i + 1]!]));
        return forward(given[0] as tf.Tensor4D, rebuild(tensors, named));
      })([x, ...trained.map(([, tensor]) => tensor)], dy);
      for (const [i, name] of ["x", ...trained.map(([n]) => n)].entries()) {
        results.set(`gradient of ${name}`, gradients[i]!.dataSync() as Float32Array);
      }
    }
    disposeRunning(tensors);
  });
  return results;
}

function broadcasted(kernels: WasmKernels, x: tf.Tensor4D, tensors: BlockTensors, options: BlockOptions) {
  if (!blockFits(tensors, options.training)) return undefined;
  return blockWasm(kernels, x, tensors, { ...options, strideF: 1, residual: true });
}

type Tensors = Record<string, tf.Tensor | BatchNormState>;

function makeTensors(made: Case) {
  const rng = Rng.fromSeed(made.name);
  const { channels, groups, transition } = made;
  const inner = transition?.inner ?? channels;
  const norm = (name: string, size: number): BatchNormState => {
    const own = rng.fork(name);
    return {
      affine: { weight: normal(own, [size]) as tf.Tensor1D, bias: normal(own, [size]) as tf.Tensor1D },
      runningMean: tf.variable(normal(own, [size]), false),
      runningVar: tf.variable(tf.add(tf.square(normal(own, [size])), 0.5), false),
    };
  };
  const weight = (name: string, shape: number[]) => normal(rng.fork(name), shape);
  const spectral = channels * groups.length;
  const tensors: Tensors = {
    ...(transition && { conv1x1_1: weight("c1", [channels, inner, 1, 1]), bn1: norm("0", channels) }),
    freq_dw_conv: weight("f", [channels, 1, 3, 1]),
    ssn: norm("1", spectral),
    temp_dw_conv: weight("t", [channels, 1, 1, 3]),
    bn2: norm("2", channels),
    conv1x1_2: weight("c", [channels, channels, 1, 1]),
  };
  const trained: [string, tf.Tensor][] = [];
  const norms: [string, BatchNormState][] = [];
  for (const [name, entry] of Object.entries(tensors)) {
    if (!isNorm(entry)) {
      trained.push([name, entry]);
      continue;
    }
    norms.push([name, entry]);
    trained.push([`${name}.weight`, entry.affine!.weight], [`${name}.bias`, entry.affine!.bias]);
  }
  const x = normal(rng.fork("x"), [made.batch, made.rows, made.frames, inner]) as tf.Tensor4D;
  return { x, tensors, trained, norms };
}

/** The same tensors with trained ones replaced. */
function rebuild(tensors: Tensors, trained: Record<string, tf.Tensor>): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, entry]) => {
      if (!isNorm(entry)) return [name, trained[name]!];
      const affine = { weight: trained[`${name}.weight`]!, bias: trained[`${name}.bias`]! };
      return [name, { ...entry, affine } as BatchNormState];
    }),
  );
}

function isNorm(entry: tf.Tensor | BatchNormState): entry is BatchNormState {
  return "runningMean" in entry;
}

function disposeRunning(tensors: Tensors): void {
  for (const entry of Object.values(tensors)) {
    if (isNorm(entry)) tf.dispose([entry.runningMean, entry.runningVar]);
  }
}

function normal(rng: Rng, shape: readonly number[]): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(Float32Array.from({ length: size }, () => rng.normal()), [...shape]);
}
