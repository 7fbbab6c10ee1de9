// BC-ResNet's block from the frequency convolution on, in five passes over the batch, three of them over whole
// tensors. x [B][F][T][C], u and y [B][Fo][T][C], band [B][G][T][C], m, v, da, dm [B][T][C]; C is a multiple of 4.
//   u = frequency convolution of x; h = norm 1 of u by groups of rows; m = mean of h over rows
//   v = dilated convolution of m over time; s = swish(norm 2 of v); z = mask * (W s); y = relu(h + z (+ x))
// rowGroup: int32, the group of each row of u; heights: int32, rows of each group; taps: float32 [3][C].
// Channels are the outer loop of every pass: what belongs to a channel stays in registers.

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

// Chunk: a share. u, band (sums of u over a group's rows) and sums of u and u^2; band and sums are cleared first.
export function blockFrequency(share: i32, _scratch: usize, x: usize, batch: i32, shares: i32, rows: i32,
  outRows: i32, stride: i32, frames: i32, channels: i32, taps: usize, rowGroup: usize, groups: i32, u: usize,
  band: usize, sums: usize): void {
  const step = <usize>channels << 2, row = step * frames;
  const out = sums + (<usize>(2 * share * groups * channels) << 3);
  const zero = f32x4.splat(0);
  memory.fill(out, 0, <usize>(groups * channels) << 4);
  for (let b = batch * share / shares; b < batch * (share + 1) / shares; b++) {
    const bands = band + <usize>(b * groups) * row;
    memory.fill(bands, 0, <usize>groups * row);
    for (let r = 0; r < outRows; r++) {
      const f = r * stride;
      const g = load<i32>(rowGroup + (<usize>r << 2));
      const below = f > 0, above = f + 1 < rows;
      const line = x + <usize>(b * rows + f) * row;
      for (let c = 0; c < channels; c += 4) {
        const at = <usize>c << 2;
        const w0 = below ? v128.load(taps + at) : zero, w1 = v128.load(taps + step + at);
        const w2 = above ? v128.load(taps + 2 * step + at) : zero;
        let p1 = line + at, p0 = below ? p1 - row : p1, p2 = above ? p1 + row : p1;
        let o = u + <usize>(b * outRows + r) * row + at, n = bands + <usize>g * row + at;
        let s = zero, q = zero;
        for (const end = o + row; o < end; o += step, n += step, p0 += step, p1 += step, p2 += step) {
          const y = f32x4.relaxed_madd(v128.load(p0), w0,
            f32x4.relaxed_madd(v128.load(p1), w1, f32x4.mul(v128.load(p2), w2)));
          v128.store(o, y);
          v128.store(n, f32x4.add(v128.load(n), y));
          s = f32x4.add(s, y);
          q = f32x4.relaxed_madd(y, y, q);
        }
        addSums(out, g, channels, c, s, q);
      }
    }
  }
}

// Chunk: a share. m, v and sums of v and v^2; sums are cleared first.
export function blockTime(share: i32, _scratch: usize, band: usize, batch: i32, shares: i32, outRows: i32,
  frames: i32, channels: i32, heights: usize, groups: i32, table: usize, taps: usize, dilation: i32, m: usize,
  v: usize, sums: usize): void {
  const step = <usize>channels << 2, row = step * frames, size = step * groups;
  const out = sums + (<usize>(2 * share * channels) << 3);
  const zero = f32x4.splat(0), part = f32x4.splat(1 / <f32>outRows);
  memory.fill(out, 0, <usize>channels << 4);
  const reach = <usize>dilation * step;
  for (let b = batch * share / shares; b < batch * (share + 1) / shares; b++) {
    for (let c = 0; c < channels; c += 4) {
      const at = <usize>c << 2;
      const mean = m + <usize>b * row + at;
      for (let g = 0; g < groups; g++) {
        const entry = table + <usize>g * step + at;
        const scale = f32x4.mul(v128.load(entry + 2 * size), part);
        const height = <f32>load<i32>(heights + (<usize>g << 2));
        const shift = f32x4.mul(v128.load(entry + 3 * size), f32x4.mul(f32x4.splat(height), part));
        const n = band + <usize>(b * groups + g) * row + at;
        for (let i: usize = 0; i < row; i += step) {
          const before = g == 0 ? shift : f32x4.add(v128.load(mean + i), shift);
          v128.store(mean + i, f32x4.relaxed_madd(v128.load(n + i), scale, before));
        }
      }
      const w0 = v128.load(taps + at), w1 = v128.load(taps + step + at), w2 = v128.load(taps + 2 * step + at);
      const o = v + <usize>b * row + at;
      let s = zero, q = zero;
      for (let i: usize = 0; i < row; i += step) {
        const past = i >= reach ? v128.load(mean + i - reach) : zero;
        const next = i + reach < row ? v128.load(mean + i + reach) : zero;
        const y = f32x4.relaxed_madd(past, w0, f32x4.relaxed_madd(v128.load(mean + i), w1, f32x4.mul(next, w2)));
        v128.store(o + i, y);
        s = f32x4.add(s, y);
        q = f32x4.relaxed_madd(y, y, q);
      }
      addSums(out, 0, channels, c, s, q);
    }
  }
}

// s[T][wide] = swish(scale v + shift); columns beyond C are zero.
function activate(v: usize, frames: i32, channels: i32, wide: i32, table: usize, s: usize): void {
  const step = <usize>channels << 2, wideStep = <usize>wide << 2;
  for (let c = 0; c < wide; c += 4) {
    const at = <usize>c << 2;
    const inside = c < channels;
    const scale = inside ? v128.load(table + 2 * step + at) : f32x4.splat(0);
    const shift = inside ? v128.load(table + 3 * step + at) : f32x4.splat(0);
    for (let t = 0; t < frames; t++) {
      const a = inside ? f32x4.relaxed_madd(v128.load(v + <usize>t * step + at), scale, shift) : f32x4.splat(0);
      v128.store(s + <usize>t * wideStep + at, f32x4.mul(a, sigmoid4(a)));
    }
  }
}

// Chunk: one clip. packed: W in panels of 8 columns; mask [B][C] or 0; x 0 without residual.
// Scratch: s and z, [T][wide] each, wide = C rounded up to panels.
export function blockOut(clip: i32, scratch: usize, v: usize, table2: usize, packed: usize, mask: usize, u: usize,
  table1: usize, rowGroup: usize, groups: i32, x: usize, outRows: i32, frames: i32, channels: i32, y: usize): void {
  const step = <usize>channels << 2, row = step * frames, size = step * groups;
  const panels = (channels + 7) >> 3;
  const wideStep = <usize>panels << 5;
  const z = scratch + wideStep * frames;
  activate(v + <usize>clip * row, frames, channels, panels * 8, table2, scratch);
  tilesByRow(frames, panels, channels, scratch, wideStep, packed, 32, <usize>channels << 5, z, wideStep, 32, false);
  const zero = f32x4.splat(0);
  for (let r = 0; r < outRows; r++) {
    const start = <usize>(clip * outRows + r) * row;
    const g = load<i32>(rowGroup + (<usize>r << 2));
    for (let c = 0; c < channels; c += 4) {
      const at = <usize>c << 2;
      const entry = table1 + <usize>g * step + at;
      const scale = v128.load(entry + 2 * size), shift = v128.load(entry + 3 * size);
      const keep = mask ? v128.load(mask + <usize>clip * step + at) : f32x4.splat(1);
      let q = z + at;
      const end = start + at + row;
      for (let i = start + at; i < end; i += step, q += wideStep) {
        const h = f32x4.relaxed_madd(v128.load(u + i), scale, shift);
        const sum = f32x4.relaxed_madd(v128.load(q), keep, x ? f32x4.add(h, v128.load(x + i)) : h);
        v128.store(y + i, f32x4.max(zero, sum));
      }
    }
  }
}

// Chunk: a share. From dy and y: da, the gradient of norm 2's output; dw [share][C][wide] of W; sums of g and
// g (u - mean) for norm 1, of da and da (v - mean) for norm 2. dw and sums are cleared first.
// padded: W as [C][wide]. Scratch: s, dz, ds, [T][wide] each.
export function blockBackOut(share: i32, scratch: usize, dy: usize, y: usize, u: usize, v: usize, batch: i32,
  shares: i32, outRows: i32, frames: i32, channels: i32, table1: usize, rowGroup: usize, groups: i32, table2: usize,
  padded: usize, mask: usize, da: usize, dw: usize, sums1: usize, sums2: usize): void {
  const step = <usize>channels << 2, row = step * frames;
  const panels = (channels + 7) >> 3;
  const wideStep = <usize>panels << 5;
  const dz = scratch + wideStep * frames, ds = dz + wideStep * frames;
  const out1 = sums1 + (<usize>(2 * share * groups * channels) << 3), out2 = sums2 + (<usize>(2 * share * channels) << 3);
  const weights = dw + <usize>(share * channels) * wideStep;
  memory.fill(out1, 0, <usize>(groups * channels) << 4);
  memory.fill(out2, 0, <usize>channels << 4);
  memory.fill(weights, 0, <usize>channels * wideStep);
  const zero = f32x4.splat(0), one = f32x4.splat(1);
  for (let b = batch * share / shares; b < batch * (share + 1) / shares; b++) {
    memory.fill(dz, 0, wideStep * frames);
    for (let r = 0; r < outRows; r++) {
      const g = load<i32>(rowGroup + (<usize>r << 2));
      const start = <usize>(b * outRows + r) * row;
      for (let c = 0; c < channels; c += 4) {
        const at = <usize>c << 2;
        const mean = v128.load(table1 + <usize>g * step + at);
        let s = zero, q = zero, o = dz + at;
        const end = start + at + row;
        for (let i = start + at; i < end; i += step, o += wideStep) {
          const d = v128.and(v128.load(dy + i), f32x4.gt(v128.load(y + i), zero));
          v128.store(o, f32x4.add(v128.load(o), d));
          s = f32x4.add(s, d);
          q = f32x4.relaxed_madd(d, f32x4.sub(v128.load(u + i), mean), q);
        }
        addSums(out1, g, channels, c, s, q);
      }
    }
    if (mask) {
      for (let c = 0; c < channels; c += 4) {
        const keep = v128.load(mask + <usize>b * step + (<usize>c << 2));
        let o = dz + (<usize>c << 2);
        for (let t = 0; t < frames; t++, o += wideStep) v128.store(o, f32x4.mul(v128.load(o), keep));
      }
    }
    activate(v + <usize>b * row, frames, channels, panels * 8, table2, scratch);
    tilesByColumn(channels, panels, frames, dz, wideStep, scratch, wideStep, 32, weights, wideStep, 32, true);
    tilesByRow(frames, panels, channels, dz, wideStep, padded, wideStep, 32, ds, wideStep, 32, false);
    for (let c = 0; c < channels; c += 4) {
      const at = <usize>c << 2;
      const mean = v128.load(table2 + at);
      const scale = v128.load(table2 + 2 * step + at), shift = v128.load(table2 + 3 * step + at);
      let s = zero, q = zero, from = ds + at, i = <usize>b * row + at;
      for (let t = 0; t < frames; t++, from += wideStep, i += step) {
        const value = v128.load(v + i);
        const a = f32x4.relaxed_madd(value, scale, shift);
        const gate = sigmoid4(a);
        const slope = f32x4.relaxed_madd(f32x4.mul(a, gate), f32x4.sub(one, gate), gate);
        const d = f32x4.mul(v128.load(from), slope);
        v128.store(da + i, d);
        s = f32x4.add(s, d);
        q = f32x4.relaxed_madd(d, f32x4.sub(value, mean), q);
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
// adds to norm 1's sums. Scratch: dv [T][C].
export function blockBackTime(share: i32, scratch: usize, da: usize, v: usize, m: usize, band: usize, batch: i32,
  shares: i32, outRows: i32, frames: i32, channels: i32, coefficients: usize, taps: usize, dilation: i32,
  heights: usize, groups: i32, table1: usize, dm: usize, tapSums: usize, sums1: usize): void {
  const step = <usize>channels << 2, row = step * frames;
  const out1 = sums1 + (<usize>(2 * share * groups * channels) << 3);
  const outTaps = tapSums + (<usize>(3 * share * channels) << 3);
  memory.fill(outTaps, 0, <usize>(3 * channels) << 3);
  const zero = f32x4.splat(0), part = f32x4.splat(1 / <f32>outRows);
  const reach = <usize>dilation * step;
  for (let b = batch * share / shares; b < batch * (share + 1) / shares; b++) {
    for (let c = 0; c < channels; c += 4) {
      const at = <usize>c << 2;
      const p = v128.load(coefficients + at), q = v128.load(coefficients + step + at);
      const r = v128.load(coefficients + 2 * step + at);
      const w0 = v128.load(taps + at), w1 = v128.load(taps + step + at), w2 = v128.load(taps + 2 * step + at);
      const place = <usize>b * row + at;
      const dv = scratch + at, mean = m + place;
      let t0 = zero, t1 = zero, t2 = zero;
      for (let i: usize = 0; i < row; i += step) {
        const d = f32x4.relaxed_madd(p, v128.load(da + place + i),
          f32x4.relaxed_madd(q, v128.load(v + place + i), r));
        v128.store(dv + i, d);
        if (i >= reach) t0 = f32x4.relaxed_madd(d, v128.load(mean + i - reach), t0);
        t1 = f32x4.relaxed_madd(d, v128.load(mean + i), t1);
        if (i + reach < row) t2 = f32x4.relaxed_madd(d, v128.load(mean + i + reach), t2);
      }
      addDoubles(outTaps + (<usize>c << 3), t0);
      addDoubles(outTaps + (<usize>(channels + c) << 3), t1);
      addDoubles(outTaps + (<usize>(2 * channels + c) << 3), t2);
      let s = zero;
      for (let i: usize = 0; i < row; i += step) {
        const next = i + reach < row ? v128.load(dv + i + reach) : zero;
        const past = i >= reach ? v128.load(dv + i - reach) : zero;
        const d = f32x4.mul(part,
          f32x4.relaxed_madd(next, w0, f32x4.relaxed_madd(v128.load(dv + i), w1, f32x4.mul(past, w2))));
        v128.store(dm + place + i, d);
        s = f32x4.add(s, d);
      }
      for (let g = 0; g < groups; g++) {
        const height = f32x4.splat(<f32>load<i32>(heights + (<usize>g << 2)));
        const centre = f32x4.mul(height, v128.load(table1 + <usize>g * step + at));
        const n = band + <usize>(b * groups + g) * row + at;
        let along = zero;
        for (let i: usize = 0; i < row; i += step) {
          along = f32x4.relaxed_madd(v128.load(dm + place + i), f32x4.sub(v128.load(n + i), centre), along);
        }
        addSums(out1, g, channels, c, f32x4.mul(height, s), along);
      }
    }
  }
}

// Chunk: a share. dx and the taps' sums [share][3][C] (cleared first). Scratch: du [outRows][T][C].
export function blockBackFrequency(share: i32, scratch: usize, dy: usize, y: usize, u: usize, dm: usize, x: usize,
  batch: i32, shares: i32, rows: i32, outRows: i32, stride: i32, frames: i32, channels: i32, coefficients: usize,
  taps: usize, rowGroup: usize, groups: i32, residual: bool, dx: usize, tapSums: usize): void {
  const step = <usize>channels << 2, row = step * frames, size = step * groups;
  const outTaps = tapSums + (<usize>(3 * share * channels) << 3);
  memory.fill(outTaps, 0, <usize>(3 * channels) << 3);
  const zero = f32x4.splat(0);
  for (let b = batch * share / shares; b < batch * (share + 1) / shares; b++) {
    for (let r = 0; r < outRows; r++) {
      const f = r * stride;
      const below = f > 0, above = f + 1 < rows;
      const entry = coefficients + <usize>load<i32>(rowGroup + (<usize>r << 2)) * step;
      for (let c = 0; c < channels; c += 4) {
        const at = <usize>c << 2;
        const p = v128.load(entry + at), q = v128.load(entry + size + at), k = v128.load(entry + 2 * size + at);
        let i = <usize>(b * outRows + r) * row + at, o = scratch + <usize>r * row + at;
        let n = dm + <usize>b * row + at;
        let x1 = x + <usize>(b * rows + f) * row + at, x0 = below ? x1 - row : x1, x2 = above ? x1 + row : x1;
        let t0 = zero, t1 = zero, t2 = zero;
        for (const end = o + row; o < end; o += step) {
          const g = v128.and(v128.load(dy + i), f32x4.gt(v128.load(y + i), zero));
          const d = f32x4.relaxed_madd(p, f32x4.add(g, v128.load(n)), f32x4.relaxed_madd(q, v128.load(u + i), k));
          v128.store(o, d);
          t0 = f32x4.relaxed_madd(d, v128.load(x0), t0);
          t1 = f32x4.relaxed_madd(d, v128.load(x1), t1);
          t2 = f32x4.relaxed_madd(d, v128.load(x2), t2);
          i += step; n += step; x0 += step; x1 += step; x2 += step;
        }
        if (below) addDoubles(outTaps + (<usize>c << 3), t0);
        addDoubles(outTaps + (<usize>(channels + c) << 3), t1);
        if (above) addDoubles(outTaps + (<usize>(2 * channels + c) << 3), t2);
      }
    }
    for (let f = 0; f < rows; f++) {
      // Row r met tap k at x row r stride + k - 1.
      const r0 = rowOfTap(f + 1, stride, outRows), r1 = rowOfTap(f, stride, outRows), r2 = rowOfTap(f - 1, stride, outRows);
      for (let c = 0; c < channels; c += 4) {
        const at = <usize>c << 2;
        const w0 = r0 < 0 ? zero : v128.load(taps + at), w1 = r1 < 0 ? zero : v128.load(taps + step + at);
        const w2 = r2 < 0 ? zero : v128.load(taps + 2 * step + at);
        let p0 = scratch + <usize>max(r0, 0) * row + at, p1 = scratch + <usize>max(r1, 0) * row + at;
        let p2 = scratch + <usize>max(r2, 0) * row + at;
        let i = <usize>(b * rows + f) * row + at;
        for (const end = i + row; i < end; i += step, p0 += step, p1 += step, p2 += step) {
          const d = f32x4.relaxed_madd(v128.load(p0), w0,
            f32x4.relaxed_madd(v128.load(p1), w1, f32x4.mul(v128.load(p2), w2)));
          const passed = residual ? v128.and(v128.load(dy + i), f32x4.gt(v128.load(y + i), zero)) : zero;
          v128.store(dx + i, f32x4.add(d, passed));
        }
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function rowOfTap(position: i32, stride: i32, outRows: i32): i32 {
  if (position < 0 || position % stride != 0) return -1;
  const r = position / stride;
  return r < outRows ? r : -1;
}
