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
 * sum, and `dBn2`, that of the normalised convolution over time.
 */
export function bn2Gradient(
  form: BlockForm,
  dropout: boolean,
): Shader<string, keyof typeof PLACES | "dilation" | "bn2Sums"> {
  const { channels } = form;
  const shares = Math.ceil(channels * channels / THREADS);
  const { bn2 } = sumRows(form);
  return {
    key: `block bn2 gradient ${formKey(form)} ${dropout ? "dropout" : ""}`,
    buffers: {
      dy: "read",
      y: "read",
      m: "read",
      table: "read",
      sums: "write",
      dBn2: "write",
      passed: "write",
      ...(dropout ? { mask: "read" } : {}),
    },
    sizes: { ...PLACES, dilation: "u32", bn2Sums: "u32" },
    code: () =>
      `${blockHeader(form)}
var<private> channel: u32;
var<private> clip: u32;
${TIME_CODE}${SUM_LANES}
var<workgroup> above: array<f32, ${THREADS}>;
var<workgroup> activated: array<f32, ${THREADS}>;
var<workgroup> conv1x1_2: array<f32, ${channels * channels}>;
${MAIN}
  channel = thread % C;
  let lane = thread / C;
  for (var i = thread; i < C * C; i += ${THREADS}u) { conv1x1_2[i] = table[CONV1X1_2 + i]; }
  loadBn2();
  var dBias = 0.0;
  var dWeight = 0.0;
  var dConv1x1_2: array<f32, ${shares}>;
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
      normal = (vAt(i32(frame)) - bn2Mean) * bn2Inverse;
      let v = (vAt(i32(frame)) - bn2Mean) * bn2Scale + bn2Offset;
      gate = 1.0 / (1.0 + exp(-v));
      swish = v * gate;
    }
    above[thread] = total;
    activated[thread] = swish;
    workgroupBarrier();
    if (valid) {
      var d = 0.0;
      for (var o = 0u; o < C; o++) { d += above[lane * C + o] * conv1x1_2[o * C + channel]; }
      d *= gate + swish * (1.0 - gate);
      dBn2[place * C + channel] = d;
      dBias += d;
      dWeight += d * normal;
    }
    for (var i = 0u; i < ${shares}u; i++) {
      let entry = thread + i * ${THREADS}u;
      if (entry < C * C) {
        var sum = 0.0;
        for (var l = 0u; l < LANES; l++) { sum += above[l * C + entry / C] * activated[l * C + entry % C]; }
        dConv1x1_2[i] += sum;
      }
    }
    workgroupBarrier();
  }
  let row = sizes.bn2Sums + group.x * ${bn2.size}u;
  dBias = sumOverLanes(thread, dBias);
  dWeight = sumOverLanes(thread, dWeight);
  if (thread < C) {
    sums[row + channel] = dBias;
    sums[row + ${bn2.weight}u + channel] = dWeight;
  }
  for (var i = 0u; i < ${shares}u; i++) {
    let entry = thread + i * ${THREADS}u;
    if (entry < C * C) { sums[row + ${bn2.conv1x1_2}u + entry] = dConv1x1_2[i]; }
  }
}`,
  };
}

/**
 * Through the normalisation and the convolution over time and the mean over frequency: `dm`, what each row of a
 * frame gets, `[B, T, C]`. Then the tallies for the way through sub-spectral normalisation.
 */
export function meanGradient(
  form: BlockForm,
): Shader<
  "passed" | "dBn2" | "m" | "source" | "table" | "sums" | "dm",
  keyof typeof PLACES | "dilation" | "bn2Sums" | "ssnSums"
> {
  const { bn2, ssn } = sumRows(form);
  return {
    key: `block mean gradient ${formKey(form)}`,
    buffers: {
      passed: "read",
      dBn2: "read",
      m: "read",
      source: "read",
      table: "read",
      sums: "write",
      dm: "write",
    },
    sizes: { ...PLACES, dilation: "u32", bn2Sums: "u32", ssnSums: "u32" },
    code: () =>
      `${blockHeader(form)}${rowsCode(form)}${TIME_CODE}${SUM_LANES}${ADD_CHUNKS}
var<workgroup> means: array<f32, ${2 * form.channels}>;
var<private> meanD: f32;
var<private> meanDX: f32;

// Gradient of the convolution over time at a frame of this clip.
fn dvAt(t: i32) -> f32 {
  if (t < 0 || t >= i32(sizes.frames) || !counts(clip, u32(t))) { return 0.0; }
  let normal = (vAt(t) - bn2Mean) * bn2Inverse;
  let d = dBn2[(clip * sizes.frames + u32(t)) * C + channel];
  return bn2Scale * (d - meanD - normal * meanDX);
}
${MAIN}
  channel = thread % C;
  let lane = thread / C;
  for (var entry = thread; entry < 2u * C; entry += ${THREADS}u) {
    means[entry] = addChunks(sizes.bn2Sums, ${bn2.size}u, entry) / f32(sizes.counted);
  }
  workgroupBarrier();
  meanD = means[channel];
  meanDX = means[C + channel];
  ${LOAD_ROWS}
  loadBn2();
  var dTaps = vec3<f32>(0.0);
  var dBias: array<f32, G>;
  var dWeight: array<f32, G>;
  if (lane < LANES) {
    for (var place = group.x * LANES + lane; place < sizes.places; place += sizes.chunks * LANES) {
      locate(place);
      let t = i32(frame);
      let step = i32(sizes.dilation);
      let here = dvAt(t);
      dTaps += here * vec3<f32>(mAt(t - step), mAt(t), mAt(t + step));
      let dMean = tempTaps.x * dvAt(t + step) + tempTaps.y * here + tempTaps.z * dvAt(t - step);
      let each = select(0.0, dMean / f32(ROWS), counts(clip, frame));
      dm[place * C + channel] = each;
      for (var g = 0u; g < G; g++) {
        let at = SSN + g * C + channel;
        let mean = table[at];
        let inverse = table[at + S];
        var sumD = 0.0;
        var sumDX = 0.0;
        for (var row = groupStart(g); row < groupStart(g + 1u); row++) {
          let d = passed[outBase + row * rowStride] + each;
          sumD += d;
          sumDX += d * (uAt(row) - mean) * inverse;
        }
        dBias[g] += sumD;
        dWeight[g] += sumDX;
      }
    }
  }
  let first = sizes.ssnSums + group.x * ${ssn.size}u;
  for (var g = 0u; g < G; g++) {
    let bias = sumOverLanes(thread, dBias[g]);
    let weight = sumOverLanes(thread, dWeight[g]);
    if (thread < C) {
      sums[first + channel * G + g] = bias;
      sums[first + ${ssn.weight}u + channel * G + g] = weight;
    }
  }
  for (var i = 0u; i < 3u; i++) {
    let tap = sumOverLanes(thread, dTaps[i]);
    if (thread < C) { sums[first + ${ssn.temp_dw_conv}u + 3u * channel + i] = tap; }
  }
}`,
  };
}
