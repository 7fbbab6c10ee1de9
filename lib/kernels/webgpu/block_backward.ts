/**
 * The backward pass of a BC-ResNet block in five programs at most. Each leaves partial sums of parameters' gradients,
 * a row of them for each of its workgroups, in the layout that the parameters have; the next one adds up those it
 * needs itself, and the last program adds up all. Every sum has a fixed order.
 */
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
  TIME_CODE,
} from "./block_form.ts";
import type { Shader } from "./shader.ts";

const PLACES = { places: "u32", frames: "u32", rowsIn: "u32", chunks: "u32" } as const;

/** Floats in one workgroup's row of partial sums, and where in the row what begins. */
export function sumRows(form: BlockForm) {
  const { channels: c, inChannels, groups } = form;
  const s = c * groups.length;
  return {
    time: { beta: 0, gamma: c, mixing: 2 * c, size: 2 * c + c * c },
    rows: { beta: 0, gamma: s, timeTaps: 2 * s, size: 2 * s + 3 * c },
    input: { rowTaps: 0, beta: 3 * c, gamma: 4 * c, size: 5 * c },
    first: { weight: 0, size: c * inChannels },
  } as const;
}

/** Adds up entry `entry` of all rows that begin at `first`. */
const ADD_CHUNKS = `
fn addChunks(first: u32, size: u32, entry: u32) -> f32 {
  var total = 0.0;
  for (var chunk = 0u; chunk < sizes.chunks; chunk++) { total += sums[first + chunk * size + entry]; }
  return total;
}
`;

/**
 * Through relu, the sum over frequency, dropout, the 1x1 convolution and swish: `passed`, the gradient of the block's
 * sum, and `dTime`, that of the normalised convolution over time.
 */
export function timeGradient(
  form: BlockForm,
  dropout: boolean,
): Shader<string, keyof typeof PLACES | "dilation" | "timeSums"> {
  const { channels } = form;
  const shares = Math.ceil(channels * channels / THREADS);
  const { time } = sumRows(form);
  return {
    key: `block time gradient ${formKey(form)} ${dropout ? "dropout" : ""}`,
    buffers: {
      dy: "read",
      y: "read",
      m: "read",
      table: "read",
      sums: "write",
      dTime: "write",
      passed: "write",
      ...(dropout ? { mask: "read" } : {}),
    },
    sizes: { ...PLACES, dilation: "u32", timeSums: "u32" },
    code: () =>
      `${blockHeader(form)}
var<private> channel: u32;
var<private> clip: u32;
${TIME_CODE}${SUM_LANES}
var<workgroup> above: array<f32, ${THREADS}>;
var<workgroup> activated: array<f32, ${THREADS}>;
var<workgroup> mixing: array<f32, ${channels * channels}>;
${MAIN}
  channel = thread % C;
  let lane = thread / C;
  for (var i = thread; i < C * C; i += ${THREADS}u) { mixing[i] = table[MIXING + i]; }
  loadTime();
  var dBeta = 0.0;
  var dGamma = 0.0;
  var dMixing: array<f32, ${shares}>;
  for (var first = group.x * LANES; first < sizes.places; first += sizes.chunks * LANES) {
    let place = first + lane;
    let valid = lane < LANES && place < sizes.places;
    var total = 0.0;
    var normal = 0.0;
    var gate = 0.0;
    var swish = 0.0;
    if (valid) {
      clip = place / sizes.frames;
      let frame = place - clip * sizes.frames;
      let base = (clip * ROWS * sizes.frames + frame) * C + channel;
      for (var row = 0u; row < ROWS; row++) {
        let at = base + row * sizes.frames * C;
        let d = select(0.0, dy[at], y[at] > 0.0);
        passed[at] = d;
        total += d;
      }
      ${dropout ? "total *= mask[clip * C + channel];" : ""}
      normal = (inTime(i32(frame)) - timeMean) * timeInverse;
      let v = (inTime(i32(frame)) - timeMean) * timeScale + timeOffset;
      gate = 1.0 / (1.0 + exp(-v));
      swish = v * gate;
    }
    above[thread] = total;
    activated[thread] = swish;
    workgroupBarrier();
    if (valid) {
      var d = 0.0;
      for (var o = 0u; o < C; o++) { d += above[lane * C + o] * mixing[o * C + channel]; }
      d *= gate + swish * (1.0 - gate);
      dTime[place * C + channel] = d;
      dBeta += d;
      dGamma += d * normal;
    }
    for (var i = 0u; i < ${shares}u; i++) {
      let entry = thread + i * ${THREADS}u;
      if (entry < C * C) {
        var sum = 0.0;
        for (var l = 0u; l < LANES; l++) { sum += above[l * C + entry / C] * activated[l * C + entry % C]; }
        dMixing[i] += sum;
      }
    }
    workgroupBarrier();
  }
  let row = sizes.timeSums + group.x * ${time.size}u;
  dBeta = sumOverLanes(thread, dBeta);
  dGamma = sumOverLanes(thread, dGamma);
  if (thread < C) {
    sums[row + channel] = dBeta;
    sums[row + ${time.gamma}u + channel] = dGamma;
  }
  for (var i = 0u; i < ${shares}u; i++) {
    let entry = thread + i * ${THREADS}u;
    if (entry < C * C) { sums[row + ${time.mixing}u + entry] = dMixing[i]; }
  }
}`,
  };
}

/**
 * Through the normalisation and the convolution over time and the mean over frequency: `spread`, what each row of a
 * frame gets, `[B, T, C]`. Then the tallies for the way through sub-spectral normalisation.
 */
export function meanGradient(
  form: BlockForm,
): Shader<
  "passed" | "dTime" | "m" | "source" | "table" | "sums" | "spread",
  keyof typeof PLACES | "dilation" | "timeSums" | "rowSums"
> {
  const { time, rows } = sumRows(form);
  return {
    key: `block mean gradient ${formKey(form)}`,
    buffers: {
      passed: "read",
      dTime: "read",
      m: "read",
      source: "read",
      table: "read",
      sums: "write",
      spread: "write",
    },
    sizes: { ...PLACES, dilation: "u32", timeSums: "u32", rowSums: "u32" },
    code: () =>
      `${blockHeader(form)}${rowsCode(form)}${TIME_CODE}${SUM_LANES}${ADD_CHUNKS}
var<workgroup> means: array<f32, ${2 * form.channels}>;
var<private> meanD: f32;
var<private> meanDX: f32;

// Gradient of the convolution over time at a frame of this clip.
fn dInTime(t: i32) -> f32 {
  if (t < 0 || t >= i32(sizes.frames)) { return 0.0; }
  let normal = (inTime(t) - timeMean) * timeInverse;
  let d = dTime[(clip * sizes.frames + u32(t)) * C + channel];
  return timeScale * (d - meanD - normal * meanDX);
}
${MAIN}
  channel = thread % C;
  let lane = thread / C;
  for (var entry = thread; entry < 2u * C; entry += ${THREADS}u) {
    means[entry] = addChunks(sizes.timeSums, ${time.size}u, entry) / f32(sizes.places);
  }
  workgroupBarrier();
  meanD = means[channel];
  meanDX = means[C + channel];
  ${LOAD_ROWS}
  loadTime();
  var dTaps = vec3<f32>(0.0);
  var dBeta: array<f32, G>;
  var dGamma: array<f32, G>;
  if (lane < LANES) {
    for (var place = group.x * LANES + lane; place < sizes.places; place += sizes.chunks * LANES) {
      locate(place);
      let t = i32(frame);
      let step = i32(sizes.dilation);
      let here = dInTime(t);
      dTaps += here * vec3<f32>(meanAt(t - step), meanAt(t), meanAt(t + step));
      let dMean = timeTaps.x * dInTime(t + step) + timeTaps.y * here + timeTaps.z * dInTime(t - step);
      let each = dMean / f32(ROWS);
      spread[place * C + channel] = each;
      for (var g = 0u; g < G; g++) {
        let at = GROUP_NORM + g * C + channel;
        let mean = table[at];
        let inverse = table[at + S];
        var sumD = 0.0;
        var sumDX = 0.0;
        for (var row = groupStart(g); row < groupStart(g + 1u); row++) {
          let d = passed[outBase + row * rowStride] + each;
          sumD += d;
          sumDX += d * (convolved(row) - mean) * inverse;
        }
        dBeta[g] += sumD;
        dGamma[g] += sumDX;
      }
    }
  }
  let first = sizes.rowSums + group.x * ${rows.size}u;
  for (var g = 0u; g < G; g++) {
    let beta = sumOverLanes(thread, dBeta[g]);
    let gamma = sumOverLanes(thread, dGamma[g]);
    if (thread < C) {
      sums[first + channel * G + g] = beta;
      sums[first + ${rows.gamma}u + channel * G + g] = gamma;
    }
  }
  for (var i = 0u; i < 3u; i++) {
    let tap = sumOverLanes(thread, dTaps[i]);
    if (thread < C) { sums[first + ${rows.timeTaps}u + 3u * channel + i] = tap; }
  }
}`,
  };
}

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
  let clips = sizes.places / sizes.frames;
  for (var entry = thread; entry < 2u * S; entry += ${THREADS}u) {
    let g = entry % G;
    let count = (groupStart(g + 1u) - groupStart(g)) * clips * sizes.frames;
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
          let dRow = scale * (passed[outBase + row * rowStride] + each - meanD - normal * meanDX);
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
): Shader<string, "places" | "chunks" | "grid" | "inputSums" | "firstSums"> {
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
    sizes: { places: "u32", chunks: "u32", grid: "u32", inputSums: "u32", firstSums: "u32" },
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
    means[entry] = addChunks(sizes.inputSums, ${input.size}u, ${input.beta}u + entry) / f32(sizes.places);
  }
  ${pointwise ? `for (var i = thread; i < C * IN; i += ${THREADS}u) { weights[i] = weight[i]; }` : ""}
  workgroupBarrier();
  let mean = table[FIRST_NORM + channel];
  let inverse = table[FIRST_NORM + C + channel];
  let scale = table[FIRST_NORM + 2u * C + channel];
  ${pointwise ? `var dWeight: array<f32, ${shares}>;` : ""}
  for (var first = group.x * LANES; first < sizes.places; first += sizes.grid * LANES) {
    var value = 0.0;
    if (lane < LANES && first + lane < sizes.places) {
      let at = (first + lane) * C + channel;
      value = scale * (d[at] - means[channel] - (source[at] - mean) * inverse * means[C + channel]);
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

/** Most outputs of {@link addRows}: the ninth buffer is what it reads. */
export const MOST_TARGETS = 7;

/** Adds up rows of partial sums: the last step of gradients that different programs left. */
export function addRows(targets: number): Shader<string, string> {
  const names = Array.from({ length: targets }, (_, i) => i);
  return {
    key: `add rows for ${targets}`,
    buffers: { sums: "read", ...Object.fromEntries(names.map((i) => [`target${i}`, "write" as const])) },
    sizes: Object.fromEntries(
      names.flatMap((i) =>
        [`first${i}`, `stride${i}`, `chunks${i}`, `size${i}`].map((name) => [name, "u32" as const])
      ),
    ),
    code: () => `
fn addUp(first: u32, stride: u32, chunks: u32) -> f32 {
  var total = 0.0;
  for (var chunk = 0u; chunk < chunks; chunk++) { total += sums[first + chunk * stride]; }
  return total;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  switch id.y {
${
      names.map((i) =>
        `    case ${i}u: {
      if (id.x < sizes.size${i}) { target${i}[id.x] = addUp(sizes.first${i} + id.x, sizes.stride${i}, sizes.chunks${i}); }
    }`
      ).join("\n")
    }
    default: {}
  }
}`,
  };
}
