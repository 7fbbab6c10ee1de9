/** Runs the backward pass of a BC-ResNet block. */
import type * as tf from "@tensorflow/tfjs";
import { countFrames } from "../operation/valid_frames.ts";
import { bn1Gradient, inputGradient } from "./webgpu_backward_rows.ts";
import { bn2Gradient, meanGradient } from "./webgpu_backward_time.ts";
import { type BlockForm, type BlockSizes, chunksOf, lanesOf } from "./webgpu_form.ts";
import { sumRows } from "./webgpu_sums.ts";
import { addRows, type SumTarget } from "../webgpu/add_rows.ts";
import type { WebGpuKernels } from "../webgpu/runtime.ts";

/** What the forward pass left. */
export interface KeptOfBlock {
  readonly x: tf.Tensor;
  /** The block's input after conv1x1_1, if it has one; else `x`. */
  readonly source: tf.Tensor;
  readonly m: tf.Tensor;
  readonly table: tf.Tensor;
  readonly y: tf.Tensor;
  readonly mask: tf.Tensor | undefined;
  readonly conv1x1_1: tf.Tensor | undefined;
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
  const { x, source, m, table, y, mask, conv1x1_1 } = kept;
  const { channels: c, inChannels, groups } = form;
  const lanes = lanesOf(form);
  const places = batch * frames;
  const elements = places * rowsIn;
  const count = (n: number) => chunksOf(n, lanes, MOST_CHUNKS);
  const [chunks, bn1Chunks] = [count(places), count(elements)];
  const layout = sumRows(form);
  const ssnSums = chunks * layout.bn2.size;
  const inputSums = ssnSums + chunks * layout.ssn.size;
  const conv1x1_1Sums = inputSums + chunks * layout.input.size;
  const sums = kernels.output([conv1x1_1Sums + bn1Chunks * layout.conv1x1_1.size]);
  const counted = countFrames(validFrames, batch, frames);
  const given = { places, counted, frames, rowsIn, chunks, dilation, bn2Sums: 0, ssnSums, inputSums };

  const dBn2 = kernels.output([batch, frames, c]);
  const passed = kernels.output(y.shape);
  const masked = mask === undefined ? {} : { mask };
  kernels.run(
    bn2Gradient(form, mask !== undefined),
    { dy, y, m, table, sums, dBn2, passed, ...masked },
    given,
    [chunks],
  );
  const dm = kernels.output([batch, frames, c]);
  kernels.run(meanGradient(form), { passed, dBn2, m, source, table, sums, dm }, given, [chunks]);
  const d = kernels.output(source.shape);
  kernels.run(inputGradient(form), { passed, dm, source, table, sums, d }, given, [chunks]);
  const s = c * groups.length;
  const part = (shape: readonly number[], first: number, stride: number): SumTarget => //
  ({ shape, first, stride, chunks });
  const { bn2, ssn, input } = layout;
  const targets: Record<string, SumTarget> = {
    "bn2.bias": part([c], bn2.bias, bn2.size),
    "bn2.weight": part([c], bn2.weight, bn2.size),
    conv1x1_2: part([c, c, 1, 1], bn2.conv1x1_2, bn2.size),
    "ssn.bias": part([s], ssnSums + ssn.bias, ssn.size),
    "ssn.weight": part([s], ssnSums + ssn.weight, ssn.size),
    temp_dw_conv: part([c, 1, 1, 3], ssnSums + ssn.temp_dw_conv, ssn.size),
    freq_dw_conv: part([c, 1, 3, 1], inputSums + input.freq_dw_conv, input.size),
  };
  let dx = d;
  if (form.kind === "transition") {
    dx = kernels.output(x.shape);
    const uAt = conv1x1_1 === undefined ? {} : { x, conv1x1_1 };
    // Its sums over bn1 are those that the program before left, a row for each of its workgroups.
    kernels.run(
      bn1Gradient(form),
      { d, source, table, sums, dx, ...uAt },
      { ...given, places: elements, counted: counted * rowsIn, grid: bn1Chunks, inputSums, conv1x1_1Sums },
      [bn1Chunks],
    );
    targets["bn1.bias"] = part([c], inputSums + input.bias, input.size);
    targets["bn1.weight"] = part([c], inputSums + input.weight, input.size);
    if (conv1x1_1 !== undefined) {
      const whole = part(
        [c, inChannels, 1, 1],
        conv1x1_1Sums + layout.conv1x1_1.weight,
        layout.conv1x1_1.size,
      );
      targets["conv1x1_1"] = { ...whole, chunks: bn1Chunks };
    }
  }
  return { x: dx, ...addRows(kernels, sums, targets) };
}
