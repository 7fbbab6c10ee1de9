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
import {
  COLLECT,
  FIRST_NORM,
  GROUP_NORM,
  mergeLanes,
  settleAllCode,
  settleCode,
  TIME_NORM,
} from "./webgpu_statistics.ts";
import type { Shader } from "../webgpu/shader.ts";

const PLACES = { places: "u32", frames: "u32", rowsIn: "u32" } as const;

/** Of a place that is any element of `[B, rowsIn, T]`. */
const ELEMENT_COUNTS = (element: string) =>
  `counts((${element}) / (sizes.rowsIn * sizes.frames), (${element}) % sizes.frames)`;

/** Only needed to find out what counts. */
function tableIfPadded({ padded }: BlockForm): Record<string, "read"> {
  return padded ? { table: "read" } : {};
}

type NormBuffer = "gamma" | "beta" | "runningMean" | "runningVar";

/** Only training writes into running statistics: otherwise they may share their memory with other tensors. */
function normBuffers({ training }: BlockForm): Record<NormBuffer, "read" | "write"> {
  const running = training ? "write" : "read";
  return { gamma: "read", beta: "read", runningMean: running, runningVar: running };
}

/**
 * The 1x1 convolution that a transition block begins with, and tallies of its output. Here a place is any element of
 * `[B, rowsIn, T]`.
 */
export function firstConvolution(
  form: BlockForm,
): Shader<string, keyof typeof PLACES | "chunks"> {
  const lanes = lanesOf(form);
  return {
    key: `block first convolution ${formKey(form)}`,
    buffers: { x: "read", weight: "read", source: "write", sums: "write", ...tableIfPadded(form) },
    sizes: { ...PLACES, chunks: "u32" },
    code: () =>
      `${blockHeader(form)}${COLLECT}${mergeLanes(lanes, form.channels)}
var<workgroup> tile: array<f32, ${lanes * form.inChannels}>;
var<workgroup> weights: array<f32, ${form.inChannels * form.channels}>;
${MAIN}
  let channel = thread % C;
  let lane = thread / C;
  for (var i = thread; i < IN * C; i += ${THREADS}u) { weights[i % IN * C + i / IN] = weight[i]; }
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
export function firstStatistics(form: BlockForm): Shader<string, keyof typeof PLACES | "chunks"> {
  return {
    key: `block first statistics ${formKey(form)}`,
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
 * settles its first normalisation on the way.
 */
export function groupStatistics(
  form: BlockForm,
): Shader<string, keyof typeof PLACES | "chunks" | "firstChunks" | "groupSums"> {
  const transition = form.kind === "transition";
  return {
    key: `block group statistics ${formKey(form)}`,
    buffers: {
      source: "read",
      rowWeight: "read",
      sums: "write",
      table: "write",
      ...(transition ? normBuffers(form) : {}),
    },
    sizes: { ...PLACES, chunks: "u32", firstChunks: "u32", groupSums: "u32" },
    code: () =>
      `${blockHeader(form)}${rowsCode(form)}${COLLECT}${mergeLanes(lanesOf(form), form.channels)}
${transition ? settleAllCode(FIRST_NORM, form.training, form.channels) : ""}
${MAIN}
  channel = thread % C;
  let lane = thread / C;
  let writes = group.x == 0u && group.y == 0u;
  ${
        transition
          ? `settleAll(thread, 0u, sizes.firstChunks, writes);
  firstMean = norm[channel].x;
  firstScale = norm[channel].z;
  firstOffset = norm[channel].w;`
          : ""
      }
  rowTaps = vec3<f32>(rowWeight[3u * channel], rowWeight[3u * channel + 1u], rowWeight[3u * channel + 2u]);
  if (writes) {
    for (var i = thread; i < 3u * C; i += ${THREADS}u) { table[ROW_TAPS + i] = rowWeight[i]; }
  }
  ${form.training ? GROUP_TALLIES : ""}
}`,
  };
}

const GROUP_TALLIES = `if (lane < LANES) {
    for (var place = group.x * LANES + lane; place < sizes.places; place += sizes.chunks * LANES) {
      locate(place);
      if (!counts(clip, frame)) { continue; }
      for (var row = groupStart(group.y); row < groupStart(group.y + 1u); row++) { collect(convolved(row)); }
    }
  }
  ${storeTally("sizes.groupSums / 3u + (group.x * G + group.y) * C + channel")}`;

/** Settles sub-spectral normalisation and takes its output's mean over frequency: `m`, `[B, T, C]`. */
export function frequencyMeans(
  form: BlockForm,
): Shader<
  "source" | "sums" | "table" | "m" | NormBuffer,
  keyof typeof PLACES | "chunks" | "groupSums" | "grid"
> {
  return {
    key: `block frequency means ${formKey(form)}`,
    buffers: { source: "read", sums: "read", table: "write", m: "write", ...normBuffers(form) },
    sizes: { ...PLACES, chunks: "u32", groupSums: "u32", grid: "u32" },
    code: () =>
      `${blockHeader(form)}${rowsCode(form)}${COLLECT}
${settleAllCode(GROUP_NORM, form.training, form.groups.length * form.channels)}
${MAIN}
  channel = thread % C;
  let lane = thread / C;
  settleAll(thread, sizes.groupSums, sizes.chunks, group.x == 0u);
  ${LOAD_ROWS}
  if (lane < LANES) {
    for (var place = group.x * LANES + lane; place < sizes.places; place += sizes.grid * LANES) {
      locate(place);
      var sum = 0.0;
      for (var g = 0u; g < G; g++) {
        let factors = norm[g * C + channel];
        for (var row = groupStart(g); row < groupStart(g + 1u); row++) {
          sum += (convolved(row) - factors.x) * factors.z + factors.w;
        }
      }
      m[place * C + channel] = select(0.0, sum / f32(ROWS), counts(clip, frame));
    }
  }
}`,
  };
}

/** Settles the normalisation of the convolution over time, one workgroup for each channel. */
export function timeStatistics(
  form: BlockForm,
): Shader<"m" | "timeWeight" | "table" | NormBuffer, "places" | "frames" | "dilation"> {
  const tallies = `
  for (var place = thread; place < sizes.places; place += ${THREADS}u) {
    clip = place / sizes.frames;
    let frame = place - clip * sizes.frames;
    if (counts(clip, frame)) { collect(inTime(i32(frame))); }
  }
  let tally = mergeLanes(thread, collected());`;
  return {
    key: `block time statistics ${formKey(form)}`,
    buffers: { m: "read", timeWeight: "read", table: "write", ...normBuffers(form) },
    sizes: { places: "u32", frames: "u32", dilation: "u32" },
    code: () =>
      `${blockHeader(form)}
var<private> channel: u32;
var<private> clip: u32;
${TIME_CODE}${COLLECT}${mergeLanes(THREADS, 1)}${settleCode(TIME_NORM, form.training)}
${MAIN}
  channel = group.x;
  timeTaps = vec3<f32>(timeWeight[3u * channel], timeWeight[3u * channel + 1u], timeWeight[3u * channel + 2u]);
  if (thread < 3u) { table[TIME_TAPS + 3u * channel + thread] = timeTaps[thread]; }
  ${form.training ? tallies : "let tally = vec3<f32>(0.0);"}
  if (thread == 0u) { _ = settle(channel, tally, true); }
}`,
  };
}

/** The 1x1 convolution of the one-dimensional half, the sum of both halves, and relu. */
export function blockOutput(
  form: BlockForm,
  dropout: boolean,
): Shader<string, keyof typeof PLACES | "dilation"> {
  return {
    key: `block output ${formKey(form)} ${dropout ? "dropout" : ""}`,
    buffers: {
      source: "read",
      m: "read",
      mixing: "read",
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
    for (var i = thread; i < C * C; i += ${THREADS}u) { table[MIXING + i] = mixing[i]; }
  }
  ${LOAD_ROWS}
  loadTime();
  locate(select(0u, place, valid));
  let v = (inTime(i32(frame)) - timeMean) * timeScale + timeOffset;
  activated[thread] = v / (1.0 + exp(-v));
  workgroupBarrier();
  if (valid) {
    var mixed = 0.0;
    for (var i = 0u; i < C; i++) { mixed += mixing[channel * C + i] * activated[lane * C + i]; }
    ${dropout ? "mixed *= mask[clip * C + channel];" : ""}
    for (var g = 0u; g < G; g++) {
      let at = GROUP_NORM + g * C + channel;
      let mean = table[at];
      let scale = table[at + 2u * S];
      let offset = table[at + 3u * S];
      for (var row = groupStart(g); row < groupStart(g + 1u); row++) {
        var sum = (convolved(row) - mean) * scale + offset + mixed;
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
