/** The backward pass of a BC-ResNet block, second half: through what has frequencies. */
import {
  type BlockForm,
  blockHeader,
  formKey,
  lanesOf,
  LOAD_ROWS,
  MAIN,
  rowsCode,
  SUM_LANES,
  THREADS,
} from "./webgpu_form.ts";
import { ADD_CHUNKS, PLACES, sumRows } from "./webgpu_sums.ts";
import type { Shader } from "../webgpu/shader.ts";

/**
 * Through sub-spectral normalisation and the convolution over frequency: `d`, the gradient of a broadcasted block's
 * input, or of a transition block's bn1.
 */
export function inputGradient(
  form: BlockForm,
): Shader<
  "passed" | "dm" | "source" | "table" | "sums" | "d",
  keyof typeof PLACES | "ssnSums" | "inputSums"
> {
  const { ssn, input } = sumRows(form);
  const transition = form.kind === "transition";
  const emit = transition
    ? `let before = source[inBase + u32(row) * rowStride];
  let through = select(0.0, value, activate(before) > 0.0);
  d[inBase + u32(row) * rowStride] = through;
  dBn1Bias += through;
  dBn1Weight += through * (before - bn1Mean) * bn1Inverse;`
    : "d[inBase + u32(row) * rowStride] = value + passed[outBase + u32(row) * rowStride];";
  // The three rows that a row of the convolution reaches are summed in registers; those with all their terms leave.
  const advance = form.strideF === 1
    ? `emit(middle - 1, pending.x);
        pending = vec3<f32>(pending.y, pending.z, 0.0);`
    : `emit(middle - 1, pending.x);
        emit(middle, pending.y);
        pending = vec3<f32>(pending.z, 0.0, 0.0);`;
  return {
    key: `block input gradient ${formKey(form)}`,
    buffers: { passed: "read", dm: "read", source: "read", table: "read", sums: "write", d: "write" },
    sizes: { ...PLACES, ssnSums: "u32", inputSums: "u32" },
    code: () =>
      `${blockHeader(form)}${rowsCode(form)}${SUM_LANES}${ADD_CHUNKS}
var<workgroup> means: array<f32, ${2 * form.channels * form.groups.length}>;
var<private> bn1Inverse: f32;
var<private> dBn1Bias: f32;
var<private> dBn1Weight: f32;

fn emit(row: i32, value: f32) {
  if (row < 0 || row >= i32(sizes.rowsIn)) { return; }
  ${emit}
}
${MAIN}
  channel = thread % C;
  let lane = thread / C;
  for (var entry = thread; entry < 2u * S; entry += ${THREADS}u) {
    let g = entry % G;
    let count = (groupStart(g + 1u) - groupStart(g)) * sizes.counted;
    means[entry] = addChunks(sizes.ssnSums, ${ssn.size}u, entry) / f32(count);
  }
  workgroupBarrier();
  ${LOAD_ROWS}
  bn1Inverse = table[BN1 + C + channel];
  var dTaps = vec3<f32>(0.0);
  if (lane < LANES) {
    for (var place = group.x * LANES + lane; place < sizes.places; place += sizes.chunks * LANES) {
      locate(place);
      let each = dm[place * C + channel];
      let alive = select(0.0, 1.0, counts(clip, frame));
      var pending = vec3<f32>(0.0);
      for (var g = 0u; g < G; g++) {
        let at = SSN + g * C + channel;
        let mean = table[at];
        let inverse = table[at + S];
        let scale = table[at + 2u * S];
        let meanD = means[channel * G + g];
        let meanDX = means[S + channel * G + g];
        for (var row = groupStart(g); row < groupStart(g + 1u); row++) {
          let middle = i32(row * STRIDE);
          let inputs = vec3<f32>(inputAt(middle - 1), inputAt(middle), inputAt(middle + 1));
          let normal = (freqTaps.x * inputs.x + freqTaps.y * inputs.y + freqTaps.z * inputs.z - mean) * inverse;
          let dRow = alive * scale * (passed[outBase + row * rowStride] + each - meanD - normal * meanDX);
          dTaps += dRow * inputs;
          pending += dRow * freqTaps;
          ${advance}
        }
      }
      emit(i32(ROWS * STRIDE) - 1, pending.x);
    }
  }
  let first = sizes.inputSums + group.x * ${input.size}u;
  for (var i = 0u; i < 3u; i++) {
    let tap = sumOverLanes(thread, dTaps[i]);
    if (thread < C) { sums[first + 3u * channel + i] = tap; }
  }
  ${
        transition
          ? `let bias = sumOverLanes(thread, dBn1Bias);
  let weight = sumOverLanes(thread, dBn1Weight);
  if (thread < C) {
    sums[first + ${input.bias}u + channel] = bias;
    sums[first + ${input.weight}u + channel] = weight;
  }`
          : ""
      }
}`,
  };
}

/**
 * Through a transition block's bn1 and conv1x1_1, if it has one. A place is any element
 * of `[B, rowsIn, T]`.
 */
export function bn1Gradient(
  form: BlockForm,
): Shader<string, keyof typeof PLACES | "grid" | "inputSums" | "conv1x1_1Sums"> {
  const { channels, inChannels, pointwise } = form;
  const { input, conv1x1_1 } = sumRows(form);
  const shares = Math.ceil(channels * inChannels / THREADS);
  const lanes = lanesOf(form);
  return {
    key: `block bn1 gradient ${formKey(form)}`,
    buffers: {
      d: "read",
      source: "read",
      table: "read",
      sums: "write",
      dx: "write",
      ...(pointwise ? { x: "read", conv1x1_1: "read" } : {}),
    },
    sizes: { ...PLACES, grid: "u32", inputSums: "u32", conv1x1_1Sums: "u32" },
    code: () =>
      `${blockHeader(form)}${ADD_CHUNKS}
var<workgroup> means: array<f32, ${2 * channels}>;
${
        pointwise
          ? `var<workgroup> above: array<f32, ${THREADS}>;
var<workgroup> tile: array<f32, ${lanes * inChannels}>;
var<workgroup> weights: array<f32, ${channels * inChannels}>;`
          : ""
      }
${MAIN}
  let channel = thread % C;
  let lane = thread / C;
  for (var entry = thread; entry < 2u * C; entry += ${THREADS}u) {
    means[entry] = addChunks(sizes.inputSums, ${input.size}u, ${input.bias}u + entry) / f32(sizes.counted);
  }
  ${pointwise ? `for (var i = thread; i < C * IN; i += ${THREADS}u) { weights[i] = conv1x1_1[i]; }` : ""}
  workgroupBarrier();
  let mean = table[BN1 + channel];
  let inverse = table[BN1 + C + channel];
  let scale = table[BN1 + 2u * C + channel];
  ${pointwise ? `var dConv1x1_1: array<f32, ${shares}>;` : ""}
  for (var first = group.x * LANES; first < sizes.places; first += sizes.grid * LANES) {
    var value = 0.0;
    let place = first + lane;
    let clip = place / (sizes.rowsIn * sizes.frames);
    if (lane < LANES && place < sizes.places) {
      let at = (first + lane) * C + channel;
      value = scale * (d[at] - means[channel] - (source[at] - mean) * inverse * means[C + channel]);
      value = select(0.0, value, counts(clip, place % sizes.frames));
      ${pointwise ? "" : "dx[at] = value;"}
    }
    ${pointwise ? throughConvolution(shares) : ""}
  }
  ${
        pointwise
          ? `let row = sizes.conv1x1_1Sums + group.x * ${conv1x1_1.size}u;
  for (var i = 0u; i < ${shares}u; i++) {
    let entry = thread + i * ${THREADS}u;
    if (entry < C * IN) { sums[row + entry] = dConv1x1_1[i]; }
  }`
          : ""
      }
}`,
  };
}

function throughConvolution(shares: number): string {
  return `above[thread] = value;
    let end = sizes.places * IN;
    for (var i = thread; i < LANES * IN; i += ${THREADS}u) {
      tile[i] = select(0.0, x[min(first * IN + i, end - 1u)], first * IN + i < end);
    }
    workgroupBarrier();
    for (var i = thread; i < LANES * IN; i += ${THREADS}u) {
      if (first * IN + i < end) {
        var sum = 0.0;
        for (var o = 0u; o < C; o++) { sum += above[i / IN * C + o] * weights[o * IN + i % IN]; }
        dx[first * IN + i] = sum;
      }
    }
    for (var i = 0u; i < ${shares}u; i++) {
      let entry = thread + i * ${THREADS}u;
      if (entry < C * IN) {
        var sum = 0.0;
        for (var l = 0u; l < LANES; l++) { sum += above[l * C + entry / IN] * tile[l * IN + entry % IN]; }
        dConv1x1_1[i] += sum;
      }
    }
    workgroupBarrier();`;
}
