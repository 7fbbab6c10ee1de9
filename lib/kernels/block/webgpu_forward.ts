/**
 * The forward pass of a BC-ResNet block in five programs at most. Each that needs a normalisation settles it from the
 * tallies of the one before; the convolution over frequency is three products and is computed again where needed.
 */
import {
  type BlockForm,
  blockHeader,
  formKey,
  lanesOf,
  LOAD_ROWS,
  MAIN,
  rowsCode,
  THREADS,
  TIME_CODE,
} from "./webgpu_form.ts";
import { BN1, BN2, COLLECT, mergeLanes, settleAllCode, settleCode, SSN } from "./webgpu_statistics.ts";
import type { Shader } from "../webgpu/shader.ts";

const PLACES = { places: "u32", frames: "u32", rowsIn: "u32" } as const;

/** Of a place that is any element of `[B, rowsIn, T]`. */
const ELEMENT_COUNTS = (element: string) =>
  `counts((${element}) / (sizes.rowsIn * sizes.frames), (${element}) % sizes.frames)`;

/** Only needed to find out what counts. */
function tableIfPadded({ padded }: BlockForm): Record<string, "read"> {
  return padded ? { table: "read" } : {};
}

type NormBuffer = "weight" | "bias" | "runningMean" | "runningVar";

/** Only training writes into running statistics: otherwise they may share their memory with other tensors. */
function normBuffers({ training }: BlockForm): Record<NormBuffer, "read" | "write"> {
  const running = training ? "write" : "read";
  return { weight: "read", bias: "read", runningMean: running, runningVar: running };
}

/**
 * conv1x1_1, that a transition block begins with, and tallies of its output. Here a place is any element of
 * `[B, rowsIn, T]`.
 */
export function firstConvolution(
  form: BlockForm,
): Shader<string, keyof typeof PLACES | "chunks"> {
  const lanes = lanesOf(form);
  return {
    key: `block conv1x1_1 ${formKey(form)}`,
    buffers: { x: "read", conv1x1_1: "read", source: "write", sums: "write", ...tableIfPadded(form) },
    sizes: { ...PLACES, chunks: "u32" },
    code: () =>
      `${blockHeader(form)}${COLLECT}${mergeLanes(lanes, form.channels)}
var<workgroup> tile: array<f32, ${lanes * form.inChannels}>;
var<workgroup> weights: array<f32, ${form.inChannels * form.channels}>;
${MAIN}
  let channel = thread % C;
  let lane = thread / C;
  for (var i = thread; i < IN * C; i += ${THREADS}u) { weights[i % IN * C + i / IN] = conv1x1_1[i]; }
  for (var first = group.x * LANES; first < sizes.places; first += sizes.chunks * LANES) {
    for (var i = thread; i < LANES * IN; i += ${THREADS}u) {
      tile[i] = select(0.0, x[min(first * IN + i, sizes.places * IN - 1u)], first * IN + i < sizes.places * IN);
    }
    workgroupBarrier();
    if (lane < LANES && first + lane < sizes.places) {
      var sum = 0.0;
      for (var i = 0u; i < IN; i++) { sum += tile[lane * IN + i] * weights[i * C + channel]; }
      source[(first + lane) * C + channel] = sum;
      if (${ELEMENT_COUNTS("first + lane")}) { collect(sum); }
    }
    workgroupBarrier();
  }
  ${storeTally("group.x * C + channel")}
}`,
  };
}

/** Only the tallies, of an input whose convolution was done before. */
export function bn1Statistics(form: BlockForm): Shader<string, keyof typeof PLACES | "chunks"> {
  return {
    key: `block bn1 statistics ${formKey(form)}`,
    buffers: { source: "read", sums: "write", ...tableIfPadded(form) },
    sizes: { ...PLACES, chunks: "u32" },
    code: () =>
      `${blockHeader(form)}${COLLECT}${mergeLanes(lanesOf(form), form.channels)}
${MAIN}
  let channel = thread % C;
  let lane = thread / C;
  if (lane < LANES) {
    for (var place = group.x * LANES + lane; place < sizes.places; place += sizes.chunks * LANES) {
      if (${ELEMENT_COUNTS("place")}) { collect(source[place * C + channel]); }
    }
  }
  ${storeTally("group.x * C + channel")}
}`,
  };
}

/**
 * Tallies of the convolution over frequency, a row of workgroups for each group of frequencies. A transition block
 * settles bn1 on the way.
 */
export function ssnStatistics(
  form: BlockForm,
): Shader<string, keyof typeof PLACES | "chunks" | "bn1Chunks" | "ssnSums"> {
  const transition = form.kind === "transition";
  return {
    key: `block ssn statistics ${formKey(form)}`,
    buffers: {
      source: "read",
      freq_dw_conv: "read",
      sums: "write",
      table: "write",
      ...(transition ? normBuffers(form) : {}),
    },
    sizes: { ...PLACES, chunks: "u32", bn1Chunks: "u32", ssnSums: "u32" },
    code: () =>
      `${blockHeader(form)}${rowsCode(form)}${COLLECT}${mergeLanes(lanesOf(form), form.channels)}
${transition ? settleAllCode(BN1, form.training, form.channels) : ""}
${MAIN}
  channel = thread % C;
  let lane = thread / C;
  let writes = group.x == 0u && group.y == 0u;
  ${
        transition
          ? `settleAll(thread, 0u, sizes.bn1Chunks, writes);
  bn1Mean = norm[channel].x;
  bn1Scale = norm[channel].z;
  bn1Offset = norm[channel].w;`
          : ""
      }
  freqTaps = vec3<f32>(freq_dw_conv[3u * channel], freq_dw_conv[3u * channel + 1u], freq_dw_conv[3u * channel + 2u]);
  if (writes) {
    for (var i = thread; i < 3u * C; i += ${THREADS}u) { table[FREQ_DW_CONV + i] = freq_dw_conv[i]; }
  }
  ${form.training ? SSN_TALLIES : ""}
}`,
  };
}

const SSN_TALLIES = `if (lane < LANES) {
    for (var place = group.x * LANES + lane; place < sizes.places; place += sizes.chunks * LANES) {
      locate(place);
      if (!counts(clip, frame)) { continue; }
      for (var row = groupStart(group.y); row < groupStart(group.y + 1u); row++) { collect(uAt(row)); }
    }
  }
  ${storeTally("sizes.ssnSums / 3u + (group.x * G + group.y) * C + channel")}`;

/** Settles sub-spectral normalisation and takes its output's mean over frequency: `m`, `[B, T, C]`. */
export function frequencyMeans(
  form: BlockForm,
): Shader<
  "source" | "sums" | "table" | "m" | NormBuffer,
  keyof typeof PLACES | "chunks" | "ssnSums" | "grid"
> {
  return {
    key: `block frequency means ${formKey(form)}`,
    buffers: { source: "read", sums: "read", table: "write", m: "write", ...normBuffers(form) },
    sizes: { ...PLACES, chunks: "u32", ssnSums: "u32", grid: "u32" },
    code: () =>
      `${blockHeader(form)}${rowsCode(form)}${COLLECT}
${settleAllCode(SSN, form.training, form.groups.length * form.channels)}
${MAIN}
  channel = thread % C;
  let lane = thread / C;
  settleAll(thread, sizes.ssnSums, sizes.chunks, group.x == 0u);
  ${LOAD_ROWS}
  if (lane < LANES) {
    for (var place = group.x * LANES + lane; place < sizes.places; place += sizes.grid * LANES) {
      locate(place);
      var sum = 0.0;
      for (var g = 0u; g < G; g++) {
        let factors = norm[g * C + channel];
        for (var row = groupStart(g); row < groupStart(g + 1u); row++) {
          sum += (uAt(row) - factors.x) * factors.z + factors.w;
        }
      }
      m[place * C + channel] = select(0.0, sum / f32(ROWS), counts(clip, frame));
    }
  }
}`,
  };
}

/** Settles the normalisation of the convolution over time, one workgroup for each channel. */
export function bn2Statistics(
  form: BlockForm,
): Shader<"m" | "temp_dw_conv" | "table" | NormBuffer, "places" | "frames" | "dilation"> {
  const tallies = `
  for (var place = thread; place < sizes.places; place += ${THREADS}u) {
    clip = place / sizes.frames;
    let frame = place - clip * sizes.frames;
    if (counts(clip, frame)) { collect(vAt(i32(frame))); }
  }
  let tally = mergeLanes(thread, collected());`;
  return {
    key: `block bn2 statistics ${formKey(form)}`,
    buffers: { m: "read", temp_dw_conv: "read", table: "write", ...normBuffers(form) },
    sizes: { places: "u32", frames: "u32", dilation: "u32" },
    code: () =>
      `${blockHeader(form)}
var<private> channel: u32;
var<private> clip: u32;
${TIME_CODE}${COLLECT}${mergeLanes(THREADS, 1)}${settleCode(BN2, form.training)}
${MAIN}
  channel = group.x;
  tempTaps = vec3<f32>(temp_dw_conv[3u * channel], temp_dw_conv[3u * channel + 1u], temp_dw_conv[3u * channel + 2u]);
  if (thread < 3u) { table[TEMP_DW_CONV + 3u * channel + thread] = tempTaps[thread]; }
  ${form.training ? tallies : "let tally = vec3<f32>(0.0);"}
  if (thread == 0u) { _ = settle(channel, tally, true); }
}`,
  };
}

/** conv1x1_2, the sum of both halves, and relu. */
export function blockOutput(
  form: BlockForm,
  dropout: boolean,
): Shader<string, keyof typeof PLACES | "dilation"> {
  return {
    key: `block output ${formKey(form)} ${dropout ? "dropout" : ""}`,
    buffers: {
      source: "read",
      m: "read",
      conv1x1_2: "read",
      table: "write",
      y: "write",
      ...(dropout ? { mask: "read" } : {}),
    },
    sizes: { ...PLACES, dilation: "u32" },
    code: () =>
      `${blockHeader(form)}${rowsCode(form)}${TIME_CODE}
var<workgroup> activated: array<f32, ${THREADS}>;
${MAIN}
  channel = thread % C;
  let lane = thread / C;
  let place = group.x * LANES + lane;
  let valid = lane < LANES && place < sizes.places;
  if (group.x == 0u) {
    for (var i = thread; i < C * C; i += ${THREADS}u) { table[CONV1X1_2 + i] = conv1x1_2[i]; }
  }
  ${LOAD_ROWS}
  loadBn2();
  locate(select(0u, place, valid));
  let v = (vAt(i32(frame)) - bn2Mean) * bn2Scale + bn2Offset;
  activated[thread] = v / (1.0 + exp(-v));
  workgroupBarrier();
  if (valid) {
    var mixed = 0.0;
    for (var i = 0u; i < C; i++) { mixed += conv1x1_2[channel * C + i] * activated[lane * C + i]; }
    ${dropout ? "mixed *= mask[clip * C + channel];" : ""}
    for (var g = 0u; g < G; g++) {
      let at = SSN + g * C + channel;
      let mean = table[at];
      let scale = table[at + 2u * S];
      let offset = table[at + 3u * S];
      for (var row = groupStart(g); row < groupStart(g + 1u); row++) {
        var sum = (uAt(row) - mean) * scale + offset + mixed;
        ${form.kind === "broadcasted" ? "sum += source[inBase + row * rowStride];" : ""}
        y[outBase + row * rowStride] = select(sum, 0.0, sum < 0.0 || !counts(clip, frame));
      }
    }
  }
}`,
  };
}

/** Merges the tallies of all lanes and stores them as the n-th of `sums`. */
function storeTally(n: string): string {
  return `let tally = mergeLanes(thread, collected());
  if (thread < C) {
    let at = 3u * (${n});
    sums[at] = tally.x;
    sums[at + 1u] = tally.y;
    sums[at + 2u] = tally.z;
  }`;
}
