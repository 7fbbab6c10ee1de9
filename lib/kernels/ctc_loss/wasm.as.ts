// Connectionist temporal classification of logits [B][T][C]. States are a clip's labels with blanks (class 0) before,
// between and behind them. Probabilities are kept as logarithms, and in each frame relative to the likeliest state:
// numbers stay small, so float32 loses nothing over long clips.
// A row of states has four values before and at least four behind that never happen.

const CTC_MARGIN: usize = 16;
// The logarithm of zero: finite, so that differences of two of them are.
const CTC_NEVER: f32 = -1e30;

// Bytes of a row of states.
// @ts-ignore: decorator
@inline
function ctcRowBytes(states: i32): usize {
  return (<usize>((states + 3) & ~3) << 2) + 2 * CTC_MARGIN;
}

// @ts-ignore: decorator
@inline
function largestLane(x: v128): f32 {
  const pairs = f32x4.pmax(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  return max(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}

// @ts-ignore: decorator
@inline
function sumOfLanes(x: v128): f32 {
  return (f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1)) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

function fillFloats(p: usize, bytes: usize, value: f32): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(p + i, f32x4.splat(value));
}

// log(e^a + e^b + e^c)
// @ts-ignore: decorator
@inline
function logSumExp4(a: v128, b: v128, c: v128): v128 {
  const m = f32x4.pmax(a, f32x4.pmax(b, c));
  const sum = f32x4.add(f32x4.add(exp4(f32x4.sub(a, m)), exp4(f32x4.sub(b, m))), exp4(f32x4.sub(c, m)));
  return f32x4.add(m, log4(sum));
}

// row[C] = log softmax of logits[C]; 0, or NaN if a logit is not finite. Scratch: C rounded up to vectors.
function logSoftmaxRow(logits: usize, classes: i32, scratch: usize, row: usize): f32 {
  const bytes = <usize>((classes + 3) & ~3) << 2;
  v128.store(scratch + bytes - 16, f32x4.splat(CTC_NEVER));
  memory.copy(scratch, logits, <usize>classes << 2);
  let most = f32x4.splat(CTC_NEVER), finite = f32x4.splat(0), sum = f32x4.splat(0);
  for (let i: usize = 0; i < bytes; i += 16) {
    const x = v128.load(scratch + i);
    most = f32x4.pmax(most, x);
    finite = f32x4.add(finite, f32x4.mul(x, f32x4.splat(0)));
  }
  const largest = f32x4.splat(largestLane(most));
  for (let i: usize = 0; i < bytes; i += 16) {
    const x = f32x4.sub(v128.load(scratch + i), largest);
    v128.store(scratch + i, x);
    sum = f32x4.add(sum, exp4(x));
  }
  const total = log4(f32x4.splat(sumOfLanes(sum)));
  for (let i: usize = 0; i < bytes; i += 16) v128.store(scratch + i, f32x4.sub(v128.load(scratch + i), total));
  memory.copy(row, scratch, <usize>classes << 2);
  return sumOfLanes(finite);
}

// Log probabilities of the states' classes in one frame; symbols int32.
// @ts-ignore: decorator
@inline
function emissionsOf(logs: usize, symbols: usize, states: i32, emissions: usize): void {
  for (let s = 0; s < states; s++) {
    store<f32>(emissions + (<usize>s << 2), load<f32>(logs + (<usize>intAt(symbols, s) << 2)));
  }
}

// Makes the likeliest state's value 0; what was taken off.
function relativeToLargest(row: usize, bytes: usize): f32 {
  let most = f32x4.splat(CTC_NEVER);
  for (let i: usize = 0; i < bytes; i += 16) most = f32x4.pmax(most, v128.load(row + i));
  const largest = largestLane(most);
  for (let i: usize = 0; i < bytes; i += 16) v128.store(row + i, f32x4.sub(v128.load(row + i), f32x4.splat(largest)));
  return largest;
}

// Chunk: one clip. losses[B], float64: -log of the labels' probability divided by their number and by the batch, or
// Infinity where they do not fit in the clip's frames. gradient[B][T][C] of it, if wanted, zero there and in frames
// that do not count. labels int32 [B][most]; labelLengths, lengths int32 [B].
// Scratch: alpha [T][row], five rows (symbols, skips, emissions, beta, next), logs and occupancy [C as vectors].
export function ctcLoss(clip: i32, scratch: usize, logits: usize, batch: i32, frames: i32, classes: i32, labels: usize,
  most: i32, labelLengths: usize, lengths: usize, wanted: bool, losses: usize, gradient: usize): void {
  const count = intAt(labelLengths, clip), own = intAt(lengths, clip), states = 2 * count + 1;
  const row = ctcRowBytes(states), inner = row - 2 * CTC_MARGIN, line = <usize>classes << 2;
  const source = logits + line * (clip * frames), logs = gradient + line * (clip * frames);
  const target = labels + (<usize>(clip * most) << 2);
  const loss = losses + (<usize>clip << 3);
  let least = count;
  for (let i = 1; i < count; i++) if (intAt(target, i) == intAt(target, i - 1)) least++;
  if (least > own) {
    store<f64>(loss, Infinity);
    memory.fill(logs, 0, line * frames);
    return;
  }
  const alpha = scratch + CTC_MARGIN, symbols = alpha + row * own, skips = symbols + row, emissions = skips + row;
  const beta = emissions + row, next = beta + row, vectors = next + row;
  const occupancy = vectors + (<usize>((classes + 3) & ~3) << 2);
  fillFloats(scratch, row * own, CTC_NEVER);
  fillFloats(skips - CTC_MARGIN, 4 * row, CTC_NEVER);
  for (let s = 0; s < states; s++) {
    const label = s & 1 ? intAt(target, s >> 1) : 0;
    store<i32>(symbols + (<usize>s << 2), label);
    if (label != 0 && s > 1 && label != intAt(target, (s >> 1) - 1)) store<f32>(skips + (<usize>s << 2), 0);
  }
  let finite: f32 = 0;
  for (let t = 0; t < own; t++) finite += logSoftmaxRow(source + line * t, classes, vectors, logs + line * t);

  let total: f64 = 0;
  for (let t = 0; t < own; t++) {
    const now = alpha + row * t, past = now - row;
    emissionsOf(logs + line * t, symbols, states, emissions);
    if (t == 0) {
      memory.copy(now, emissions, states > 1 ? 8 : 4);
    } else {
      for (let i: usize = 0; i < inner; i += 16) {
        const stay = v128.load(past + i), step = v128.load(past + i - 4);
        const skip = f32x4.add(v128.load(past + i - 8), v128.load(skips + i));
        v128.store(now + i, f32x4.add(logSumExp4(stay, step, skip), v128.load(emissions + i)));
      }
    }
    total += <f64>relativeToLargest(now, inner);
  }
  const end = alpha + row * (own - 1) + (<usize>(2 * count) << 2);
  const ends = logSumExp4(f32x4.splat(load<f32>(end)), f32x4.splat(load<f32>(end - 4)), f32x4.splat(CTC_NEVER));
  const weight = 1 / (<f64>max(1, count) * <f64>batch);
  store<f64>(loss, -(total + <f64>f32x4.extract_lane(ends, 0)) * weight + <f64>finite);
  if (!wanted) return;

  // next: beta and emission of the frame behind.
  store<f32>(beta + (<usize>(2 * count) << 2), 0);
  if (count > 0) store<f32>(beta + (<usize>(2 * count - 1) << 2), 0);
  for (let t = own - 1; t >= 0; t--) {
    const p = logs + line * t, now = alpha + row * t;
    if (t + 1 < own) {
      for (let i: usize = 0; i < inner; i += 16) {
        const skip = f32x4.add(v128.load(next + i + 8), v128.load(skips + i + 8));
        v128.store(beta + i, logSumExp4(v128.load(next + i), v128.load(next + i + 4), skip));
      }
      relativeToLargest(beta, inner);
    }
    emissionsOf(p, symbols, states, emissions);
    let peak = f32x4.splat(2 * CTC_NEVER), sum = f32x4.splat(0);
    for (let i: usize = 0; i < inner; i += 16) {
      const b = v128.load(beta + i);
      peak = f32x4.pmax(peak, f32x4.add(b, v128.load(now + i)));
      v128.store(next + i, f32x4.add(b, v128.load(emissions + i)));
    }
    const largest = f32x4.splat(largestLane(peak));
    for (let i: usize = 0; i < inner; i += 16) {
      const likely = exp4(f32x4.sub(f32x4.add(v128.load(beta + i), v128.load(now + i)), largest));
      sum = f32x4.add(sum, likely);
      v128.store(now + i, likely);
    }
    const share: f32 = 1 / sumOfLanes(sum);
    fillFloats(occupancy, <usize>((classes + 3) & ~3) << 2, 0);
    for (let s = 0; s < states; s++) {
      const o = occupancy + (<usize>intAt(symbols, s) << 2);
      store<f32>(o, load<f32>(o) + load<f32>(now + (<usize>s << 2)) * share);
    }
    memory.copy(vectors, p, line);
    for (let i: usize = 0; i < line; i += 16) {
      const d = f32x4.sub(exp4(v128.load(vectors + i)), v128.load(occupancy + i));
      v128.store(vectors + i, f32x4.mul(d, f32x4.splat(<f32>weight)));
    }
    memory.copy(p, vectors, line);
  }
  memory.fill(logs + line * own, 0, line * (frames - own));
}

// One chunk. loss[0] = the sum of losses[n], float64.
export function sumLosses(_chunk: i32, _scratch: usize, losses: usize, n: i32, loss: usize): void {
  let total: f64 = 0;
  for (let i = 0; i < n; i++) total += load<f64>(losses + (<usize>i << 3));
  store<f32>(loss, <f32>total);
}
