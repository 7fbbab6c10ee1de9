/** Runs the backward pass of a BC-ResNet block. */
import type * as tf from "@tensorflow/tfjs";
import { countFrames } from "../operation/valid_frames.ts";
import type { BlockSizes } from "./webgpu.ts";
import { firstGradient, inputGradient } from "./webgpu_backward_rows.ts";
import { meanGradient, timeGradient } from "./webgpu_backward_time.ts";
import { type BlockForm, lanesOf } from "./webgpu_form.ts";
import { sumRows } from "./webgpu_sums.ts";
import { addRows, type SumTarget } from "../webgpu/add_rows.ts";
import type { WebGpuKernels } from "../webgpu/runtime.ts";

/** What the forward pass left. */
export interface KeptOfBlock {
  readonly x: tf.Tensor;
  /** The block's input after its first convolution, if it has one; else `x`. */
  readonly source: tf.Tensor;
  readonly m: tf.Tensor;
  readonly table: tf.Tensor;
  readonly y: tf.Tensor;
  readonly mask: tf.Tensor | undefined;
  readonly firstWeight: tf.Tensor | undefined;
}

/** Workgroups that share a sum; a fixed number, for the same bytes everywhere. */
const MOST_CHUNKS = 64;

/** @returns Gradients by the names of the block's inputs. */
export function blockBackward(
  kernels: WebGpuKernels,
  form: BlockForm,
  sizes: BlockSizes,
  kept: KeptOfBlock,
  dy: tf.Tensor,
): Record<string, tf.Tensor> {
  const { batch, frames, rowsIn, dilation, validFrames } = sizes;
  const { x, source, m, table, y, mask, firstWeight } = kept;
  const { channels: c, inChannels, groups } = form;
  const lanes = lanesOf(form);
  const places = batch * frames;
  const elements = places * rowsIn;
  const count = (n: number) => Math.max(1, Math.min(MOST_CHUNKS, Math.ceil(n / lanes)));
  const [chunks, firstChunks] = [count(places), count(elements)];
  const layout = sumRows(form);
  const rowSums = chunks * layout.time.size;
  const inputSums = rowSums + chunks * layout.rows.size;
  const firstSums = inputSums + chunks * layout.input.size;
  const sums = kernels.output([firstSums + firstChunks * layout.first.size]);
  const counted = countFrames(validFrames, batch, frames);
  const given = { places, counted, frames, rowsIn, chunks, dilation, timeSums: 0, rowSums, inputSums };

  const dTime = kernels.output([batch, frames, c]);
  const passed = kernels.output(y.shape);
  const masked = mask === undefined ? {} : { mask };
  kernels.run(
    timeGradient(form, mask !== undefined),
    { dy, y, m, table, sums, dTime, passed, ...masked },
    given,
    [chunks],
  );
  const spread = kernels.output([batch, frames, c]);
  kernels.run(meanGradient(form), { passed, dTime, m, source, table, sums, spread }, given, [chunks]);
  const d = kernels.output(source.shape);
  kernels.run(inputGradient(form), { passed, spread, source, table, sums, d }, given, [chunks]);
  const s = c * groups.length;
  const part = (shape: readonly number[], first: number, stride: number): SumTarget => //
  ({ shape, first, stride, chunks });
  const { time, rows, input, first } = layout;
  const targets: Record<string, SumTarget> = {
    timeBeta: part([c], time.beta, time.size),
    timeGamma: part([c], time.gamma, time.size),
    mixing: part([c, c, 1, 1], time.mixing, time.size),
    groupBeta: part([s], rowSums + rows.beta, rows.size),
    groupGamma: part([s], rowSums + rows.gamma, rows.size),
    timeWeight: part([c, 1, 1, 3], rowSums + rows.timeTaps, rows.size),
    rowWeight: part([c, 1, 3, 1], inputSums + input.rowTaps, input.size),
  };
  let dx = d;
  if (form.kind === "transition") {
    dx = kernels.output(x.shape);
    const convolved = firstWeight === undefined ? {} : { x, weight: firstWeight };
    // Its sums over the first normalisation are those that the program before left, a row for each of its workgroups.
    kernels.run(
      firstGradient(form),
      { d, source, table, sums, dx, ...convolved },
      { ...given, places: elements, counted: counted * rowsIn, grid: firstChunks, inputSums, firstSums },
      [firstChunks],
    );
    targets["firstBeta"] = part([c], inputSums + input.beta, input.size);
    targets["firstGamma"] = part([c], inputSums + input.gamma, input.size);
    if (firstWeight !== undefined) {
      const whole = part([c, inChannels, 1, 1], firstSums + first.weight, first.size);
      targets["firstWeight"] = { ...whole, chunks: firstChunks };
    }
  }
  return { x: dx, ...addRows(kernels, sums, targets) };
}
