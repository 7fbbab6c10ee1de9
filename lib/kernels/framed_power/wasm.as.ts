// Power of framed samples and the gradient of its kernels. A window of three hops makes the transform a filter with
// three taps over rows of one hop: Y[t] = X[t] W0 + X[t+1] W1 + X[t+2] W2, which minimal filtering computes by
// `products` = 8 products of matrices for six frames, or 4 for two; 1 is the plain product of each frame. Gradients are
// those of 8 and 1.
//
// Kernels lie in panels of 4 cosine and 4 sine columns, so real and imaginary part of a bin meet in one tile.
// Common sizes: `rows` samples of a row (hop; or the window, plain), `tiles` of a clip (frames, plain).

// Frames that a tile yields.
// @ts-ignore: decorator
@inline
function outputsOf(products: i32): i32 {
  return products == 1 ? 1 : products - 2;
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

// Transformed inputs: tile t of six frames reads rows 6 t .. 6 t + 7. Columns go out in panels of 12: product a of tile
// t, panel c, at v + a vProduct + c vPanel + t vRow.
function transformRows(x: usize, tiles: i32, rows: i32, products: i32, v: usize, vProduct: usize, vPanel: usize,
  vRow: usize): void {
  const row = <usize>rows << 2;
  const step = row * outputsOf(products);
  for (let t = 0; t < tiles; t++) {
    let p = x + <usize>t * step;
    const end = p + row;
    for (let panel = v + <usize>t * vRow; p < end; panel += vPanel) {
      const panelEnd = min(end, p + 48);
      for (let o = panel; p < panelEnd; p += 16, o += 16) {
        if (products == 8) transformInputs(p, row, o, vProduct);
        else transformFewInputs(p, row, o, vProduct);
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
      const c1 = gatherBins(wcos, bin, count, nFft, k + rows), c2 = gatherBins(wcos, bin, count, nFft, k + 2 * rows);
      const s1 = gatherBins(wsin, bin, count, nFft, k + rows), s2 = gatherBins(wsin, bin, count, nFft, k + 2 * rows);
      if (products == 8) {
        transformTaps(c, c1, c2, o, product);
        transformTaps(s, s1, s2, o + 16, product);
      } else {
        transformFewTaps(c, c1, c2, o, product);
        transformFewTaps(s, s1, s2, o + 16, product);
      }
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
  if (count >= 4) {
    v128.store(power, y);
    return;
  }
  store<f32>(power, f32x4.extract_lane(y, 0));
  if (count > 1) store<f32>(power, f32x4.extract_lane(y, 1), 4);
  if (count > 2) store<f32>(power, f32x4.extract_lane(y, 2), 8);
}

// Chunk: a part of the panels for a group of clips; `whole` groups are of `group` clips, the rest makes two.
// spectrum [batch][frames][panels * 8] or 0; power [batch][frames][bins]. Scratch: one padded clip of `total` samples, transformed
// rows, products of `wider` panels.
export function framedPowerForward(chunk: i32, scratch: usize, wave: usize, batch: i32, samples: i32, pad: i32,
  total: i32, hop: i32, rows: i32, tiles: i32, frames: i32, bins: i32, products: i32, group: i32, whole: i32,
  parts: i32, wider: i32, packed: usize, spectrum: usize, power: usize, powerEpsilon: f32): void {
  const index = chunk / parts, part = chunk % parts;
  const size = index < whole ? group : (batch - whole * group + 1) >> 1;
  const first = index < whole ? index * group : whole * group + (index - whole) * size;
  const clips = min(size, batch - first);
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
        if (products > 1) {
          for (let cell = q, end = q + (<usize>wide << 5); cell < end; cell += 16) {
            if (products == 8) transformOutputs(cell, outProduct);
            else transformFewOutputs(cell, outProduct);
          }
        }
        const left = min(m, frames - tile * m);
        for (let y = 0; y < left; y++) {
          const place = (first + i) * frames + tile * m + y;
          let cell = q + outProduct * y, s = spectrum ? spectrum + (<usize>(place * panels + j) << 5) : 0;
          let bin = j << 2;
          for (let w = 0; w < wide; w++, bin += 4, cell += 32) {
            storeFrame(v128.load(cell), v128.load(cell, 16), s, power + (<usize>(place * bins + bin) << 2), bins - bin,
              epsilon);
            if (s) s += 32;
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
      const left = min(m, frames - tile * m);
      const place = (first + i) * frames + tile * m;
      for (let w = 0; w < wide; w++) {
        const bin = (j + w) << 2;
        const count = bins - bin;
        const s = spectrum + (<usize>(place * panels + j + w) << 5), d = dPower + (<usize>(place * bins + bin) << 2);
        const f1 = left > 1 ? 1 : 0, f2 = left > 2 ? 2 : 0, f3 = left > 3 ? 3 : 0, f4 = left > 4 ? 4 : 0;
        const f5 = left > 5 ? 5 : 0;
        const d0 = twicePower(true, d, count), d1 = twicePower(f1 > 0, d + power, count);
        const d2 = twicePower(f2 > 0, d + 2 * power, count), d3 = twicePower(f3 > 0, d + 3 * power, count);
        const d4 = twicePower(f4 > 0, d + 4 * power, count), d5 = twicePower(f5 > 0, d + 5 * power, count);
        const s1 = s + frame * f1, s2 = s + frame * f2, s3 = s + frame * f3, s4 = s + frame * f4, s5 = s + frame * f5;
        const o = u + (<usize>(w * places + i * tiles + tile) << 5);
        for (let half: usize = 0; half < 32; half += 16) {
          const y0 = f32x4.mul(d0, v128.load(s + half));
          if (products == 1) {
            v128.store(o + half, y0);
            continue;
          }
          spreadOutputs(y0, f32x4.mul(d1, v128.load(s1 + half)), f32x4.mul(d2, v128.load(s2 + half)),
            f32x4.mul(d3, v128.load(s3 + half)), f32x4.mul(d4, v128.load(s4 + half)),
            f32x4.mul(d5, v128.load(s5 + half)), o + half, us);
        }
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

// Chunk: a share of the panels, so nothing is summed across threads. dcos, dsin [bins][nFft].
// Scratch: u for `group` clips, then sums[product][panel][sampleRows][8] with sampleRows = rows rounded up to tiles.
export function framedPowerGradient(chunk: i32, scratch: usize, v: usize, spectrum: usize, dPower: usize, batch: i32,
  total: i32, hop: i32, rows: i32, tiles: i32, frames: i32, bins: i32, nFft: i32, products: i32, group: i32,
  shares: i32, dcos: usize, dsin: usize): void {
  const panels = (bins + 3) >> 2;
  const j = panels * chunk / shares;
  const wide = panels * (chunk + 1) / shares - j;
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
      for (let half: usize = 0; half < 32; half += 16) {
        const c = sums + (<usize>(w * sampleRows + k) << 5) + half;
        const gradient = half ? dsin : dcos;
        if (products > 1) gatherTaps(c, sumsProduct);
        for (let tap = 0, sample = k; sample < nFft; tap++, sample += rows) {
          scatterBins(v128.load(c + sumsProduct * tap), gradient, bin, count, nFft, sample);
        }
      }
    }
  }
}
