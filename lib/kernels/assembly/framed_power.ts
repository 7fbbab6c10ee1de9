// Power of framed samples and the gradient of its kernels, by minimal filtering over hops (Winograd 1980; matrices
// of Lavin and Gray 2016). A window of three hops makes the transform a filter with three taps over rows of one hop:
// Y[t] = X[t] W0 + X[t+1] W1 + X[t+2] W2. `products` says how it is computed: 6 is F(4,3), four outputs by 6 matrix
// products in the place of 12; 4 is F(2,3), two outputs by 4 in the place of 6; 1 is the plain product of frames.
//
// Kernels lie in panels of 4 cosine and 4 sine columns, so real and imaginary part of a bin meet in one tile.
// Common sizes: `rows` samples of a row (hop; or the window, plain), `tiles` of a clip (frames, plain).

// @ts-ignore: decorator
@inline
function outputsOf(products: i32): i32 {
  return products == 6 ? 4 : products == 4 ? 2 : 1;
}

// The clip with `pad` samples reflected at both ends, cut or filled with zeros to `total`.
function padClip(wave: usize, samples: i32, pad: i32, out: usize, total: i32): void {
  for (let i = 0; i < pad; i++) store<f32>(out + (<usize>i << 2), load<f32>(wave + (<usize>(pad - i) << 2)));
  const body = min(samples, total - pad);
  memory.copy(out + (<usize>pad << 2), wave, <usize>body << 2);
  for (let i = pad + body; i < total; i++) {
    const mirrored = 2 * (samples - 1) - (i - pad);
    const inside = i < samples + 2 * pad;
    store<f32>(out + (<usize>i << 2), inside ? load<f32>(wave + (<usize>mirrored << 2)) : 0);
  }
}

// Input transform B^T: tile t reads rows m t .. m t + products - 1. Columns go out in panels of 12: product a of
// tile t, panel c, at v + a vProduct + c vPanel + t vRow.
function transformRows(x: usize, tiles: i32, rows: i32, products: i32, v: usize, vProduct: usize, vPanel: usize,
  vRow: usize): void {
  const row = <usize>rows << 2;
  const step = row * outputsOf(products);
  const two = f32x4.splat(2), four = f32x4.splat(4), five = f32x4.splat(5);
  for (let t = 0; t < tiles; t++) {
    let p = x + <usize>t * step;
    const end = p + row;
    for (let panel = v + <usize>t * vRow; p < end; panel += vPanel) {
      const panelEnd = min(end, p + 48);
      for (let o = panel; p < panelEnd; p += 16, o += 16) {
        const x0 = v128.load(p), x1 = v128.load(p + row), x2 = v128.load(p + 2 * row), x3 = v128.load(p + 3 * row);
        if (products == 6) {
          const x4 = v128.load(p + 4 * row), x5 = v128.load(p + 5 * row);
          const even = f32x4.relaxed_nmadd(four, x2, x4), odd = f32x4.relaxed_nmadd(four, x1, x3);
          const near = f32x4.sub(x4, x2), far = f32x4.mul(two, f32x4.sub(x3, x1));
          v128.store(o, f32x4.relaxed_madd(four, x0, f32x4.relaxed_nmadd(five, x2, x4)));
          v128.store(o + vProduct, f32x4.add(even, odd));
          v128.store(o + 2 * vProduct, f32x4.sub(even, odd));
          v128.store(o + 3 * vProduct, f32x4.add(near, far));
          v128.store(o + 4 * vProduct, f32x4.sub(near, far));
          v128.store(o + 5 * vProduct, f32x4.relaxed_madd(four, x1, f32x4.relaxed_nmadd(five, x3, x5)));
        } else {
          v128.store(o, f32x4.sub(x0, x2));
          v128.store(o + vProduct, f32x4.add(x1, x2));
          v128.store(o + 2 * vProduct, f32x4.sub(x2, x1));
          v128.store(o + 3 * vProduct, f32x4.sub(x1, x3));
        }
      }
    }
  }
}

// Four bins of one sample, as lanes; bins beyond the last are zero.
// @ts-ignore: decorator
@inline
function gatherBins(basis: usize, bin: i32, count: i32, nFft: i32, sample: i32): v128 {
  const row = <usize>nFft << 2;
  let p = basis + <usize>bin * row + (<usize>sample << 2);
  let v = f32x4.splat(0);
  v = f32x4.replace_lane(v, 0, load<f32>(p));
  if (count > 1) v = f32x4.replace_lane(v, 1, load<f32>(p + row));
  if (count > 2) v = f32x4.replace_lane(v, 2, load<f32>(p + 2 * row));
  if (count > 3) v = f32x4.replace_lane(v, 3, load<f32>(p + 3 * row));
  return v;
}

// Kernel transform G for 4 columns of three taps; product a goes to o + a oProduct.
// @ts-ignore: decorator
@inline
function transformTaps(w0: v128, w1: v128, w2: v128, products: i32, o: usize, oProduct: usize): void {
  const outer = f32x4.add(w0, w2);
  if (products == 6) {
    const sixth = f32x4.splat(1.0 / 6.0);
    const near = f32x4.mul(f32x4.relaxed_madd(w0, f32x4.splat(0.25), w2), sixth);
    const far = f32x4.mul(w1, f32x4.splat(1.0 / 12.0));
    v128.store(o, f32x4.mul(w0, f32x4.splat(0.25)));
    v128.store(o + oProduct, f32x4.neg(f32x4.mul(f32x4.add(outer, w1), sixth)));
    v128.store(o + 2 * oProduct, f32x4.neg(f32x4.mul(f32x4.sub(outer, w1), sixth)));
    v128.store(o + 3 * oProduct, f32x4.add(near, far));
    v128.store(o + 4 * oProduct, f32x4.sub(near, far));
    v128.store(o + 5 * oProduct, w2);
  } else {
    const half = f32x4.splat(0.5);
    v128.store(o, w0);
    v128.store(o + oProduct, f32x4.mul(f32x4.add(outer, w1), half));
    v128.store(o + 2 * oProduct, f32x4.mul(f32x4.sub(outer, w1), half));
    v128.store(o + 3 * oProduct, w2);
  }
}

// Chunk: one panel. Writes packed[product][panel][row][8] from wcos, wsin [bins][nFft].
export function framedPowerPack(panel: i32, _scratch: usize, wcos: usize, wsin: usize, bins: i32, nFft: i32,
  rows: i32, panels: i32, products: i32, packed: usize): void {
  const bin = panel * 4;
  const count = min(4, bins - bin);
  const product = <usize>(panels * rows) << 5;
  let o = packed + (<usize>(panel * rows) << 5);
  for (let k = 0; k < rows; k++, o += 32) {
    const c = gatherBins(wcos, bin, count, nFft, k), s = gatherBins(wsin, bin, count, nFft, k);
    if (products == 1) {
      v128.store(o, c);
      v128.store(o, s, 16);
    } else {
      transformTaps(c, gatherBins(wcos, bin, count, nFft, k + rows),
        gatherBins(wcos, bin, count, nFft, k + 2 * rows), products, o, product);
      transformTaps(s, gatherBins(wsin, bin, count, nFft, k + rows),
        gatherBins(wsin, bin, count, nFft, k + 2 * rows), products, o + 16, product);
    }
  }
}

// Stores one frame of a panel: spectrum (if wanted) and power plus epsilon.
// @ts-ignore: decorator
@inline
function storeFrame(re: v128, im: v128, spectrum: usize, power: usize, count: i32, epsilon: v128): void {
  if (spectrum) {
    v128.store(spectrum, re);
    v128.store(spectrum, im, 16);
  }
  const y = f32x4.relaxed_madd(re, re, f32x4.relaxed_madd(im, im, epsilon));
  if (count == 4) {
    v128.store(power, y);
    return;
  }
  store<f32>(power, f32x4.extract_lane(y, 0));
  if (count > 1) store<f32>(power, f32x4.extract_lane(y, 1), 4);
  if (count > 2) store<f32>(power, f32x4.extract_lane(y, 2), 8);
}

// Output transform A^T of one tile and 4 columns: row i of the result; `m` is product 0, products are `ms` apart.
// @ts-ignore: decorator
@inline
function outputRow(i: i32, products: i32, m: usize, ms: usize): v128 {
  if (products == 1) return v128.load(m);
  const x1 = v128.load(m + ms), x2 = v128.load(m + 2 * ms);
  const s1 = f32x4.add(x1, x2), d1 = f32x4.sub(x1, x2);
  if (products == 4) return i == 0 ? f32x4.add(v128.load(m), s1) : f32x4.sub(d1, v128.load(m + 3 * ms));
  const x3 = v128.load(m + 3 * ms), x4 = v128.load(m + 4 * ms);
  const s2 = f32x4.add(x3, x4), d2 = f32x4.sub(x3, x4);
  if (i == 0) return f32x4.add(f32x4.add(v128.load(m), s1), s2);
  if (i == 1) return f32x4.relaxed_madd(d2, f32x4.splat(2), d1);
  if (i == 2) return f32x4.relaxed_madd(s2, f32x4.splat(4), s1);
  return f32x4.add(f32x4.relaxed_madd(d2, f32x4.splat(8), d1), v128.load(m + 5 * ms));
}

// Chunk: a part of the panels for a group of clips. spectrum [batch][frames][panels * 8] or 0; power [batch][frames][bins].
// Scratch: one padded clip of `total` samples, transformed rows, products of `wider` panels.
export function framedPowerForward(chunk: i32, scratch: usize, wave: usize, batch: i32, samples: i32, pad: i32,
  total: i32, hop: i32, rows: i32, tiles: i32, frames: i32, bins: i32, products: i32, group: i32, parts: i32, wider: i32,
  packed: usize, spectrum: usize, power: usize, powerEpsilon: f32): void {
  const first = chunk / parts * group, part = chunk % parts;
  const clips = min(group, batch - first);
  const panels = (bins + 3) >> 2;
  const m = outputsOf(products);
  const epsilon = f32x4.splat(powerEpsilon);
  const places = tiles * clips;
  const vProduct = <usize>(places * rows) << 2;
  const v = scratch + (<usize>total << 2);
  const out = products == 1 ? v : v + vProduct * products;
  const outProduct = <usize>(places * wider) << 5;
  for (let i = 0; i < clips; i++) {
    padClip(wave + (<usize>((first + i) * samples) << 2), samples, pad, scratch, total);
    if (products > 1) {
      transformRows(scratch, tiles, rows, products, v + (<usize>(i * tiles * rows) << 2), vProduct, 48,
        <usize>rows << 2);
    }
  }
  const a = products == 1 ? scratch : v;
  const aRow = <usize>(products == 1 ? hop : rows) << 2;
  const last = panels * (part + 1) / parts;
  for (let j = panels * part / parts; j < last; j += wider) {
    const wide = min(wider, last - j);
    for (let p = 0; p < products; p++) {
      tilesByRow(places, wide, rows, a + vProduct * p, aRow, packed + (<usize>((p * panels + j) * rows) << 5), 32,
        <usize>rows << 5, out + outProduct * p, wider << 5, 32, false);
    }
    for (let i = 0; i < clips; i++) {
      for (let tile = 0; tile < tiles; tile++) {
        const q = out + (<usize>((i * tiles + tile) * wider) << 5);
        for (let y = 0; y < m; y++) {
          const t = tile * m + y;
          if (t >= frames) break;
          const place = (first + i) * frames + t;
          for (let w = 0; w < wide; w++) {
            const bin = (j + w) << 2;
            const cell = q + (<usize>w << 5);
            storeFrame(outputRow(y, products, cell, outProduct), outputRow(y, products, cell + 16, outProduct),
              spectrum ? spectrum + (<usize>(place * panels + j + w) << 5) : 0,
              power + (<usize>(place * bins + bin) << 2), bins - bin >= 4 ? 4 : bins - bin, epsilon);
          }
        }
      }
    }
  }
}

const PANEL_COLUMNS = 12;

// Chunk: one clip. Writes the rows that the gradient multiplies: v[product][panel][batch * tiles][12], or, plain, the
// padded clips v[batch][total].
export function framedPowerRows(clip: i32, scratch: usize, wave: usize, batch: i32, samples: i32, pad: i32,
  total: i32, rows: i32, tiles: i32, products: i32, v: usize): void {
  const source = wave + (<usize>(clip * samples) << 2);
  if (products == 1) {
    padClip(source, samples, pad, v + (<usize>(clip * total) << 2), total);
    return;
  }
  padClip(source, samples, pad, scratch, total);
  const panel = <usize>(batch * tiles * PANEL_COLUMNS) << 2;
  const columns = (rows + PANEL_COLUMNS - 1) / PANEL_COLUMNS;
  transformRows(scratch, tiles, rows, products, v + (<usize>(clip * tiles * PANEL_COLUMNS) << 2),
    panel * columns, panel, PANEL_COLUMNS << 2);
}

// Twice the gradient of a panel's power at one frame; zero if the frame is not there.
// @ts-ignore: decorator
@inline
function twicePower(present: bool, dPower: usize, count: i32): v128 {
  let d = f32x4.splat(0);
  if (!present) return d;
  if (count >= 4) {
    d = v128.load(dPower);
  } else {
    d = f32x4.replace_lane(d, 0, load<f32>(dPower));
    if (count > 1) d = f32x4.replace_lane(d, 1, load<f32>(dPower, 4));
    if (count > 2) d = f32x4.replace_lane(d, 2, load<f32>(dPower, 8));
  }
  return f32x4.add(d, d);
}

// Transposed output transform A of one tile and 4 columns.
// @ts-ignore: decorator
@inline
function spreadTile(y0: v128, y1: v128, y2: v128, y3: v128, products: i32, u: usize, us: usize): void {
  v128.store(u, y0);
  if (products == 1) return;
  if (products == 4) {
    v128.store(u + us, f32x4.add(y0, y1));
    v128.store(u + 2 * us, f32x4.sub(y0, y1));
    v128.store(u + 3 * us, f32x4.neg(y1));
    return;
  }
  const even = f32x4.add(y0, y2), odd = f32x4.add(y1, y3);
  const evenFar = f32x4.relaxed_madd(y2, f32x4.splat(4), y0);
  const oddFar = f32x4.mul(f32x4.relaxed_madd(y3, f32x4.splat(4), y1), f32x4.splat(2));
  v128.store(u + us, f32x4.add(even, odd));
  v128.store(u + 2 * us, f32x4.sub(even, odd));
  v128.store(u + 3 * us, f32x4.add(evenFar, oddFar));
  v128.store(u + 4 * us, f32x4.sub(evenFar, oddFar));
  v128.store(u + 5 * us, y3);
}

// Fills u[product][panel][clips * tiles][8] for a group of panels: the gradient of the spectrum is twice that of
// power times the spectrum. Frames beyond the last count as zero; their place is taken by the tile's first frame.
function spreadGradient(spectrum: usize, dPower: usize, first: i32, clips: i32, tiles: i32, frames: i32, bins: i32,
  panels: i32, j: i32, wide: i32, products: i32, u: usize): void {
  const m = outputsOf(products);
  const places = clips * tiles;
  const us = <usize>(wide * places) << 5;
  const frame = <usize>panels << 5;
  const power = <usize>bins << 2;
  for (let i = 0; i < clips; i++) {
    for (let tile = 0; tile < tiles; tile++) {
      const left = frames - tile * m;
      const has1 = m > 1 && left > 1, has2 = m > 2 && left > 2, has3 = m > 2 && left > 3;
      const place = (first + i) * frames + tile * m;
      for (let w = 0; w < wide; w++) {
        const bin = (j + w) << 2;
        const count = bins - bin;
        const s0 = spectrum + (<usize>(place * panels + j + w) << 5);
        const s1 = has1 ? s0 + frame : s0, s2 = has2 ? s0 + 2 * frame : s0, s3 = has3 ? s0 + 3 * frame : s0;
        const d = dPower + (<usize>(place * bins + bin) << 2);
        const d0 = twicePower(true, d, count), d1 = twicePower(has1, d + power, count);
        const d2 = twicePower(has2, d + 2 * power, count), d3 = twicePower(has3, d + 3 * power, count);
        const o = u + (<usize>(w * places + i * tiles + tile) << 5);
        spreadTile(f32x4.mul(d0, v128.load(s0)), f32x4.mul(d1, v128.load(s1)), f32x4.mul(d2, v128.load(s2)),
          f32x4.mul(d3, v128.load(s3)), products, o, us);
        spreadTile(f32x4.mul(d0, v128.load(s0, 16)), f32x4.mul(d1, v128.load(s1, 16)),
          f32x4.mul(d2, v128.load(s2, 16)), f32x4.mul(d3, v128.load(s3, 16)), products, o + 16, us);
      }
    }
  }
}

// Stores 4 bins of one sample into gradient[bins][nFft].
// @ts-ignore: decorator
@inline
function scatterBins(v: v128, gradient: usize, bin: i32, count: i32, nFft: i32, sample: i32): void {
  const row = <usize>nFft << 2;
  const p = gradient + <usize>bin * row + (<usize>sample << 2);
  store<f32>(p, f32x4.extract_lane(v, 0));
  if (count > 1) store<f32>(p + row, f32x4.extract_lane(v, 1));
  if (count > 2) store<f32>(p + 2 * row, f32x4.extract_lane(v, 2));
  if (count > 3) store<f32>(p + 3 * row, f32x4.extract_lane(v, 3));
}

// Transposed kernel transform G^T: sums of products `c`, `cs` apart, to the gradient of each tap.
// @ts-ignore: decorator
@inline
function gradientOfTaps(c: usize, cs: usize, products: i32, gradient: usize, bin: i32, count: i32, nFft: i32,
  rows: i32, k: i32): void {
  const c0 = v128.load(c);
  if (products == 1) {
    scatterBins(c0, gradient, bin, count, nFft, k);
    return;
  }
  const c1 = v128.load(c + cs), c2 = v128.load(c + 2 * cs), c3 = v128.load(c + 3 * cs);
  const s1 = f32x4.add(c1, c2), d1 = f32x4.sub(c1, c2);
  let w0: v128, w1: v128, w2: v128;
  if (products == 4) {
    const half = f32x4.splat(0.5);
    w0 = f32x4.relaxed_madd(s1, half, c0);
    w1 = f32x4.mul(d1, half);
    w2 = f32x4.relaxed_madd(s1, half, c3);
  } else {
    const c4 = v128.load(c + 4 * cs), c5 = v128.load(c + 5 * cs);
    const s2 = f32x4.add(c3, c4), d2 = f32x4.sub(c3, c4);
    const sixth = f32x4.splat(1.0 / 6.0);
    w0 = f32x4.relaxed_madd(c0, f32x4.splat(0.25),
      f32x4.mul(sixth, f32x4.relaxed_madd(s2, f32x4.splat(0.25), f32x4.neg(s1))));
    w1 = f32x4.mul(sixth, f32x4.relaxed_madd(d2, f32x4.splat(0.5), f32x4.neg(d1)));
    w2 = f32x4.relaxed_madd(sixth, f32x4.sub(s2, s1), c5);
  }
  scatterBins(w0, gradient, bin, count, nFft, k);
  scatterBins(w1, gradient, bin, count, nFft, k + rows);
  scatterBins(w2, gradient, bin, count, nFft, k + 2 * rows);
}

// Chunk: `wider` panels, so nothing is summed across threads. dcos, dsin [bins][nFft].
// Scratch: u for `group` clips, then sums[product][panel][sampleRows][8] with sampleRows = rows rounded up to tiles.
export function framedPowerGradient(chunk: i32, scratch: usize, v: usize, spectrum: usize, dPower: usize, batch: i32,
  total: i32, hop: i32, rows: i32, tiles: i32, frames: i32, bins: i32, nFft: i32, products: i32, group: i32,
  wider: i32, dcos: usize, dsin: usize): void {
  const panels = (bins + 3) >> 2;
  const j = chunk * wider;
  const wide = min(wider, panels - j);
  const sampleRows = (rows + 5) / 6 * 6; // reads a little beyond a row: those sums are not used
  const sums = scratch + (<usize>(products * wide * group * tiles) << 5);
  const sumsProduct = <usize>(wide * sampleRows) << 5;
  for (let first = 0; first < batch; first += group) {
    const clips = min(group, batch - first);
    const places = clips * tiles;
    spreadGradient(spectrum, dPower, first, clips, tiles, frames, bins, panels, j, wide, products, scratch);
    if (products == 1) {
      tilesByColumn(sampleRows, wide, places, v + (<usize>(first * total) << 2), <usize>hop << 2, scratch, 32,
        <usize>places << 5, sums, 32, <usize>sampleRows << 5, first > 0);
      continue;
    }
    const columns = (rows + PANEL_COLUMNS - 1) / PANEL_COLUMNS;
    for (let p = 0; p < products; p++) {
      const b = scratch + (<usize>(p * wide * places) << 5);
      for (let c = 0; c < columns; c++) {
        const from = c * PANEL_COLUMNS;
        const a = v + (<usize>(((p * columns + c) * batch + first) * tiles * PANEL_COLUMNS) << 2);
        tilesByColumn(min(PANEL_COLUMNS, sampleRows - from), wide, places, a, PANEL_COLUMNS << 2, b, 32,
          <usize>places << 5, sums + sumsProduct * p + (<usize>from << 5), 32, <usize>sampleRows << 5, first > 0);
      }
    }
  }
  for (let w = 0; w < wide; w++) {
    const bin = (j + w) << 2;
    const count = min(4, bins - bin);
    for (let k = 0; k < rows; k++) {
      const c = sums + (<usize>(w * sampleRows + k) << 5);
      gradientOfTaps(c, sumsProduct, products, dcos, bin, count, nFft, rows, k);
      gradientOfTaps(c + 16, sumsProduct, products, dsin, bin, count, nFft, rows, k);
    }
  }
}
