/**
 * WGSL of per-channel energy normalisation: a workgroup for each band and clip, whose threads take stretches of frames
 * and hand the running mean on to each other. energy, mean, y `[B, bands, T]`; parameters `[4, bands]`: gain, bias,
 * power, smoothing; lengths are frames of each clip that count.
 */
import type { Shader } from "../webgpu/shader.ts";

const THREADS = 64;

const HEADER = `
struct Curve { gain: f32, bias: f32, power: f32, share: f32 }

fn curveOf(band: u32) -> Curve {
  return Curve(parameters[band], parameters[sizes.bands + band], parameters[2u * sizes.bands + band],
    parameters[3u * sizes.bands + band]);
}

// (1 + t)^p - 1 for t below 1/16: the binomial series.
fn binomial(t: f32, p: f32) -> f32 {
  var y = 1.0 + t * (p - 5.0) / 6.0;
  y = 1.0 + t * (p - 4.0) / 5.0 * y;
  y = 1.0 + t * (p - 3.0) / 4.0 * y;
  y = 1.0 + t * (p - 2.0) / 3.0 * y;
  y = 1.0 + t * (p - 1.0) / 2.0 * y;
  return t * p * y;
}
`;

/** A thread's stretch of its workgroup's row, from `first` to before `last`. */
const BEGIN = `@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let curve = curveOf(group.x);
  let at = (group.y * sizes.bands + group.x) * sizes.frames;
  let count = u32(lengths[group.y]);
  let stretch = (count + ${THREADS - 1}u) / ${THREADS}u;
  let first = min(thread * stretch, count);
  let last = min(first + stretch, count);
  let left = 1.0 - curve.share;`;

/** @param keep Whether the running mean is stored for the backward pass. */
export function pcenForward(keep: boolean): Shader<string, "bands" | "frames" | "epsilon"> {
  return {
    key: `pcen forward ${keep ? "keeping" : ""}`,
    buffers: {
      energy: "read",
      parameters: "read",
      lengths: "read",
      y: "write",
      ...(keep ? { mean: "write" } : {}),
    },
    sizes: { bands: "u32", frames: "u32", epsilon: "f32" },
    code: () =>
      `${HEADER}
var<workgroup> fades: array<f32, ${THREADS}>;
var<workgroup> parts: array<f32, ${THREADS}>;
${BEGIN}
  var fade = 1.0;
  var part = 0.0;
  for (var t = first; t < last; t++) {
    fade = select(fade * left, 0.0, t == 0u);
    part = select(part * left + curve.share * energy[at + t], energy[at], t == 0u);
  }
  fades[thread] = fade;
  parts[thread] = part;
  workgroupBarrier();
  var m = 0.0;
  for (var before = 0u; before < thread; before++) { m = m * fades[before] + parts[before]; }
  let scale = pow(curve.bias, curve.power);
  for (var t = first; t < last; t++) {
    let e = energy[at + t];
    m = select(m * left + curve.share * e, e, t == 0u);
    let x = e * exp(-curve.gain * log(m + sizes.epsilon)) / curve.bias;
    y[at + t] = scale * select(pow(1.0 + x, curve.power) - 1.0, binomial(x, curve.power), x < 0.0625);
    ${keep ? "mean[at + t] = m;" : ""}
  }
  for (var t = count + thread; t < sizes.frames; t += ${THREADS}u) { y[at + t] = 0.0; }
}`,
  };
}

/** sums: for each clip the gradients of the parameters `[4, bands]`. */
export const PCEN_BACKWARD: Shader<
  "dy" | "energy" | "mean" | "parameters" | "lengths" | "dEnergy" | "sums",
  "bands" | "frames" | "epsilon"
> = {
  key: "pcen backward",
  buffers: {
    dy: "read",
    energy: "read",
    mean: "read",
    parameters: "read",
    lengths: "read",
    dEnergy: "write",
    sums: "write",
  },
  sizes: { bands: "u32", frames: "u32", epsilon: "f32" },
  code: () =>
    `${HEADER}
var<workgroup> fades: array<f32, ${THREADS}>;
var<workgroup> parts: array<f32, ${THREADS}>;
var<workgroup> terms: array<vec4<f32>, ${THREADS}>;
${BEGIN}
  let scale = pow(curve.bias, curve.power);
  let logBias = log(curve.bias);
  var own = vec4<f32>();
  var fade = 1.0;
  var part = 0.0;
  for (var t = last; t > first; t--) {
    let i = at + t - 1u;
    let level = mean[i] + sizes.epsilon;
    let factor = exp(-curve.gain * log(level));
    let x = energy[i] * factor / curve.bias;
    let steep = pow(1.0 + x, curve.power - 1.0);
    let raised = steep * (1.0 + x);
    let fall = select(steep - 1.0, binomial(x, curve.power - 1.0), x < 0.0625);
    let rise = select(raised - 1.0, binomial(x, curve.power), x < 0.0625);
    let slope = dy[i] * scale * curve.power / curve.bias;
    let direct = slope * steep * factor;
    own.x -= direct * energy[i] * log(level);
    own.y += slope * fall;
    own.z += dy[i] * scale * (rise * logBias + raised * log(1.0 + x));
    dEnergy[i] = direct;
    fade *= left;
    part = part * left - curve.gain * direct * energy[i] / level;
  }
  fades[thread] = fade;
  parts[thread] = part;
  workgroupBarrier();
  // What later frames want of the running mean.
  var want = 0.0;
  for (var after = ${THREADS - 1}u; after > thread; after--) { want = want * fades[after] + parts[after]; }
  for (var t = last; t > first; t--) {
    let i = at + t - 1u;
    let e = energy[i];
    want = want * left - curve.gain * dEnergy[i] * e / (mean[i] + sizes.epsilon);
    dEnergy[i] += want * select(curve.share, 1.0, t == 1u);
    if (t > 1u) { own.w += want * (e - mean[i - 1u]); }
  }
  for (var t = count + thread; t < sizes.frames; t += ${THREADS}u) { dEnergy[at + t] = 0.0; }
  terms[thread] = own;
  workgroupBarrier();
  if (thread < 4u) {
    var total = 0.0;
    for (var i = 0u; i < ${THREADS}u; i++) { total += terms[i][thread]; }
    sums[(group.y * 4u + thread) * sizes.bands + group.x] = total;
  }
}`,
};
