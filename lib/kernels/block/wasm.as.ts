// BC-ResNet's block from the frequency convolution on, in five passes over the batch, four of them over whole
// tensors. x [B][F][T][C], y [B][Fo][T][C], band [B][G][T][C], m, v, dBn2, dm [B][T][C]; C is at least 4.
//   u = freq_dw_conv of x; h = ssn of u; m = mean of h over rows
//   v = temp_dw_conv of m; s = swish(bn2 of v); z = mask * (conv1x1_2 of s); y = relu(h + z (+ x))
// heights: int32, rows of u in each group; taps: float32 [3][C].
// lengths: int32 [B], frames of each clip that count: what lies beyond is not read, and zero in y and dx.
// u is computed again wherever it is needed: three multiplications cost less than reading it from memory.

// Frames that passes down the rows take at a time: rows under the taps stay in registers then, and cache lines stay
// near until the next channels of the same frames are taken.
const TILE_FRAMES = 26;
// Bytes.
const CACHE_LINE: usize = 64;

// Reads a number of each cache line of a clip's rows, in order: the processor then brings what follows near, which it
// does not for passes that leap from row to row. What was read is written to a scratch, so that it counts.
function bringNear(clip: usize, rows: i32, row: usize, used: usize, sink: usize): void {
  let read: i32 = 0;
  for (let f = 0; f < rows; f++, clip += row) {
    for (let p = clip, end = clip + used; p < end; p += CACHE_LINE) read |= load<i32>(p);
  }
  store<i32>(sink, read);
}

// Three taps on one place.
// @ts-ignore: decorator
@inline
function filter3(x0: v128, x1: v128, x2: v128, w0: v128, w1: v128, w2: v128): v128 {
  return f32x4.relaxed_madd(x0, w0, f32x4.relaxed_madd(x1, w1, f32x4.mul(x2, w2)));
}

// The value at p if there is such a row, else zero.
// @ts-ignore: decorator
@inline
function rowValue(exists: bool, p: usize): v128 {
  return exists ? v128.load(p) : f32x4.splat(0);
}

// @ts-ignore: decorator
@inline
function addTaps(sums: usize, channels: i32, c: i32, t0: v128, t1: v128, t2: v128): void {
  const p = sums + (<usize>fourFrom(c, channels) << 3), row = <usize>channels << 3, fresh = freshLanes(c, channels);
  addDoubles(p, v128.and(t0, fresh));
  addDoubles(p + row, v128.and(t1, fresh));
  addDoubles(p + 2 * row, v128.and(t2, fresh));
}

// One chunk. taps[k][c] = weight[c][k].
export function blockTaps(_chunk: i32, _scratch: usize, weight: usize, channels: i32, taps: usize): void {
  for (let c = 0; c < channels; c++) {
    for (let k = 0; k < 3; k++) {
      store<f32>(taps + (<usize>(k * channels + c) << 2), load<f32>(weight + (<usize>(3 * c + k) << 2)));
    }
  }
}

// One chunk. gradient[c][k] = the shares' sums [share][3][C], float64.
export function blockTapsGradient(_chunk: i32, _scratch: usize, sums: usize, shares: i32, channels: i32,
  gradient: usize): void {
  for (let c = 0; c < channels; c++) {
    for (let k = 0; k < 3; k++) {
      const total = sumOfShares(sums, shares, 3 * channels, k * channels + c);
      store<f32>(gradient + (<usize>(3 * c + k) << 2), <f32>total);
    }
  }
}

// Chunk: a share. band (sums of u over a group's rows) and sums of u and u^2; sums are cleared first. Scratch: a number.
export function blockFrequency(share: i32, scratch: usize, x: usize, batch: i32, shares: i32, rows: i32,
  stride: i32, frames: i32, lengths: usize, channels: i32, taps: usize, heights: usize, groups: i32, band: usize,
  sums: usize): void {
  const step = <usize>channels << 2, row = step * frames, tile = step * TILE_FRAMES;
  const out = sums + (<usize>(2 * share * groups * channels) << 3);
  const zero = f32x4.splat(0);
  memory.fill(out, 0, <usize>(groups * channels) << 4);
  for (let b = batch * share / shares; b < batch * (share + 1) / shares; b++) {
    const used = bytesThatCount(lengths, b, step);
    bringNear(x + <usize>(b * rows) * row, rows, row, used, scratch);
    for (let part: usize = 0; part < used; part += tile) {
      const length = min(tile, used - part);
      for (let c = 0; c < channels; c += 4) {
        const at = <usize>fourFrom(c, channels) << 2;
        const w0 = v128.load(taps + at), w1 = v128.load(taps + step + at), w2 = v128.load(taps + 2 * step + at);
        for (let g = 0, first = 0; g < groups; g++) {
          const last = first + load<i32>(heights + (<usize>g << 2)) * stride;
          let s = zero, q = zero;
          let p = x + <usize>(b * rows + first) * row + part + at;
          let n = band + <usize>(b * groups + g) * row + part + at;
          for (const end = n + length; n < end; n += step, p += step) {
            let x0 = rowValue(first > 0, p - row), x1 = v128.load(p), total = zero, i = p;
            for (let f = first; f < last; f += stride) {
              const x2 = rowValue(f + 1 < rows, i + row);
              const u = filter3(x0, x1, x2, w0, w1, w2);
              total = f32x4.add(total, u);
              q = f32x4.relaxed_madd(u, u, q);
              i += row;
              if (stride == 1) {
                x0 = x1;
                x1 = x2;
              } else {
                i += row;
                x0 = x2;
                x1 = rowValue(f + 2 < rows, i);
              }
            }
            v128.store(n, total);
            s = f32x4.add(s, total);
          }
          addSums(out, g, channels, c, s, q);
          first = last;
        }
      }
    }
  }
}

// Chunk: a share. m, v and sums of v and v^2; sums are cleared first. The middle tap of a frame is `delay` frames before it.
export function blockTime(share: i32, _scratch: usize, band: usize, batch: i32, shares: i32, outRows: i32,
  frames: i32, lengths: usize, channels: i32, heights: usize, groups: i32, table: usize, taps: usize, dilation: i32,
  delay: i32, m: usize, v: usize, sums: usize): void {
  const step = <usize>channels << 2, row = step * frames, size = step * groups;
  const out = sums + (<usize>(2 * share * channels) << 3);
  const zero = f32x4.splat(0), part = f32x4.splat(1 / <f32>outRows);
  memory.fill(out, 0, <usize>channels << 4);
  const reach = <usize>dilation * step, late = <usize>delay * step;
  for (let b = batch * share / shares; b < batch * (share + 1) / shares; b++) {
    const used = bytesThatCount(lengths, b, step);
    for (let c = 0; c < channels; c += 4) {
      const at = <usize>fourFrom(c, channels) << 2;
      const mean = m + <usize>b * row + at;
      for (let g = 0; g < groups; g++) {
        const entry = table + <usize>g * step + at;
        const scale = f32x4.mul(v128.load(entry + 2 * size), part);
        const height = <f32>load<i32>(heights + (<usize>g << 2));
        const shift = f32x4.mul(v128.load(entry + 3 * size), f32x4.mul(f32x4.splat(height), part));
        const n = band + <usize>(b * groups + g) * row + at;
        for (let i: usize = 0; i < used; i += step) {
          const before = g == 0 ? shift : f32x4.add(v128.load(mean + i), shift);
          v128.store(mean + i, f32x4.relaxed_madd(v128.load(n + i), scale, before));
        }
      }
      const w0 = v128.load(taps + at), w1 = v128.load(taps + step + at), w2 = v128.load(taps + 2 * step + at);
      const o = v + <usize>b * row + at;
      let s = zero, q = zero;
      for (let i: usize = 0; i < used; i += step) {
        const past = i >= reach + late ? v128.load(mean + i - reach - late) : zero;
        const own = i >= late ? v128.load(mean + i - late) : zero;
        const next = i + reach >= late && i + reach - late < used ? v128.load(mean + i + reach - late) : zero;
        const y = f32x4.relaxed_madd(past, w0, f32x4.relaxed_madd(own, w1, f32x4.mul(next, w2)));
        v128.store(o + i, y);
        s = f32x4.add(s, y);
        q = f32x4.relaxed_madd(y, y, q);
      }
      addSums(out, 0, channels, c, s, q);
    }
  }
}

// s[T][wide] = swish(scale v + shift), and its slope in the same form unless `slope` is 0; columns beyond C are zero.
function activate(v: usize, frames: i32, channels: i32, wide: i32, table: usize, s: usize, slope: usize): void {
  const step = <usize>channels << 2, wideStep = <usize>wide << 2;
  const one = f32x4.splat(1);
  if (channels < wide) memory.fill(s, 0, wideStep * frames);
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>fourFrom(c, channels) << 2;
    let o = s + at;
    const end = o + wideStep * frames;
    const scale = v128.load(table + 2 * step + at), shift = v128.load(table + 3 * step + at);
    let p = v + at;
    for (let d = slope + at; o < end; o += wideStep, p += step, d += wideStep) {
      const a = f32x4.relaxed_madd(v128.load(p), scale, shift);
      const gate = sigmoid4(a);
      const y = f32x4.mul(a, gate);
      v128.store(o, y);
      if (slope) v128.store(d, f32x4.relaxed_madd(y, f32x4.sub(one, gate), gate));
    }
  }
}

// Chunk: one clip. packed: conv1x1_2 in panels of 8 columns; mask [B][C] or 0.
// Scratch: s and z, [T][wide] each, wide = C rounded up to panels.
export function blockOut(clip: i32, scratch: usize, v: usize, bn2Table: usize, packed: usize, mask: usize, x: usize,
  taps: usize, ssnTable: usize, heights: usize, groups: i32, residual: bool, rows: i32, outRows: i32, stride: i32,
  frames: i32, lengths: usize, channels: i32, y: usize): void {
  const step = <usize>channels << 2, row = step * frames, size = step * groups;
  const panels = (channels + 7) >> 3;
  const wideStep = <usize>panels << 5;
  const z = scratch + wideStep * frames;
  const own = load<i32>(lengths + (<usize>clip << 2)), used = step * own;
  activate(v + <usize>clip * row, own, channels, panels * 8, bn2Table, scratch, 0);
  tilesByRow(own, panels, channels, scratch, wideStep, packed, 32, <usize>channels << 5, z, wideStep, 32, false);
  const zero = f32x4.splat(0), one = f32x4.splat(1), passed = i32x4.splat(residual ? -1 : 0);
  for (let g = 0, r = 0; g < groups; g++) {
    const entry = ssnTable + <usize>g * step;
    for (const last = r + load<i32>(heights + (<usize>g << 2)); r < last; r++) {
      const f = r * stride;
      const below = f > 0, above = f + 1 < rows;
      const from = x + <usize>(clip * rows + f) * row, to = y + <usize>(clip * outRows + r) * row;
      memory.fill(to + used, 0, row - used);
      for (let c = 0; c < channels; c += 4) {
        const at = <usize>fourFrom(c, channels) << 2;
        const w0 = rowValue(below, taps + at), w1 = v128.load(taps + step + at);
        const w2 = rowValue(above, taps + 2 * step + at);
        const scale = v128.load(entry + 2 * size + at), shift = v128.load(entry + 3 * size + at);
        const keep = mask ? v128.load(mask + <usize>clip * step + at) : one;
        let p1 = from + at, p0 = below ? p1 - row : p1, p2 = above ? p1 + row : p1, q = z + at, o = to + at;
        for (const end = o + used; o < end; o += step, p0 += step, p1 += step, p2 += step, q += wideStep) {
          const x1 = v128.load(p1);
          const h = f32x4.relaxed_madd(filter3(v128.load(p0), x1, v128.load(p2), w0, w1, w2), scale, shift);
          const sum = f32x4.relaxed_madd(v128.load(q), keep, f32x4.add(h, v128.and(x1, passed)));
          v128.store(o, f32x4.pmax(sum, zero));
        }
      }
    }
  }
}

// Chunk: a share. From dy and y: dBn2, the gradient of bn2's output; dw [share][C][wide] of conv1x1_2; sums of g
// and g (u - mean) for ssn, of dBn2 and dBn2 (v - mean) for bn2. dw and sums are cleared first.
// padded: conv1x1_2 as [C][wide]. Scratch: s, dz, ds and slopes, [T][wide] each.
export function blockBackOut(share: i32, scratch: usize, dy: usize, y: usize, x: usize, v: usize, batch: i32,
  shares: i32, rows: i32, outRows: i32, stride: i32, frames: i32, lengths: usize, channels: i32, taps: usize, ssnTable: usize,
  heights: usize, groups: i32, bn2Table: usize, padded: usize, mask: usize, dBn2: usize, dw: usize, ssnSums: usize,
  bn2Sums: usize): void {
  const step = <usize>channels << 2, row = step * frames;
  const panels = (channels + 7) >> 3;
  const wideStep = <usize>panels << 5;
  const dz = scratch + wideStep * frames, ds = dz + wideStep * frames, slopes = ds + wideStep * frames;
  const out1 = ssnSums + (<usize>(2 * share * groups * channels) << 3), out2 = bn2Sums + (<usize>(2 * share * channels) << 3);
  const weights = dw + <usize>(share * channels) * wideStep;
  memory.fill(out1, 0, <usize>(groups * channels) << 4);
  memory.fill(out2, 0, <usize>channels << 4);
  memory.fill(weights, 0, <usize>channels * wideStep);
  const zero = f32x4.splat(0);
  for (let b = batch * share / shares; b < batch * (share + 1) / shares; b++) {
    const own = load<i32>(lengths + (<usize>b << 2)), used = step * own;
    bringNear(x + <usize>(b * rows) * row, rows, row, used, ds);
    bringNear(dy + <usize>(b * outRows) * row, outRows, row, used, ds);
    bringNear(y + <usize>(b * outRows) * row, outRows, row, used, ds);
    memory.fill(dz, 0, wideStep * own);
    for (let g = 0, r = 0; g < groups; g++) {
      for (const last = r + load<i32>(heights + (<usize>g << 2)); r < last; r++) {
        const f = r * stride;
        const below = f > 0, above = f + 1 < rows;
        const from = x + <usize>(b * rows + f) * row, place = <usize>(b * outRows + r) * row;
        for (let c = 0; c < channels; c += 4) {
          const at = <usize>fourFrom(c, channels) << 2;
          const w0 = rowValue(below, taps + at), w1 = v128.load(taps + step + at);
          const w2 = rowValue(above, taps + 2 * step + at);
          const mean = v128.load(ssnTable + <usize>g * step + at), fresh = freshLanes(c, channels);
          let s = zero, q = zero, o = dz + at, i = place + at;
          let p1 = from + at, p0 = below ? p1 - row : p1, p2 = above ? p1 + row : p1;
          for (const end = i + used; i < end; i += step, p0 += step, p1 += step, p2 += step, o += wideStep) {
            const u = filter3(v128.load(p0), v128.load(p1), v128.load(p2), w0, w1, w2);
            const d = v128.and(v128.load(dy + i), f32x4.gt(v128.load(y + i), zero));
            v128.store(o, f32x4.add(v128.load(o), v128.and(d, fresh)));
            s = f32x4.add(s, d);
            q = f32x4.relaxed_madd(d, f32x4.sub(u, mean), q);
          }
          addSums(out1, g, channels, c, s, q);
        }
      }
    }
    if (mask) {
      for (let c = 0; c < channels; c += 4) {
        const at = <usize>fourFrom(c, channels) << 2;
        const keep = v128.bitselect(v128.load(mask + <usize>b * step + at), f32x4.splat(1), freshLanes(c, channels));
        let o = dz + at;
        for (let t = 0; t < own; t++, o += wideStep) v128.store(o, f32x4.mul(v128.load(o), keep));
      }
    }
    activate(v + <usize>b * row, own, channels, panels * 8, bn2Table, scratch, slopes);
    tilesByColumn(channels, panels, own, dz, wideStep, scratch, wideStep, 32, weights, wideStep, 32, true);
    tilesByRow(own, panels, channels, dz, wideStep, padded, wideStep, 32, ds, wideStep, 32, false);
    for (let c = 0; c < channels; c += 4) {
      const at = <usize>fourFrom(c, channels) << 2;
      const mean = v128.load(bn2Table + at);
      let s = zero, q = zero, from = ds + at, slope = slopes + at, i = <usize>b * row + at;
      for (const end = i + used; i < end; i += step, from += wideStep, slope += wideStep) {
        const d = f32x4.mul(v128.load(from), v128.load(slope));
        v128.store(dBn2 + i, d);
        s = f32x4.add(s, d);
        q = f32x4.relaxed_madd(d, f32x4.sub(v128.load(v + i), mean), q);
      }
      addSums(out2, 0, channels, c, s, q);
    }
  }
}

// One chunk. gradient[C][C] = the shares' sums [share][C][wide].
export function blockWeightGradient(_chunk: i32, _scratch: usize, dw: usize, shares: i32, channels: i32,
  gradient: usize): void {
  const wide = (channels + 7) & ~7;
  for (let o = 0; o < channels; o++) {
    for (let i = 0; i < channels; i++) {
      let total: f32 = 0;
      for (let s = 0; s < shares; s++) total += load<f32>(dw + (<usize>((s * channels + o) * wide + i) << 2));
      store<f32>(gradient + (<usize>(o * channels + i) << 2), total);
    }
  }
}

// Chunk: a share. dm = gradient of the mean divided by the rows; taps' sums [share][3][C] (cleared first); what dm
// adds to ssn's sums. Scratch: dv [T][C].
export function blockBackTime(share: i32, scratch: usize, dBn2: usize, v: usize, m: usize, band: usize, batch: i32,
  shares: i32, outRows: i32, frames: i32, lengths: usize, channels: i32, coefficients: usize, taps: usize, dilation: i32,
  delay: i32, heights: usize, groups: i32, ssnTable: usize, dm: usize, tapSums: usize, ssnSums: usize): void {
  const step = <usize>channels << 2, row = step * frames;
  const out1 = ssnSums + (<usize>(2 * share * groups * channels) << 3);
  const outTaps = tapSums + (<usize>(3 * share * channels) << 3);
  memory.fill(outTaps, 0, <usize>(3 * channels) << 3);
  const zero = f32x4.splat(0), part = f32x4.splat(1 / <f32>outRows);
  const reach = <usize>dilation * step, late = <usize>delay * step;
  for (let b = batch * share / shares; b < batch * (share + 1) / shares; b++) {
    const used = bytesThatCount(lengths, b, step);
    for (let c = 0; c < channels; c += 4) {
      const at = <usize>fourFrom(c, channels) << 2;
      const p = v128.load(coefficients + at), q = v128.load(coefficients + step + at);
      const r = v128.load(coefficients + 2 * step + at);
      const w0 = v128.load(taps + at), w1 = v128.load(taps + step + at), w2 = v128.load(taps + 2 * step + at);
      const place = <usize>b * row + at;
      const dv = scratch + at, mean = m + place;
      let t0 = zero, t1 = zero, t2 = zero;
      for (let i: usize = 0; i < used; i += step) {
        const d = f32x4.relaxed_madd(p, v128.load(dBn2 + place + i),
          f32x4.relaxed_madd(q, v128.load(v + place + i), r));
        v128.store(dv + i, d);
        if (i >= reach + late) t0 = f32x4.relaxed_madd(d, v128.load(mean + i - reach - late), t0);
        if (i >= late) t1 = f32x4.relaxed_madd(d, v128.load(mean + i - late), t1);
        if (i + reach >= late && i + reach - late < used) {
          t2 = f32x4.relaxed_madd(d, v128.load(mean + i + reach - late), t2);
        }
      }
      addTaps(outTaps, channels, c, t0, t1, t2);
      let s = zero;
      for (let i: usize = 0; i < used; i += step) {
        const next = i + reach + late < used ? v128.load(dv + i + reach + late) : zero;
        const own = i + late < used ? v128.load(dv + i + late) : zero;
        const past = i + late >= reach && i + late - reach < used ? v128.load(dv + i + late - reach) : zero;
        const d = f32x4.mul(part,
          f32x4.relaxed_madd(next, w0, f32x4.relaxed_madd(own, w1, f32x4.mul(past, w2))));
        v128.store(dm + place + i, d);
        s = f32x4.add(s, d);
      }
      for (let g = 0; g < groups; g++) {
        const height = f32x4.splat(<f32>load<i32>(heights + (<usize>g << 2)));
        const centre = f32x4.mul(height, v128.load(ssnTable + <usize>g * step + at));
        const n = band + <usize>(b * groups + g) * row + at;
        let along = zero;
        for (let i: usize = 0; i < used; i += step) {
          along = f32x4.relaxed_madd(v128.load(dm + place + i), f32x4.sub(v128.load(n + i), centre), along);
        }
        addSums(out1, g, channels, c, f32x4.mul(height, s), along);
      }
    }
  }
}

// Coefficients of ssn's backward pass for each output row, [row][3][C].
function spreadCoefficients(coefficients: usize, heights: usize, groups: i32, step: usize, out: usize): void {
  const size = step * groups;
  for (let g = 0; g < groups; g++) {
    const entry = coefficients + step * g;
    for (let left = load<i32>(heights + (<usize>g << 2)); left > 0; left--, out += 3 * step) {
      for (let k: usize = 0; k < 3; k++) memory.copy(out + step * k, entry + size * k, step);
    }
  }
}

// The gradient at p where the output q is positive.
// @ts-ignore: decorator
@inline
function gated(p: usize, q: usize): v128 {
  return v128.and(v128.load(p), f32x4.gt(v128.load(q), f32x4.splat(0)));
}

// The gradient of u: coefficients of its row at p, `step` apart.
// @ts-ignore: decorator
@inline
function normBack(d: v128, u: v128, p: usize, step: usize): v128 {
  return f32x4.relaxed_madd(v128.load(p), d, f32x4.relaxed_madd(v128.load(p + step), u, v128.load(p + 2 * step)));
}

// Chunk: a share. dx and the taps' sums [share][3][C] (cleared first). Scratch: coefficients of rows, a number.
export function blockBackFrequency(share: i32, scratch: usize, dy: usize, y: usize, dm: usize, x: usize,
  batch: i32, shares: i32, rows: i32, outRows: i32, stride: i32, frames: i32, lengths: usize, channels: i32,
  coefficients: usize, taps: usize, heights: usize, groups: i32, residual: bool, dx: usize, tapSums: usize): void {
  const step = <usize>channels << 2, row = step * frames, tile = step * TILE_FRAMES;
  const outTaps = tapSums + (<usize>(3 * share * channels) << 3);
  memory.fill(outTaps, 0, <usize>(3 * channels) << 3);
  const sink = scratch + 3 * step * outRows;
  spreadCoefficients(coefficients, heights, groups, step, scratch);
  const zero = f32x4.splat(0), passed = i32x4.splat(residual ? -1 : 0);
  for (let b = batch * share / shares; b < batch * (share + 1) / shares; b++) {
    const used = bytesThatCount(lengths, b, step);
    if (used < row) {
      for (let f = 0; f < rows; f++) memory.fill(dx + <usize>(b * rows + f) * row + used, 0, row - used);
    }
    bringNear(x + <usize>(b * rows) * row, rows, row, used, sink);
    bringNear(dy + <usize>(b * outRows) * row, outRows, row, used, sink);
    bringNear(y + <usize>(b * outRows) * row, outRows, row, used, sink);
    bringNear(dx + <usize>(b * rows) * row, rows, row, used, sink);
    for (let part: usize = 0; part < used; part += tile) {
      const length = min(tile, used - part);
      for (let c = 0; c < channels; c += 4) {
        const at = <usize>fourFrom(c, channels) << 2;
        const w0 = v128.load(taps + at), w1 = v128.load(taps + step + at), w2 = v128.load(taps + 2 * step + at);
        let t0 = zero, t1 = zero, t2 = zero;
        let n = dm + <usize>b * row + part + at;
        let from = <usize>(b * outRows) * row + part + at, p = <usize>(b * rows) * row + part + at;
        for (const end = n + length; n < end; n += step, from += step, p += step) {
          const shared = v128.load(n);
          // x0 to x2: input around a row; d0 and d1: gradients of u one and two rows before.
          let x0 = zero, x1 = v128.load(x + p), d0 = zero, d1 = zero, i = p, entry = scratch + at;
          if (stride == 1) {
            let before = zero; // what the row before passes on
            for (const last = p + row * (rows - 1); i <= last; i += row, entry += 3 * step) {
              const x2 = rowValue(i < last, x + i + row);
              const gate = gated(dy + i, y + i);
              const d = normBack(f32x4.add(gate, shared), filter3(x0, x1, x2, w0, w1, w2), entry, step);
              t0 = f32x4.relaxed_madd(d, x0, t0);
              t1 = f32x4.relaxed_madd(d, x1, t1);
              t2 = f32x4.relaxed_madd(d, x2, t2);
              if (i > p) v128.store(dx + i - row, f32x4.add(filter3(d, d0, d1, w0, w1, w2), before));
              x0 = x1;
              x1 = x2;
              d1 = d0;
              d0 = d;
              before = v128.and(gate, passed);
            }
            v128.store(dx + i - row, f32x4.add(filter3(zero, d0, d1, w0, w1, w2), before));
          } else {
            let place = from;
            for (let f = 0; f < rows; f += 2, place += row, entry += 3 * step) {
              const x2 = rowValue(f + 1 < rows, x + i + row);
              const d = normBack(f32x4.add(gated(dy + place, y + place), shared), filter3(x0, x1, x2, w0, w1, w2),
                entry, step);
              t0 = f32x4.relaxed_madd(d, x0, t0);
              t1 = f32x4.relaxed_madd(d, x1, t1);
              t2 = f32x4.relaxed_madd(d, x2, t2);
              if (f > 0) v128.store(dx + i - row, f32x4.relaxed_madd(d, w0, f32x4.mul(d0, w2)));
              v128.store(dx + i, f32x4.mul(d, w1));
              i += 2 * row;
              x0 = x2;
              x1 = rowValue(f + 2 < rows, x + i);
              d0 = d;
            }
            if ((rows & 1) == 0) v128.store(dx + i - row, f32x4.mul(d0, w2));
          }
        }
        addTaps(outTaps, channels, c, t0, t1, t2);
      }
    }
  }
}
