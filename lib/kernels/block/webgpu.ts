/** A BC-ResNet block, of either kind, on WebGPU: at most five programs forward and six backward. */
import type * as tf from "@tensorflow/tfjs";
import { type AffineNorm, type BatchNormState, hasAffine } from "../batch_norm/types.ts";
import { channelMask } from "../channel_dropout/op.ts";
import { differentiable, recordsGradients, savedAt } from "../operation/differentiable.ts";
import { blockInputs } from "./inputs.ts";
import type { AnyBlockTensors, TransitionBlockOptions } from "./types.ts";
import { blockBackward } from "./webgpu_gradients.ts";
import {
  type BlockForm,
  type BlockSizes,
  chunksOf,
  lanesOf,
  MOST_CHANNELS,
  MOST_STATISTICS,
  tableSize,
} from "./webgpu_form.ts";
import {
  blockOutput,
  bn1Statistics,
  bn2Statistics,
  firstConvolution,
  frequencyMeans,
  ssnStatistics,
} from "./webgpu_forward.ts";
import type { WebGpuKernels } from "../webgpu/runtime.ts";

/** Workgroups that share a sum, as many as a large device keeps busy; a fixed number, for the same bytes everywhere. */
const MOST_TALLIES = 32;
/** Workgroups of a program that each add up all tallies first: few enough for that not to weigh. */
const MOST_MEANS = 256;

/** @returns Undefined for what these programs do not serve. */
export function blockWebGpu(
  kernels: WebGpuKernels,
  x: tf.Tensor4D,
  tensors: AnyBlockTensors,
  options: TransitionBlockOptions,
): tf.Tensor4D | undefined {
  const { training, groups, dilation, causal = false, strideF, dropout, validFrames } = options;
  if (causal) return undefined;
  const [batch, rowsIn, frames, inChannels] = x.shape;
  const channels = tensors.freq_dw_conv.shape[0];
  const kind = tensors.bn1 === undefined ? "broadcasted" : "transition";
  const pointwise = tensors.conv1x1_1 !== undefined;
  const padded = validFrames !== undefined;
  const form: BlockForm = { kind, pointwise, training, inChannels, channels, strideF, groups, padded };
  const rows = Math.ceil(rowsIn / strideF);
  const sizes: BlockSizes = { batch, frames, rowsIn, rows, dilation, validFrames };
  if (!serves(kernels, form, sizes, tensors, dropout?.rate ?? 0)) return undefined;
  const mask = dropout === undefined || dropout.rate === 0
    ? undefined
    : kernels.upload([batch, channels], channelMask(batch, channels, dropout.rate, dropout.rng));
  return differentiable<Record<string, tf.Tensor>, tf.Tensor4D>(
    blockInputs(x, tensors),
    (save) => {
      const made = forward(kernels, form, sizes, x, tensors, mask);
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
        conv1x1_1: tensors.conv1x1_1,
      };
      const gradients = blockBackward(kernels, form, sizes, kept, dy);
      return Object.fromEntries(Object.entries(gradients).map(([name, made]) => [name, () => made]));
    },
  );
}

function forward(
  kernels: WebGpuKernels,
  form: BlockForm,
  sizes: BlockSizes,
  x: tf.Tensor4D,
  tensors: AnyBlockTensors<AffineNorm>,
  mask: tf.Tensor | undefined,
): { source: tf.Tensor; m: tf.Tensor; table: tf.Tensor; y: tf.Tensor4D } {
  const { batch, frames, rowsIn, rows, dilation } = sizes;
  const { channels, groups, training } = form;
  const lanes = lanesOf(form);
  const elements = batch * rowsIn * frames;
  const places = batch * frames;
  const bn1Chunks = chunksOf(elements, lanes, MOST_TALLIES * 2);
  const chunks = chunksOf(places, lanes, MOST_TALLIES);
  const ssnSums = bn1Chunks * channels * 3;
  const sums = kernels.output([ssnSums + chunks * channels * groups.length * 3]);
  const table = tableFor(kernels, form, sizes.validFrames);

  let source: tf.Tensor = x;
  const first = { places: elements, frames, rowsIn, chunks: bn1Chunks };
  if (tensors.conv1x1_1 !== undefined) {
    source = kernels.output([batch, rowsIn, frames, channels]);
    const buffers = { x, conv1x1_1: tensors.conv1x1_1, source, sums, table };
    kernels.run(firstConvolution(form), buffers, first, [bn1Chunks]);
  } else if (form.kind === "transition" && training) {
    kernels.run(bn1Statistics(form), { source, sums, table }, first, [bn1Chunks]);
  }
  const given = { places, frames, rowsIn, chunks, ssnSums, bn1Chunks };
  kernels.run(
    ssnStatistics(form),
    {
      source,
      freq_dw_conv: tensors.freq_dw_conv,
      sums,
      table,
      ...(tensors.bn1 === undefined ? {} : normBuffers(kernels, tensors.bn1, training)),
    },
    given,
    training ? [chunks, groups.length] : [1],
  );
  const m = kernels.output([batch, frames, channels]);
  const grid = chunksOf(places, lanes, MOST_MEANS);
  kernels.run(
    frequencyMeans(form),
    { source, sums, table, m, ...normBuffers(kernels, tensors.ssn, training) },
    { ...given, grid },
    [grid],
  );
  kernels.run(
    bn2Statistics(form),
    { m, temp_dw_conv: tensors.temp_dw_conv, table, ...normBuffers(kernels, tensors.bn2, training) },
    { places, frames, dilation },
    [channels],
  );
  const y = kernels.output<tf.Tensor4D>([batch, rows, frames, channels]);
  kernels.run(
    blockOutput(form, mask !== undefined),
    { source, m, conv1x1_2: tensors.conv1x1_2, table, y, ...(mask === undefined ? {} : { mask }) },
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

function normBuffers(kernels: WebGpuKernels, norm: AffineNorm, training: boolean) {
  const running = (variable: tf.Variable) => training ? kernels.ownVariable(variable) : variable;
  return {
    weight: norm.affine.weight as tf.Tensor,
    bias: norm.affine.bias as tf.Tensor,
    runningMean: running(norm.runningMean) as tf.Tensor,
    runningVar: running(norm.runningVar) as tf.Tensor,
  };
}

/** Anything unusual, wrong shapes included, is left to the composite, which also reports it. */
function serves(
  kernels: WebGpuKernels,
  form: BlockForm,
  { batch, frames, rowsIn, rows, dilation }: BlockSizes,
  tensors: AnyBlockTensors,
  rate: number,
): tensors is AnyBlockTensors<AffineNorm> {
  const { channels: c, inChannels, groups } = form;
  const { conv1x1_1, bn1, freq_dw_conv, ssn, temp_dw_conv, bn2, conv1x1_2 } = tensors;
  const lanes = lanesOf(form);
  return (form.training || !recordsGradients()) && rate >= 0 && rate < 1 &&
    Number.isInteger(dilation) && dilation >= 1 &&
    c <= MOST_CHANNELS && inChannels <= MOST_CHANNELS && c * groups.length <= MOST_STATISTICS &&
    lanes * inChannels <= 8 * 256 && groups.every((height) => height >= 1) &&
    groups.reduce((sum, height) => sum + height, 0) === rows &&
    hasShape(freq_dw_conv, [c, 1, 3, 1]) && hasShape(temp_dw_conv, [c, 1, 1, 3]) &&
    hasShape(conv1x1_2, [c, c, 1, 1]) &&
    (conv1x1_1 === undefined ? inChannels === c : hasShape(conv1x1_1, [c, inChannels, 1, 1])) &&
    normOf(ssn, c * groups.length) && normOf(bn2, c) && (bn1 === undefined || normOf(bn1, c)) &&
    kernels.fits(batch * rowsIn * frames * Math.max(c, inChannels), Math.ceil(batch * frames / lanes));
}

function normOf(norm: BatchNormState, size: number): boolean {
  return hasAffine(norm) &&
    [norm.affine.weight, norm.affine.bias, norm.runningMean, norm.runningVar].every((t) =>
      hasShape(t, [size])
    );
}

function hasShape(tensor: tf.Tensor, shape: readonly number[]): boolean {
  return tensor.shape.length === shape.length && shape.every((size, i) => size === tensor.shape[i]);
}
