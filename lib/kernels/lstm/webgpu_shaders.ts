/**
 * WGSL of the LSTM: a workgroup for each clip and direction loops over its frames, a thread for each gate. projected
 * and gates are `[B, T, 2, 4 H]`, cells and y `[B, T, 2, H]`; lengths are frames of each clip that count.
 */
import { LIMITS, repeated, type Shader } from "../webgpu/shader.ts";

/** One thread for each of four gates. */
export const MOST_UNITS = LIMITS.invocations / 4;

function header(units: number): string {
  return `
const H = ${units}u;
const GATES = ${4 * units}u;

fn placeOf(clip: u32, direction: u32, s: u32, count: u32) -> u32 {
  return (clip * sizes.frames + select(s, count - 1u - s, direction == 1u)) * 2u + direction;
}

// Bounded, as exp of large numbers may be anything.
fn boundedTanh(x: f32) -> f32 { return tanh(clamp(x, -15.0, 15.0)); }
`;
}

/** @param keep Whether gates and cells are stored for the backward pass. */
export function lstmForward(units: number, keep: boolean): Shader<string, "frames"> {
  return {
    key: `lstm forward ${units} ${keep ? "keeping" : ""}`,
    buffers: {
      projected: "read",
      weight: "read",
      bias: "read",
      lengths: "read",
      y: "write",
      ...(keep ? { gates: "write", cells: "write" } : {}),
    },
    sizes: { frames: "u32" },
    code: () =>
      `${header(units)}
var<workgroup> shown: array<f32, ${units}>;
var<workgroup> gate: array<f32, ${4 * units}>;

@compute @workgroup_size(${4 * units})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let clip = group.x / 2u;
  let direction = group.x % 2u;
  let count = u32(lengths[clip]);
  let own = direction * GATES + thread;
  var row: array<f32, ${units}>;
  for (var v = 0u; v < H; v++) { row[v] = weight[own * H + v]; }
  let offset = bias[own];
  var cell = 0.0;
  if (thread < H) {
    shown[thread] = 0.0;
    for (var t = count; t < sizes.frames; t++) {
      y[((clip * sizes.frames + t) * 2u + direction) * H + thread] = 0.0;
    }
  }
  workgroupBarrier();
  for (var s = 0u; s < count; s++) {
    let place = placeOf(clip, direction, s, count);
    var z = projected[place * GATES + thread] + offset;
    ${repeated(units, (v) => `z += row[${v}] * shown[${v}];`)}
    let open = 1.0 / (1.0 + exp(-clamp(z, -80.0, 80.0)));
    gate[thread] = select(open, boundedTanh(z), thread / H == 2u);
    ${keep ? "gates[place * GATES + thread] = gate[thread];" : ""}
    workgroupBarrier();
    if (thread < H) {
      cell = gate[H + thread] * cell + gate[thread] * gate[2u * H + thread];
      let h = gate[3u * H + thread] * boundedTanh(cell);
      shown[thread] = h;
      y[place * H + thread] = h;
      ${keep ? "cells[place * H + thread] = cell;" : ""}
    }
    workgroupBarrier();
  }
}`,
  };
}

/** sums: for each clip the gradients of the recurrent weights `[2, 4 H, H]` and of the bias `[2, 4 H]`. */
export function lstmBackward(units: number): Shader<string, "frames"> {
  return {
    key: `lstm backward ${units}`,
    buffers: {
      dy: "read",
      y: "read",
      gates: "read",
      cells: "read",
      weight: "read",
      lengths: "read",
      dProjected: "write",
      sums: "write",
    },
    sizes: { frames: "u32" },
    code: () =>
      `${header(units)}
var<workgroup> dGate: array<f32, ${4 * units}>;
var<workgroup> past: array<f32, ${units}>;
var<workgroup> parts: array<f32, ${4 * units}>;

@compute @workgroup_size(${4 * units})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let clip = group.x / 2u;
  let direction = group.x % 2u;
  let count = u32(lengths[clip]);
  let unit = thread % H;
  // What a quarter of the gates hands back to one unit.
  var column: array<f32, ${units}>;
  for (var i = 0u; i < H; i++) { column[i] = weight[(direction * GATES + thread - unit + i) * H + unit]; }
  var dWeight: array<f32, ${units}>;
  var dBias = 0.0;
  var dCellNext = 0.0;
  parts[thread] = 0.0;
  for (var t = count; t < sizes.frames; t++) {
    dProjected[((clip * sizes.frames + t) * 2u + direction) * GATES + thread] = 0.0;
  }
  workgroupBarrier();
  for (var left = count; left > 0u; left--) {
    let place = placeOf(clip, direction, left - 1u, count);
    if (thread < H) {
      var cellBefore = 0.0;
      var shownBefore = 0.0;
      if (left > 1u) {
        let before = placeOf(clip, direction, left - 2u, count) * H + thread;
        cellBefore = cells[before];
        shownBefore = y[before];
      }
      past[thread] = shownBefore;
      let at = place * GATES + thread;
      let into = gates[at];
      let keep = gates[at + H];
      let news = gates[at + 2u * H];
      let show = gates[at + 3u * H];
      let shape = boundedTanh(cells[place * H + thread]);
      let back = parts[thread] + parts[H + thread] + parts[2u * H + thread] + parts[3u * H + thread];
      let dShown = dy[place * H + thread] + back;
      let dCell = dCellNext + dShown * show * (1.0 - shape * shape);
      dCellNext = dCell * keep;
      dGate[thread] = dCell * news * into * (1.0 - into);
      dGate[H + thread] = dCell * cellBefore * keep * (1.0 - keep);
      dGate[2u * H + thread] = dCell * into * (1.0 - news * news);
      dGate[3u * H + thread] = dShown * shape * show * (1.0 - show);
    }
    workgroupBarrier();
    let d = dGate[thread];
    dProjected[place * GATES + thread] = d;
    dBias += d;
    ${repeated(units, (v) => `dWeight[${v}] += d * past[${v}];`)}
    var part = 0.0;
    let quarter = thread - unit;
    ${repeated(units, (i) => `part += dGate[quarter + ${i}u] * column[${i}];`)}
    parts[thread] = part;
    workgroupBarrier();
  }
  let first = clip * 2u * GATES * (H + 1u);
  let own = direction * GATES + thread;
  for (var v = 0u; v < H; v++) { sums[first + own * H + v] = dWeight[v]; }
  sums[first + 2u * GATES * H + own] = dBias;
}`,
  };
}
