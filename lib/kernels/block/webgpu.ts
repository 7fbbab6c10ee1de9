/** A BC-ResNet block, of either kind, on WebGPU: at most five programs forward and six backward. */
import type * as tf from "@tensorflow/tfjs";
import type { BatchNormState } from "../batch_norm/types.ts";
import { channelMask } from "../channel_dropout/op.ts";
import { differentiable, recordsGradients, savedAt } from "../operation/differentiable.ts";
import type { BlockOptions } from "./types.ts";
import { blockBackward } from "./webgpu_gradients.ts";
import { type BlockForm, lanesOf, MOST_CHANNELS, MOST_STATISTICS, tableSize } from "./webgpu_form.ts";
import {
  blockOutput,
  firstConvolution,
  firstStatistics,
  frequencyMeans,
  groupStatistics,
  timeStatistics,
} from "./webgpu_forward.ts";
import type { WebGpuKernels } from "../webgpu/runtime.ts";

/** Parameters of both kinds of block under one name each. */
export interface BlockTensors {
  /** A transition block's own; `firstWeight` is absent where the convolution was done before. */
  readonly firstWeight?: tf.Tensor4D | undefined;
  readonly firstNorm?: BatchNormState | undefined;
  readonly rowWeight: tf.Tensor4D;
  readonly groupNorm: BatchNormState;
  readonly timeWeight: tf.Tensor4D;
  readonly timeNorm: BatchNormState;
  readonly mixing: tf.Tensor4D;
}

/** Sizes of one call, all in elements. */
export interface BlockSizes {
  readonly batch: number;
  readonly frames: number;
  readonly rowsIn: number;
  readonly rows: number;
  readonly dilation: number;
  /** `[B]`: frames of each clip that count; undefined: all. */
  readonly validFrames: Int32Array | undefined;
}

type Affine = NonNullable<BatchNormState["affine"]>;
type WithAffine = BatchNormState & { readonly affine: Affine };

/** Workgroups that share a sum, as many as a large device keeps busy; a fixed number, for the same bytes everywhere. */
const MOST_TALLIES = 32;
/** Workgroups of a program that each add up all tallies first: few enough for that not to weigh. */
const MOST_MEANS = 256;

/** @returns Undefined for what these programs do not serve. */
export function blockWebGpu(
  kernels: WebGpuKernels,
  kind: BlockForm["kind"],
  x: tf.Tensor4D,
  tensors: BlockTensors,
  options: BlockOptions,
  strideF: 1 | 2,
): tf.Tensor4D | undefined {
  const { training, groups, dilation, dropout, validFrames } = options;
  const [batch, rowsIn, frames, inChannels] = x.shape;
  const channels = tensors.rowWeight.shape[0];
  const pointwise = tensors.firstWeight !== undefined;
  const padded = validFrames !== undefined;
  const form: BlockForm = { kind, pointwise, training, inChannels, channels, strideF, groups, padded };
  const rows = Math.ceil(rowsIn / strideF);
  const sizes: BlockSizes = { batch, frames, rowsIn, rows, dilation, validFrames };
  if (!serves(kernels, form, sizes, tensors, dropout?.rate ?? 0)) return undefined;
  const mask = dropout === undefined || dropout.rate === 0
    ? undefined
    : kernels.upload([batch, channels], channelMask(batch, channels, dropout.rate, dropout.rng));
  const own = tensors as OwnTensors;
  return differentiable<Record<string, tf.Tensor>, tf.Tensor4D>(
    inputsOf(x, own),
    (save) => {
      const made = forward(kernels, form, sizes, x, own, mask);
      save(x, made.source, made.m, made.table, made.y, ...(mask === undefined ? [] : [mask]));
      return made.y;
    },
    (dy, saved) => {
      const kept = {
        x: savedAt(saved, 0),
        source: savedAt(saved, 1),
        m: savedAt(saved, 2),
        table: savedAt(saved, 3),
        y: savedAt(saved, 4),
        mask: saved[5],
        firstWeight: own.firstWeight,
      };
      const gradients = blockBackward(kernels, form, sizes, kept, dy);
      return Object.fromEntries(Object.entries(gradients).map(([name, made]) => [name, () => made]));
    },
  );
}

type OwnTensors = BlockTensors & {
  readonly firstNorm?: WithAffine | undefined;
  readonly groupNorm: WithAffine;
  readonly timeNorm: WithAffine;
};

/** Everything that a gradient may be asked for; the names are those of the gradients. */
function inputsOf(x: tf.Tensor, tensors: OwnTensors): Record<string, tf.Tensor> {
  const { firstWeight, firstNorm, rowWeight, groupNorm, timeWeight, timeNorm, mixing } = tensors;
  return {
    x,
    ...(firstWeight === undefined ? {} : { firstWeight }),
    ...(firstNorm === undefined
      ? {}
      : { firstGamma: firstNorm.affine.weight, firstBeta: firstNorm.affine.bias }),
    rowWeight,
    groupGamma: groupNorm.affine.weight,
    groupBeta: groupNorm.affine.bias,
    timeWeight,
    timeGamma: timeNorm.affine.weight,
    timeBeta: timeNorm.affine.bias,
    mixing,
  };
}

function forward(
  kernels: WebGpuKernels,
  form: BlockForm,
  sizes: BlockSizes,
  x: tf.Tensor4D,
  tensors: OwnTensors,
  mask: tf.Tensor | undefined,
): { source: tf.Tensor; m: tf.Tensor; table: tf.Tensor; y: tf.Tensor4D } {
  const { batch, frames, rowsIn, rows, dilation } = sizes;
  const { channels, groups, training } = form;
  const lanes = lanesOf(form);
  const elements = batch * rowsIn * frames;
  const places = batch * frames;
  const firstChunks = chunksOf(elements, lanes, MOST_TALLIES * 2);
  const chunks = chunksOf(places, lanes, MOST_TALLIES);
  const groupSums = firstChunks * channels * 3;
  const sums = kernels.output([groupSums + chunks * channels * groups.length * 3]);
  const table = tableFor(kernels, form, sizes.validFrames);

  let source: tf.Tensor = x;
  const first = { places: elements, frames, rowsIn, chunks: firstChunks };
  if (tensors.firstWeight !== undefined) {
    source = kernels.output([batch, rowsIn, frames, channels]);
    const buffers = { x, weight: tensors.firstWeight, source, sums, table };
    kernels.run(firstConvolution(form), buffers, first, [firstChunks]);
  } else if (form.kind === "transition" && training) {
    kernels.run(firstStatistics(form), { source, sums, table }, first, [firstChunks]);
  }
  const given = { places, frames, rowsIn, chunks, groupSums, firstChunks };
  kernels.run(
    groupStatistics(form),
    {
      source,
      rowWeight: tensors.rowWeight,
      sums,
      table,
      ...(tensors.firstNorm === undefined ? {} : normBuffers(kernels, tensors.firstNorm, training)),
    },
    given,
    training ? [chunks, groups.length] : [1],
  );
  const m = kernels.output([batch, frames, channels]);
  const grid = chunksOf(places, lanes, MOST_MEANS);
  kernels.run(
    frequencyMeans(form),
    { source, sums, table, m, ...normBuffers(kernels, tensors.groupNorm, training) },
    { ...given, grid },
    [grid],
  );
  kernels.run(
    timeStatistics(form),
    { m, timeWeight: tensors.timeWeight, table, ...normBuffers(kernels, tensors.timeNorm, training) },
    { places, frames, dilation },
    [channels],
  );
  const y = kernels.output<tf.Tensor4D>([batch, rows, frames, channels]);
  kernels.run(
    blockOutput(form, mask !== undefined),
    { source, m, mixing: tensors.mixing, table, y, ...(mask === undefined ? {} : { mask }) },
    { places, frames, rowsIn, dilation },
    [Math.ceil(places / lanes)],
  );
  return { source, m, table, y };
}

/** Where clips are padded, with their frames that count at its end; the rest is undefined. */
function tableFor(
  kernels: WebGpuKernels,
  form: BlockForm,
  validFrames: Int32Array | undefined,
): tf.Tensor {
  const size = tableSize(form);
  if (validFrames === undefined) return kernels.output([size]);
  const values = new Float32Array(size + validFrames.length);
  values.set(validFrames, size);
  return kernels.upload([values.length], values);
}

function normBuffers(kernels: WebGpuKernels, norm: WithAffine, training: boolean) {
  const running = (variable: tf.Variable) => training ? kernels.ownVariable(variable) : variable;
  return {
    gamma: norm.affine.weight as tf.Tensor,
    beta: norm.affine.bias as tf.Tensor,
    runningMean: running(norm.runningMean) as tf.Tensor,
    runningVar: running(norm.runningVar) as tf.Tensor,
  };
}

/** Number of workgroups for a sum over `places`. */
export function chunksOf(places: number, lanes: number, most: number): number {
  return Math.max(1, Math.min(most, Math.ceil(places / lanes)));
}

/** Anything unusual, wrong shapes included, is left to the composite, which also reports it. */
function serves(
  kernels: WebGpuKernels,
  form: BlockForm,
  { batch, frames, rowsIn, rows, dilation }: BlockSizes,
  tensors: BlockTensors,
  rate: number,
): boolean {
  const { channels: c, inChannels, groups } = form;
  const { firstWeight, firstNorm, groupNorm, timeNorm } = tensors;
  const norms: [BatchNormState | undefined, number][] = [[groupNorm, c * groups.length], [timeNorm, c]];
  if (form.kind === "transition") norms.push([firstNorm, c]);
  const lanes = lanesOf(form);
  return (form.training || !recordsGradients()) && rate >= 0 && rate < 1 &&
    Number.isInteger(dilation) && dilation >= 1 &&
    c <= MOST_CHANNELS && inChannels <= MOST_CHANNELS && c * groups.length <= MOST_STATISTICS &&
    lanes * inChannels <= 8 * 256 && groups.every((height) => height >= 1) &&
    groups.reduce((sum, height) => sum + height, 0) === rows &&
    hasShape(tensors.rowWeight, [c, 1, 3, 1]) && hasShape(tensors.timeWeight, [c, 1, 1, 3]) &&
    hasShape(tensors.mixing, [c, c, 1, 1]) &&
    (firstWeight === undefined ? inChannels === c : hasShape(firstWeight, [c, inChannels, 1, 1])) &&
    norms.every(([norm, size]) =>
      norm?.affine !== undefined &&
      [norm.affine.weight, norm.affine.bias, norm.runningMean, norm.runningVar].every((t) =>
        hasShape(t, [size])
      )
    ) &&
    kernels.fits(batch * rowsIn * frames * Math.max(c, inChannels), Math.ceil(batch * frames / lanes));
}

function hasShape(tensor: tf.Tensor, shape: readonly number[]): boolean {
  return tensor.shape.length === shape.length && shape.every((size, i) => size === tensor.shape[i]);
}
