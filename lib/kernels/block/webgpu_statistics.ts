/**
 * Means and variances in WGSL. Each thread sums values less the first that it met, so that a large mean does not
 * cancel; counts, means and squared deviations of two parts are then merged as Chan et al. (1979) do.
 */
import { EPSILON, MOMENTUM } from "../batch_norm/types.ts";
import { THREADS } from "./webgpu_form.ts";

/** One thread's values. */
export const COLLECT = `
var<private> count: f32;
var<private> origin: f32;
var<private> shifted: f32;
var<private> squares: f32;

fn collect(v: f32) {
  if (count == 0.0) { origin = v; }
  let d = v - origin;
  count += 1.0;
  shifted += d;
  squares += d * d;
}

// Count, mean, sum of squared deviations.
fn collected() -> vec3<f32> {
  if (count == 0.0) { return vec3<f32>(0.0); }
  return vec3<f32>(count, origin + shifted / count, squares - shifted * shifted / count);
}

fn merge(a: vec3<f32>, b: vec3<f32>) -> vec3<f32> {
  if (b.x == 0.0) { return a; }
  let total = a.x + b.x;
  let d = b.y - a.y;
  return vec3<f32>(total, a.y + d * b.x / total, a.z + b.z + d * d * a.x * b.x / total);
}
`;

/** Merges what the threads of all lanes collected; lane 0 has the result. All threads must call it. */
export function mergeLanes(lanes: number, width: number): string {
  return `
var<workgroup> tallies: array<vec3<f32>, ${THREADS}>;

fn mergeLanes(thread: u32, own: vec3<f32>) -> vec3<f32> {
  tallies[thread] = own;
  workgroupBarrier();
  let lane = thread / ${width}u;
  for (var half = ${THREADS / 2}u; half > 0u; half /= 2u) {
    if (lane < half && lane + half < ${lanes}u) {
      tallies[thread] = merge(tallies[thread], tallies[thread + half * ${width}u]);
    }
    workgroupBarrier();
  }
  return tallies[thread];
}
`;
}

export interface NormPlace {
  /** Number of statistics, and of groups among them: WGSL expressions. */
  readonly size: string;
  readonly groups: string;
  /** First place in the table. */
  readonly table: string;
}

/** Where normalisations are in a block's table; the names are those of `blockHeader`. */
export const BN1: NormPlace = { size: "C", groups: "1u", table: "BN1" };
export const SSN: NormPlace = { size: "S", groups: "G", table: "SSN" };
export const BN2: NormPlace = { size: "C", groups: "1u", table: "BN2" };

/**
 * `settle(entry, tally, writes)`: factors of one normalisation from a batch's tally, or from running statistics. The
 * caller says whether it is the one that keeps them: then they go to the table, and running statistics move.
 * Wants buffers `weight`, `bias`, `runningMean`, `runningVar` and `table`, all of them written by nobody else.
 */
export function settleCode(norm: NormPlace, training: boolean): string {
  const batch = `
  let mean = tally.y;
  let variance = tally.z / tally.x;
  if (writes) {
    runningMean[at] += ${MOMENTUM} * (mean - runningMean[at]);
    runningVar[at] += ${MOMENTUM} * (tally.z / (tally.x - 1.0) - runningVar[at]);
  }`;
  const running = `
  let mean = runningMean[at];
  let variance = runningVar[at];`;
  return `
// Mean, inverse deviation, scale, offset.
fn settle(entry: u32, tally: vec3<f32>, writes: bool) -> vec4<f32> {
  let at = entry % C * ${norm.groups} + entry / C;
  ${training ? batch : running}
  let inverse = 1.0 / sqrt(variance + ${EPSILON});
  let factors = vec4<f32>(mean, inverse, inverse * weight[at], bias[at]);
  if (writes) {
    for (var i = 0u; i < 4u; i++) { table[${norm.table} + i * ${norm.size} + entry] = factors[i]; }
  }
  return factors;
}
`;
}

/**
 * `settleAll(thread, first, chunks, writes)`: each workgroup settles the whole normalisation for itself from the
 * chunks' tallies in `sums`, all in the same order, and finds the factors in `norm`; that saves a program.
 */
export function settleAllCode(norm: NormPlace, training: boolean, size: number): string {
  const merging = `
    for (var chunk = 0u; chunk < chunks; chunk++) {
      let at = first + (chunk * ${norm.size} + entry) * 3u;
      tally = merge(tally, vec3<f32>(sums[at], sums[at + 1u], sums[at + 2u]));
    }`;
  return `${settleCode(norm, training)}
var<workgroup> norm: array<vec4<f32>, ${size}>;

fn settleAll(thread: u32, first: u32, chunks: u32, writes: bool) {
  for (var entry = thread; entry < ${norm.size}; entry += ${THREADS}u) {
    var tally = vec3<f32>(0.0);
    ${training ? merging : ""}
    norm[entry] = settle(entry, tally, writes);
  }
  workgroupBarrier();
}
`;
}
