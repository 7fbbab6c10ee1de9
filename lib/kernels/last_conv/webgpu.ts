/** {@link lastConv} on WebGPU: one program forward, two backward. */
import type * as tf from "@tensorflow/tfjs";
import { differentiable, savedAt } from "../operation/differentiable.ts";
import type { WebGpuKernels } from "../webgpu/runtime.ts";
import type { Shader } from "../webgpu/shader.ts";

const THREADS = 256;
/** Sums that a thread keeps in registers. */
const MOST_WIDTH = 16;

export function lastConvWebGpu(
  kernels: WebGpuKernels,
  x: tf.Tensor4D,
  weight: tf.Tensor4D,
  bias: tf.Tensor1D,
  validFrames?: Int32Array,
): tf.Tensor4D | undefined {
  const [batch, rows, frames, channels] = x.shape;
  const width = weight.shape[3];
  if (
    width > MOST_WIDTH ||
    !kernels.fits(x.size, Math.ceil(x.size / THREADS), channels * rows)
  ) {
    return undefined;
  }
  const padded = validFrames !== undefined;
  const lengths = padded ? { lengths: kernels.upload([batch], Float32Array.from(validFrames)) } : {};
  const sizes = { size: batch * frames * channels, places: batch * frames, rows, frames, channels };
  return differentiable<Record<string, tf.Tensor>, tf.Tensor4D>(
    { x, weight, bias },
    (save) => {
      const y = kernels.output<tf.Tensor4D>([batch, 1, frames, channels]);
      kernels.run(lastConvForward(width, padded), { x, weight, bias, y, ...lengths }, sizes, [
        Math.ceil(y.size / THREADS),
      ]);
      save(x, weight, ...Object.values(lengths));
      return y;
    },
    (dy, saved) => {
      const [dx, dWeight, dBias] = [x.shape, weight.shape, bias.shape].map((shape) => kernels.output(shape));
      const [input, kernel] = [savedAt(saved, 0), savedAt(saved, 1)];
      const counts = padded ? { lengths: savedAt(saved, 2) } : {};
      const grid = Math.ceil(input.size / THREADS);
      kernels.run(
        lastConvInputGradient(width, padded),
        { dy, weight: kernel, dx: dx!, ...counts },
        { ...sizes, size: input.size },
        [grid],
      );
      const made = { dWeight: dWeight!, dBias: dBias! };
      kernels.run(lastConvWeightGradient(width, padded), { x: input, dy, ...made, ...counts }, sizes, [
        channels,
        rows,
      ]);
      return { x: () => dx!, weight: () => dWeight!, bias: () => dBias! };
    },
  );
}

const SIZES = { size: "u32", places: "u32", rows: "u32", frames: "u32", channels: "u32" } as const;
type Sizes = keyof typeof SIZES;

/** A clip's frames that count, where some do not. */
function lengthsIf(padded: boolean): Record<string, "read"> {
  return padded ? { lengths: "read" } : {};
}

function framesOfClip(padded: boolean): string {
  return padded ? "i32(lengths[clip])" : "i32(sizes.frames)";
}

export function lastConvForward(width: number, padded: boolean): Shader<string, Sizes> {
  return {
    key: `lastConv ${width} ${padded ? "padded" : ""}`,
    buffers: { x: "read", weight: "read", bias: "read", y: "write", ...lengthsIf(padded) },
    sizes: SIZES,
    code: () => `
@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= sizes.size) { return; }
  let channel = id.x % sizes.channels;
  let place = id.x / sizes.channels;
  let clip = place / sizes.frames;
  let frame = i32(place % sizes.frames);
  let own = ${framesOfClip(padded)};
  var total = bias[channel];
  for (var row = 0u; row < sizes.rows; row++) {
    var sum = 0.0;
    for (var j = 0; j < ${width}; j++) {
      let t = frame + j - ${(width - 1) / 2};
      if (t >= 0 && t < own) {
        sum += weight[(channel * sizes.rows + row) * ${width}u + u32(j)] *
          x[((clip * sizes.rows + row) * sizes.frames + u32(t)) * sizes.channels + channel];
      }
    }
    total += sum;
  }
  y[id.x] = select(0.0, total, frame < own);
}`,
  };
}

export function lastConvInputGradient(width: number, padded: boolean): Shader<string, Sizes> {
  return {
    key: `lastConv input gradient ${width} ${padded ? "padded" : ""}`,
    buffers: { dy: "read", weight: "read", dx: "write", ...lengthsIf(padded) },
    sizes: SIZES,
    code: () => `
@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= sizes.size) { return; }
  let channel = id.x % sizes.channels;
  let frame = i32(id.x / sizes.channels % sizes.frames);
  let line = id.x / sizes.channels / sizes.frames;
  let clip = line / sizes.rows;
  let row = line % sizes.rows;
  let own = ${framesOfClip(padded)};
  var sum = 0.0;
  for (var j = 0; j < ${width}; j++) {
    let t = frame - j + ${(width - 1) / 2};
    if (t >= 0 && t < own) {
      sum += weight[(channel * sizes.rows + row) * ${width}u + u32(j)] *
        dy[(clip * sizes.frames + u32(t)) * sizes.channels + channel];
    }
  }
  dx[id.x] = select(0.0, sum, frame < own);
}`,
  };
}

/** A workgroup for each channel and row; those of the first row also sum up the offset's gradient. */
export function lastConvWeightGradient(width: number, padded: boolean): Shader<string, Sizes> {
  return {
    key: `lastConv weight gradient ${width} ${padded ? "padded" : ""}`,
    buffers: { x: "read", dy: "read", dWeight: "write", dBias: "write", ...lengthsIf(padded) },
    sizes: SIZES,
    code: () => `
var<workgroup> sums: array<f32, ${THREADS}>;

fn sumOverThreads(thread: u32, value: f32) -> f32 {
  sums[thread] = value;
  workgroupBarrier();
  for (var half = ${THREADS / 2}u; half > 0u; half /= 2u) {
    if (thread < half) { sums[thread] += sums[thread + half]; }
    workgroupBarrier();
  }
  let total = sums[0];
  workgroupBarrier();
  return total;
}

@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let channel = group.x;
  let row = group.y;
  var dTaps: array<f32, ${width}>;
  var dOffset = 0.0;
  for (var place = thread; place < sizes.places; place += ${THREADS}u) {
    let clip = place / sizes.frames;
    let frame = i32(place % sizes.frames);
    let own = ${framesOfClip(padded)};
    if (frame >= own) { continue; }
    let d = dy[place * sizes.channels + channel];
    dOffset += d;
    for (var j = 0; j < ${width}; j++) {
      let t = frame + j - ${(width - 1) / 2};
      if (t >= 0 && t < own) {
        dTaps[j] += d * x[((clip * sizes.rows + row) * sizes.frames + u32(t)) * sizes.channels + channel];
      }
    }
  }
  for (var j = 0u; j < ${width}u; j++) {
    let total = sumOverThreads(thread, dTaps[j]);
    if (thread == 0u) { dWeight[(channel * sizes.rows + row) * ${width}u + j] = total; }
  }
  let total = sumOverThreads(thread, dOffset);
  if (thread == 0u && row == 0u) { dBias[channel] = total; }
}`,
  };
}
