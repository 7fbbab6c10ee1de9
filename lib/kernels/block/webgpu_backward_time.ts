/** The backward pass of a BC-ResNet block, first half: through what has no frequency. */
import {
  type BlockForm,
  blockHeader,
  formKey,
  LOAD_ROWS,
  MAIN,
  rowsCode,
  SUM_LANES,
  THREADS,
  TIME_CODE,
} from "./webgpu_form.ts";
import { ADD_CHUNKS, PLACES, sumRows } from "./webgpu_sums.ts";
import type { Shader } from "../webgpu/shader.ts";

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
  if (t < 0 || t >= i32(sizes.frames) || !counts(clip, u32(t))) { return 0.0; }
  let normal = (inTime(t) - timeMean) * timeInverse;
  let d = dTime[(clip * sizes.frames + u32(t)) * C + channel];
  return timeScale * (d - meanD - normal * meanDX);
}
${MAIN}
  channel = thread % C;
  let lane = thread / C;
  for (var entry = thread; entry < 2u * C; entry += ${THREADS}u) {
    means[entry] = addChunks(sizes.timeSums, ${time.size}u, entry) / f32(sizes.counted);
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
      let each = select(0.0, dMean / f32(ROWS), counts(clip, frame));
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
