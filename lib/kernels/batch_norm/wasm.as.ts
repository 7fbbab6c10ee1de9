// Batch normalisation by groups of rows. Sums are float64 [share][group][2][C]: of d and of d times something.
// A table is float32 [4][group][C]: mean, 1 / deviation, scale, shift, so that y = scale x + shift. Coefficients of
// the backward pass are float32 [3][group][C]: dx = p d + q x + r. Parameters are indexed channel * groups + group.

// @ts-ignore: decorator
@inline
function addDoubles(p: usize, x: v128): void {
  v128.store(p, f64x2.add(v128.load(p), f64x2.promote_low_f32x4(x)));
  v128.store(p, f64x2.add(v128.load(p, 16), f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3))), 16);
}

// @ts-ignore: decorator
@inline
function addSums(sums: usize, group: i32, channels: i32, c: i32, first: v128, second: v128): void {
  const p = sums + (<usize>(2 * group * channels + fourFrom(c, channels)) << 3), fresh = freshLanes(c, channels);
  addDoubles(p, v128.and(first, fresh));
  addDoubles(p + (<usize>channels << 3), v128.and(second, fresh));
}

// @ts-ignore: decorator
@inline
function sumOfShares(sums: usize, shares: i32, size: i32, i: i32): f64 {
  let total: f64 = 0;
  for (let s = 0; s < shares; s++) total += load<f64>(sums + (<usize>(s * size + i) << 3));
  return total;
}

// One chunk. Table from the sums of x and x^2; running statistics move on, 0.9 old + 0.1 new, with the unbiased
// variance. heights: int32, rows of each group. weight and bias may be 0.
export function normFinish(_chunk: i32, _scratch: usize, sums: usize, shares: i32, groups: i32, channels: i32,
  heights: usize, places: i32, weight: usize, bias: usize, runningMean: usize, runningVar: usize,
  momentum: f64, epsilon: f64, table: usize): void {
  const size = 2 * groups * channels;
  for (let g = 0; g < groups; g++) {
    const count = <f64>load<i32>(heights + (<usize>g << 2)) * <f64>places;
    for (let c = 0; c < channels; c++) {
      const mean = sumOfShares(sums, shares, size, 2 * g * channels + c) / count;
      const square = sumOfShares(sums, shares, size, (2 * g + 1) * channels + c) / count;
      const variance = max(0, square - mean * mean);
      const i = <usize>(c * groups + g) << 2;
      writeTable(table, groups * channels, g * channels + c, mean, variance + epsilon, weight, bias, i);
      const oldMean = <f64>load<f32>(runningMean + i), oldVar = <f64>load<f32>(runningVar + i);
      store<f32>(runningMean + i, <f32>(oldMean + momentum * (mean - oldMean)));
      store<f32>(runningVar + i, <f32>(oldVar + momentum * (variance * count / (count - 1) - oldVar)));
    }
  }
}

// One chunk. Table from fixed statistics.
export function normFixed(_chunk: i32, _scratch: usize, groups: i32, channels: i32, weight: usize, bias: usize,
  mean: usize, variance: usize, epsilon: f64, table: usize): void {
  for (let g = 0; g < groups; g++) {
    for (let c = 0; c < channels; c++) {
      const i = <usize>(c * groups + g) << 2;
      writeTable(table, groups * channels, g * channels + c, <f64>load<f32>(mean + i),
        <f64>load<f32>(variance + i) + epsilon, weight, bias, i);
    }
  }
}

function writeTable(table: usize, size: i32, place: i32, mean: f64, variance: f64, weight: usize, bias: usize,
  i: usize): void {
  const inverse = 1 / Math.sqrt(variance);
  const scale = weight ? <f64>load<f32>(weight + i) * inverse : inverse;
  const p = table + (<usize>place << 2);
  const row = <usize>size << 2;
  store<f32>(p, <f32>mean);
  store<f32>(p + row, <f32>inverse);
  store<f32>(p + 2 * row, <f32>scale);
  store<f32>(p + 3 * row, <f32>((bias ? <f64>load<f32>(bias + i) : 0) - mean * scale));
}

// One chunk. Coefficients and parameter gradients from the sums of d and d (x - mean).
export function normBackFinish(_chunk: i32, _scratch: usize, sums: usize, shares: i32, groups: i32, channels: i32,
  heights: usize, places: i32, table: usize, coefficients: usize, dWeight: usize, dBias: usize): void {
  const size = groups * channels;
  const row = <usize>size << 2;
  for (let g = 0; g < groups; g++) {
    const count = <f64>load<i32>(heights + (<usize>g << 2)) * <f64>places;
    for (let c = 0; c < channels; c++) {
      const p = table + (<usize>(g * channels + c) << 2);
      const mean = <f64>load<f32>(p), inverse = <f64>load<f32>(p + row), scale = <f64>load<f32>(p + 2 * row);
      const sum = sumOfShares(sums, shares, 2 * size, 2 * g * channels + c);
      const along = sumOfShares(sums, shares, 2 * size, (2 * g + 1) * channels + c) * inverse;
      const i = <usize>(c * groups + g) << 2;
      store<f32>(dWeight + i, <f32>along);
      store<f32>(dBias + i, <f32>sum);
      const q = -scale * inverse * along / count;
      const o = coefficients + (<usize>(g * channels + c) << 2);
      store<f32>(o, <f32>scale);
      store<f32>(o + row, <f32>q);
      store<f32>(o + 2 * row, <f32>(-scale * sum / count - q * mean));
    }
  }
}

// Batch normalisation in one group followed by relu, of x as [batch][rows][frames][C], C from 4; `slope` is its slope below
// zero, 1 to leave relu out. lengths: int32 [batch], frames of each clip that count.

// Bytes of each of a clip's rows that count.
// @ts-ignore: decorator
@inline
function bytesThatCount(lengths: usize, clip: i32, step: usize): usize {
  return step * load<i32>(lengths + (<usize>clip << 2));
}

// Where all frames of a clip count, its rows are one line: how many lines there are, and their bytes that count.
// @ts-ignore: decorator
@inline
function lineCount(rows: i32, row: usize, used: usize): i32 {
  return used == row ? 1 : rows;
}

// @ts-ignore: decorator
@inline
function lineBytes(rows: i32, row: usize, used: usize): usize {
  return used == row ? row * rows : used;
}

// Places of a clip that passes take at a time: sums of short runs are float32, their totals float64, and cache lines
// stay near until the next channels of the same places are taken.
const RUN_PLACES = 128;

// Chunk: a share of the batch. sums of x and x^2; cleared first.
export function normSums(share: i32, _scratch: usize, x: usize, batch: i32, shares: i32, rows: i32, frames: i32,
  lengths: usize, channels: i32, sums: usize): void {
  const out = sums + (<usize>(2 * share * channels) << 3);
  memory.fill(out, 0, <usize>channels << 4);
  const step = <usize>channels << 2, row = step * frames, run = step * RUN_PLACES;
  for (let b = batch * share / shares; b < batch * (share + 1) / shares; b++) {
    const used = bytesThatCount(lengths, b, step), size = lineBytes(rows, row, used);
    for (let l = 0; l < lineCount(rows, row, used); l++) {
      const line = x + row * (rows * b + l);
      for (let part: usize = 0; part < size; part += run) {
        const length = min(run, size - part);
        for (let c = 0; c < channels; c += 4) {
          let p = line + part + (<usize>fourFrom(c, channels) << 2);
          let s = f32x4.splat(0), q = f32x4.splat(0);
          for (const end = p + length; p < end; p += step) {
            const v = v128.load(p);
            s = f32x4.add(s, v);
            q = f32x4.relaxed_madd(v, v, q);
          }
          addSums(out, 0, channels, c, s, q);
        }
      }
    }
  }
}

// Chunk: one clip. y = max(a, slope a), a = scale x + shift; zero in frames that do not count.
export function normRelu(clip: i32, _scratch: usize, x: usize, rows: i32, frames: i32, lengths: usize, channels: i32,
  table: usize, slope: f32, y: usize): void {
  const step = <usize>channels << 2, row = step * frames, run = step * RUN_PLACES;
  const used = bytesThatCount(lengths, clip, step), size = lineBytes(rows, row, used);
  const k = f32x4.splat(slope);
  for (let l = 0; l < lineCount(rows, row, used); l++) {
    const line = row * (rows * clip + l);
    for (let part: usize = 0; part < size; part += run) {
      const length = min(run, size - part);
      for (let c = 0; c < channels; c += 4) {
        const offset = <usize>fourFrom(c, channels) << 2;
        const scale = v128.load(table + 2 * step + offset), shift = v128.load(table + 3 * step + offset);
        let i = line + part + offset;
        for (const end = i + length; i < end; i += step) {
          const a = f32x4.relaxed_madd(v128.load(x + i), scale, shift);
          v128.store(y + i, f32x4.pmax(a, f32x4.mul(a, k)));
        }
      }
    }
    memory.fill(y + line + used, 0, row - used);
  }
}

// d = dy where a > 0, slope dy elsewhere.
// @ts-ignore: decorator
@inline
function reluBack(dy: v128, a: v128, slope: v128): v128 {
  return v128.bitselect(dy, f32x4.mul(dy, slope), f32x4.gt(a, f32x4.splat(0)));
}

// Chunk: a share of the batch. sums of d and d (x - mean); cleared first.
export function normReluBackSums(share: i32, _scratch: usize, dy: usize, x: usize, batch: i32, shares: i32,
  rows: i32, frames: i32, lengths: usize, channels: i32, table: usize, slope: f32, sums: usize): void {
  const out = sums + (<usize>(2 * share * channels) << 3);
  memory.fill(out, 0, <usize>channels << 4);
  const step = <usize>channels << 2, row = step * frames, run = step * RUN_PLACES;
  const k = f32x4.splat(slope);
  for (let b = batch * share / shares; b < batch * (share + 1) / shares; b++) {
    const used = bytesThatCount(lengths, b, step), size = lineBytes(rows, row, used);
    for (let l = 0; l < lineCount(rows, row, used); l++) {
      const line = row * (rows * b + l);
      for (let part: usize = 0; part < size; part += run) {
        const length = min(run, size - part);
        for (let c = 0; c < channels; c += 4) {
          const at = <usize>fourFrom(c, channels) << 2, p = table + at;
          const mean = v128.load(p), scale = v128.load(p + 2 * step), shift = v128.load(p + 3 * step);
          let i = line + part + at;
          let s = f32x4.splat(0), q = f32x4.splat(0);
          for (const end = i + length; i < end; i += step) {
            const v = v128.load(x + i);
            const d = reluBack(v128.load(dy + i), f32x4.relaxed_madd(v, scale, shift), k);
            s = f32x4.add(s, d);
            q = f32x4.relaxed_madd(d, f32x4.sub(v, mean), q);
          }
          addSums(out, 0, channels, c, s, q);
        }
      }
    }
  }
}

// Chunk: one clip. dx = p d + q x + r; zero in frames that do not count.
export function normReluBack(clip: i32, _scratch: usize, dy: usize, x: usize, rows: i32, frames: i32, lengths: usize,
  channels: i32, table: usize, coefficients: usize, slope: f32, dx: usize): void {
  const step = <usize>channels << 2, row = step * frames, run = step * RUN_PLACES;
  const used = bytesThatCount(lengths, clip, step), size = lineBytes(rows, row, used);
  const k = f32x4.splat(slope);
  for (let l = 0; l < lineCount(rows, row, used); l++) {
    const line = row * (rows * clip + l);
    for (let part: usize = 0; part < size; part += run) {
      const length = min(run, size - part);
      for (let c = 0; c < channels; c += 4) {
        const offset = <usize>fourFrom(c, channels) << 2;
        const scale = v128.load(table + 2 * step + offset), shift = v128.load(table + 3 * step + offset);
        const p = v128.load(coefficients + offset), q = v128.load(coefficients + step + offset);
        const r = v128.load(coefficients + 2 * step + offset);
        let i = line + part + offset;
        for (const end = i + length; i < end; i += step) {
          const v = v128.load(x + i);
          const d = reluBack(v128.load(dy + i), f32x4.relaxed_madd(v, scale, shift), k);
          v128.store(dx + i, f32x4.relaxed_madd(p, d, f32x4.relaxed_madd(q, v, r)));
        }
      }
    }
    memory.fill(dx + line + used, 0, row - used);
  }
}

// One chunk. out[channel] = the shares' first sums, as normSums leaves them.
export function channelSums(_chunk: i32, _scratch: usize, sums: usize, shares: i32, channels: i32, out: usize): void {
  for (let c = 0; c < channels; c++) {
    store<f32>(out + (<usize>c << 2), <f32>sumOfShares(sums, shares, 2 * channels, c));
  }
}
