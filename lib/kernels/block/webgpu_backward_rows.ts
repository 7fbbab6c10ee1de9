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
 * input, or of a transition block's first normalisation.
 */
export function inputGradient(
  form: BlockForm,
): Shader<
  "passed" | "spread" | "source" | "table" | "sums" | "d",
  keyof typeof PLACES | "rowSums" | "inputSums"
> {
  const { rows, input } = sumRows(form);
  const transition = form.kind === "transition";
  const emit = transition
    ? `let before = source[inBase + u32(row) * rowStride];
  let through = select(0.0, value, activate(before) > 0.0);
  d[inBase + u32(row) * rowStride] = through;
  dFirstBeta += through;
  dFirstGamma += through * (before - firstMean) * firstInverse;`
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
    buffers: { passed: "read", spread: "read", source: "read", table: "read", sums: "write", d: "write" },
    sizes: { ...PLACES, rowSums: "u32", inputSums: "u32" },
    code: () =>
      `${blockHeader(form)}${rowsCode(form)}${SUM_LANES}${ADD_CHUNKS}
var<workgroup> means: array<f32, ${2 * form.channels * form.groups.length}>;
var<private> firstInverse: f32;
var<private> dFirstBeta: f32;
var<private> dFirstGamma: f32;

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
    means[entry] = addChunks(sizes.rowSums, ${rows.size}u, entry) / f32(count);
  }
  workgroupBarrier();
  ${LOAD_ROWS}
  firstInverse = table[FIRST_NORM + C + channel];
  var dTaps = vec3<f32>(0.0);
  if (lane < LANES) {
    for (var place = group.x * LANES + lane; place < sizes.places; place += sizes.chunks * LANES) {
      locate(place);
      let each = spread[place * C + channel];
      let alive = select(0.0, 1.0, counts(clip, frame));
      var pending = vec3<f32>(0.0);
      for (var g = 0u; g < G; g++) {
        let at = GROUP_NORM + g * C + channel;
        let mean = table[at];
        let inverse = table[at + S];
        let scale = table[at + 2u * S];
        let meanD = means[channel * G + g];
        let meanDX = means[S + channel * G + g];
        for (var row = groupStart(g); row < groupStart(g + 1u); row++) {
          let middle = i32(row * STRIDE);
          let inputs = vec3<f32>(inputAt(middle - 1), inputAt(middle), inputAt(middle + 1));
          let normal = (rowTaps.x * inputs.x + rowTaps.y * inputs.y + rowTaps.z * inputs.z - mean) * inverse;
          let dRow = alive * scale * (passed[outBase + row * rowStride] + each - meanD - normal * meanDX);
          dTaps += dRow * inputs;
          pending += dRow * rowTaps;
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
          ? `let beta = sumOverLanes(thread, dFirstBeta);
  let gamma = sumOverLanes(thread, dFirstGamma);
  if (thread < C) {
    sums[first + ${input.beta}u + channel] = beta;
    sums[first + ${input.gamma}u + channel] = gamma;
  }`
          : ""
      }
}`,
  };
}

/**
 * Through a transition block's first normalisation and its first convolution, if it has one. A place is any element
 * of `[B, rowsIn, T]`.
 */
export function firstGradient(
  form: BlockForm,
): Shader<string, keyof typeof PLACES | "grid" | "inputSums" | "firstSums"> {
  const { channels, inChannels, pointwise } = form;
  const { input, first } = sumRows(form);
  const shares = Math.ceil(channels * inChannels / THREADS);
  const lanes = lanesOf(form);
  return {
    key: `block first gradient ${formKey(form)}`,
    buffers: {
      d: "read",
      source: "read",
      table: "read",
      sums: "write",
      dx: "write",
      ...(pointwise ? { x: "read", weight: "read" } : {}),
    },
    sizes: { ...PLACES, grid: "u32", inputSums: "u32", firstSums: "u32" },
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
    means[entry] = addChunks(sizes.inputSums, ${input.size}u, ${input.beta}u + entry) / f32(sizes.counted);
  }
  ${pointwise ? `for (var i = thread; i < C * IN; i += ${THREADS}u) { weights[i] = weight[i]; }` : ""}
  workgroupBarrier();
  let mean = table[FIRST_NORM + channel];
  let inverse = table[FIRST_NORM + C + channel];
  let scale = table[FIRST_NORM + 2u * C + channel];
  ${pointwise ? `var dWeight: array<f32, ${shares}>;` : ""}
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
          ? `let row = sizes.firstSums + group.x * ${first.size}u;
  for (var i = 0u; i < ${shares}u; i++) {
    let entry = thread + i * ${THREADS}u;
    if (entry < C * IN) { sums[row + entry] = dWeight[i]; }
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
        dWeight[i] += sum;
      }
    }
    workgroupBarrier();`;
}
