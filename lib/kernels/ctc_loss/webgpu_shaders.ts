/** WGSL of connectionist temporal classification: a workgroup for each clip loops over its frames, threads over states. */
import { repeated, type Shader } from "../webgpu/shader.ts";

const THREADS = 128;
const PART = 16;
/** Of a clip: what fits in workgroup memory, four bytes for each of two rows and their probabilities. */
export const MOST_STATES = 1024;
export const MOST_CLASSES = 512;
/** Probabilities are added up as whole multiples of this part: atomic sums have no order to keep. */
const SCALE = 2 ** 30;

/**
 * Logarithms of probabilities, in each frame relative to the likeliest state. numbers: labelLengths `[B]`, frames
 * `[B]`, labels `[B, most]`. A device may compute as if numbers were always finite: one that is not is found by its
 * bits, and NaN and Infinity come from outside.
 */
export const CTC_CLIPS: Shader<
  "logits" | "numbers" | "alpha" | "gradient" | "losses",
  "batch" | "frames" | "classes" | "most" | "states" | "wanted" | "nan" | "infinity"
> = {
  key: "ctcLoss",
  buffers: { logits: "read", numbers: "read i32", alpha: "write", gradient: "write", losses: "write" },
  sizes: {
    batch: "u32",
    frames: "u32",
    classes: "u32",
    most: "u32",
    states: "u32",
    wanted: "u32",
    nan: "f32",
    infinity: "f32",
  },
  code: () => `
const NEVER = -1e30;
var<workgroup> before: array<f32, ${MOST_STATES}>;
var<workgroup> now: array<f32, ${MOST_STATES}>;
var<workgroup> occupied: array<atomic<u32>, ${MOST_CLASSES}>;
var<workgroup> parts: array<f32, ${THREADS}>;
var<workgroup> heads: array<f32, ${THREADS / PART}>;
var<private> clip: u32;

// Over all threads, in a fixed order; all of them must call it.
fn largestOf(thread: u32, value: f32) -> f32 {
  parts[thread] = value;
  workgroupBarrier();
  if (thread < ${THREADS / PART}u) {
    let start = thread * ${PART}u;
    var most = parts[start];
    ${repeated(PART, (i) => `most = max(most, parts[start + ${i}u]);`)}
    heads[thread] = most;
  }
  workgroupBarrier();
  var most = heads[0];
  ${repeated(THREADS / PART, (i) => `most = max(most, heads[${i}]);`)}
  workgroupBarrier();
  return most;
}

fn sumOf(thread: u32, value: f32) -> f32 {
  parts[thread] = value;
  workgroupBarrier();
  if (thread < ${THREADS / PART}u) {
    let start = thread * ${PART}u;
    var total = 0.0;
    ${repeated(PART, (i) => `total += parts[start + ${i}u];`)}
    heads[thread] = total;
  }
  workgroupBarrier();
  var total = 0.0;
  ${repeated(THREADS / PART, (i) => `total += heads[${i}];`)}
  workgroupBarrier();
  return total;
}

fn labelAt(i: u32) -> i32 { return numbers[2u * sizes.batch + clip * sizes.most + i]; }

// The class of a state: labels with blanks before, between and behind them.
fn symbolOf(s: u32) -> u32 {
  if (s % 2u == 0u) { return 0u; }
  return u32(labelAt(s / 2u));
}

// Whether the blank between two labels may be left out on the way to a state.
fn skips(s: u32) -> bool {
  if (s % 2u == 0u || s < 3u) { return false; }
  return labelAt(s / 2u) != labelAt(s / 2u - 1u);
}

fn logSumExp(a: f32, b: f32, c: f32) -> f32 {
  let m = max(a, max(b, c));
  return m + log(exp(a - m) + exp(b - m) + exp(c - m));
}

// gradient = log softmax of a frame's logits; 1 if one of them is not finite.
fn normaliseRow(row: u32) -> f32 {
  var largest = logits[row];
  var mark = 0.0;
  for (var c = 0u; c < sizes.classes; c++) {
    let v = logits[row + c];
    if ((bitcast<u32>(v) & 0x7f800000u) == 0x7f800000u) { mark = 1.0; }
    largest = max(largest, v);
  }
  var sum = 0.0;
  for (var c = 0u; c < sizes.classes; c++) { sum += exp(logits[row + c] - largest); }
  let logSum = largest + log(sum);
  for (var c = 0u; c < sizes.classes; c++) { gradient[row + c] = logits[row + c] - logSum; }
  return mark;
}

@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
  clip = group.x;
  let count = u32(numbers[group.x]);
  let own = u32(numbers[sizes.batch + group.x]);
  let states = 2u * count + 1u;
  let first = group.x * sizes.frames;
  var least = count;
  for (var i = 1u; i < count; i++) {
    let at = 2u * sizes.batch + group.x * sizes.most + i;
    if (numbers[at] == numbers[at - 1u]) { least++; }
  }
  let impossible = least > own;
  let counted = select(own, 0u, impossible);
  for (var i = (first + counted) * sizes.classes + thread; i < (first + sizes.frames) * sizes.classes; i += ${THREADS}u) {
    gradient[i] = 0.0;
  }
  if (impossible) {
    if (thread == 0u) { losses[group.x] = sizes.infinity; }
    return;
  }
  var mark = 0.0;
  for (var t = thread; t < own; t += ${THREADS}u) { mark = max(mark, normaliseRow((first + t) * sizes.classes)); }
  storageBarrier();
  mark = largestOf(thread, mark);

  var total = 0.0;
  for (var t = 0u; t < own; t++) {
    let row = (first + t) * sizes.classes;
    var most = NEVER;
    for (var s = thread; s < states; s += ${THREADS}u) {
      var come = select(NEVER, 0.0, s < 2u);
      if (t > 0u) {
        let step = select(NEVER, before[max(s, 1u) - 1u], s > 0u);
        let skip = select(NEVER, before[max(s, 2u) - 2u], skips(s));
        come = logSumExp(before[s], step, skip);
      }
      now[s] = come + gradient[row + symbolOf(s)];
      most = max(most, now[s]);
    }
    let largest = largestOf(thread, most);
    total += largest;
    for (var s = thread; s < states; s += ${THREADS}u) {
      before[s] = now[s] - largest;
      alpha[(first + t) * sizes.states + s] = before[s];
    }
    workgroupBarrier();
  }
  let weight = 1.0 / (f32(max(count, 1u)) * f32(sizes.batch));
  if (thread == 0u) {
    let behind = select(NEVER, before[max(states, 2u) - 2u], count > 0u);
    let loss = -(total + logSumExp(before[states - 1u], behind, NEVER)) * weight;
    losses[group.x] = select(loss, sizes.nan, mark > 0.0);
  }
  if (sizes.wanted == 0u) { return; }
  workgroupBarrier();

  // before: what comes behind a frame, its emission included.
  for (var left = own; left > 0u; left--) {
    let t = left - 1u;
    let row = (first + t) * sizes.classes;
    var peak = 2.0 * NEVER;
    for (var s = thread; s < states; s += ${THREADS}u) {
      var go = select(NEVER, 0.0, s + 2u >= states && (s + 1u == states || count > 0u));
      if (left < own) {
        let step = select(NEVER, before[min(s + 1u, states - 1u)], s + 1u < states);
        var skip = NEVER;
        if (s + 2u < states) { skip = select(NEVER, before[s + 2u], skips(s + 2u)); }
        go = logSumExp(before[s], step, skip);
      }
      now[s] = go;
      peak = max(peak, go + alpha[(first + t) * sizes.states + s]);
    }
    peak = largestOf(thread, peak);
    var sum = 0.0;
    for (var s = thread; s < states; s += ${THREADS}u) {
      before[s] = now[s] - peak + gradient[row + symbolOf(s)];
      now[s] = exp(now[s] + alpha[(first + t) * sizes.states + s] - peak);
      sum += now[s];
    }
    for (var c = thread; c < sizes.classes; c += ${THREADS}u) { atomicStore(&occupied[c], 0u); }
    sum = sumOf(thread, sum);
    for (var s = thread; s < states; s += ${THREADS}u) {
      atomicAdd(&occupied[symbolOf(s)], u32(now[s] / sum * ${SCALE}.0 + 0.5));
    }
    workgroupBarrier();
    for (var c = thread; c < sizes.classes; c += ${THREADS}u) {
      let share = f32(atomicLoad(&occupied[c])) / ${SCALE}.0;
      gradient[row + c] = (exp(gradient[row + c]) - share) * weight;
    }
    workgroupBarrier();
  }
}`,
};

/** One thread: a batch has few clips. */
export const CTC_SUM: Shader<"losses" | "loss", "batch" | "nan" | "infinity"> = {
  key: "ctcLoss sum",
  buffers: { losses: "read", loss: "write" },
  sizes: { batch: "u32", nan: "f32", infinity: "f32" },
  code: () => `
@compute @workgroup_size(1)
fn main() {
  var total = 0.0;
  var endless = false;
  var undefined = false;
  for (var clip = 0u; clip < sizes.batch; clip++) {
    let bits = bitcast<u32>(losses[clip]);
    if ((bits & 0x7f800000u) != 0x7f800000u) { total += losses[clip]; continue; }
    if ((bits & 0x007fffffu) == 0u) { endless = true; } else { undefined = true; }
  }
  loss[0] = select(select(total, sizes.infinity, endless), sizes.nan, undefined);
}`,
};
