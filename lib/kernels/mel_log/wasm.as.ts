// Log of filtered power. `wide` is the number of bands rounded up to panels of 8.

// Chunk: one clip. shifted[batch][frames][wide] = power basis^T + offset; out[batch][bands][frames] = log(shifted).
// Scratch: 16 numbers.
export function melLogForward(clip: i32, scratch: usize, power: usize, frames: i32, bins: i32, packed: usize,
  bands: i32, offset: f32, shifted: usize, out: usize): void {
  const panels = (bands + 7) >> 3;
  const row = <usize>panels << 5;
  const e = shifted + <usize>(clip * frames) * row;
  tilesByRow(frames, panels, bins, power + (<usize>(clip * frames * bins) << 2), <usize>bins << 2, packed, 32,
    <usize>bins << 5, e, row, 32, false);
  const o = out + (<usize>(clip * bands * frames) << 2);
  const line = <usize>frames << 2;
  const shift = f32x4.splat(offset);
  writeLogNumbers(scratch);
  const c0 = logNumber(scratch, 0), c1 = logNumber(scratch, 1), c2 = logNumber(scratch, 2);
  const c3 = logNumber(scratch, 3), c4 = logNumber(scratch, 4), c5 = logNumber(scratch, 5);
  const c6 = logNumber(scratch, 6), c7 = logNumber(scratch, 7), c8 = logNumber(scratch, 8);
  const c9 = logNumber(scratch, 9), c10 = logNumber(scratch, 10), c11 = logNumber(scratch, 11);
  const c12 = logNumber(scratch, 12);
  for (let t = 0; t < frames; t++) {
    for (let m = 0; m < bands; m += 4) {
      const p = e + <usize>t * row + (<usize>m << 2);
      const energy = f32x4.add(v128.load(p), shift);
      v128.store(p, energy);
      const y = logBy4(energy, true, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12);
      const q = o + <usize>m * line + (<usize>t << 2);
      store<f32>(q, f32x4.extract_lane(y, 0));
      if (m + 1 < bands) store<f32>(q + line, f32x4.extract_lane(y, 1));
      if (m + 2 < bands) store<f32>(q + 2 * line, f32x4.extract_lane(y, 2));
      if (m + 3 < bands) store<f32>(q + 3 * line, f32x4.extract_lane(y, 3));
    }
  }
}

// Chunk: one clip. dEnergy[batch][frames][wide] = dy[batch][bands][frames] / shifted; columns beyond are zero.
export function melLogEnergyGradient(clip: i32, _scratch: usize, dy: usize, shifted: usize, frames: i32, bands: i32,
  dEnergy: usize): void {
  const wide = (bands + 7) & ~7;
  const place = <usize>(clip * frames * wide) << 2;
  const source = dy + (<usize>(clip * bands * frames) << 2);
  if (frames < 4) {
    for (let t = 0; t < frames; t++) {
      for (let m = 0; m < wide; m++) {
        const at = place + (<usize>(t * wide + m) << 2);
        const d: f32 = m < bands ? load<f32>(source + (<usize>(m * frames + t) << 2)) / load<f32>(shifted + at) : 0;
        store<f32>(dEnergy + at, d);
      }
    }
    return;
  }
  const row = <usize>wide << 2, line = <usize>frames << 2;
  const last = bands - 1;
  for (let m = 0; m < wide; m += 4) {
    const valid = i32x4.le_s(i32x4.add(i32x4.splat(m), i32x4(0, 1, 2, 3)), i32x4.splat(last));
    const from0 = source + <usize>min(m, last) * line, from1 = source + <usize>min(m + 1, last) * line;
    const from2 = source + <usize>min(m + 2, last) * line, from3 = source + <usize>min(m + 3, last) * line;
    for (let i = 0; i < frames; i += 4) {
      const t = min(i, frames - 4);
      const at = <usize>t << 2;
      const y0 = v128.load(from0 + at), y1 = v128.load(from1 + at);
      const y2 = v128.load(from2 + at), y3 = v128.load(from3 + at);
      const a = v128.shuffle<i32>(y0, y1, 0, 4, 1, 5), b = v128.shuffle<i32>(y0, y1, 2, 6, 3, 7);
      const c = v128.shuffle<i32>(y2, y3, 0, 4, 1, 5), d = v128.shuffle<i32>(y2, y3, 2, 6, 3, 7);
      let p = place + <usize>t * row + (<usize>m << 2);
      energyGradient(dEnergy, shifted, p, v128.shuffle<i64>(a, c, 0, 2), valid);
      energyGradient(dEnergy, shifted, p += row, v128.shuffle<i64>(a, c, 1, 3), valid);
      energyGradient(dEnergy, shifted, p += row, v128.shuffle<i64>(b, d, 0, 2), valid);
      energyGradient(dEnergy, shifted, p + row, v128.shuffle<i64>(b, d, 1, 3), valid);
    }
  }
}

// @ts-ignore: decorator
@inline
function energyGradient(dEnergy: usize, shifted: usize, at: usize, dy: v128, valid: v128): void {
  v128.store(dEnergy + at, v128.and(f32x4.div(dy, v128.load(shifted + at)), valid));
}

// Chunk: a share of the batch. sums[share][panel][bins][8] = power^T dEnergy over its clips. Scratch: 4 numbers.
export function melLogBasisSums(share: i32, scratch: usize, power: usize, dEnergy: usize, batch: i32, shares: i32,
  frames: i32, bins: i32, bands: i32, sums: usize): void {
  const panels = (bands + 7) >> 3;
  const row = <usize>panels << 5;
  const out = sums + (<usize>(share * panels * bins) << 5);
  const first = batch * share / shares;
  for (let clip = first; clip < batch * (share + 1) / shares; clip++) {
    const p = power + (<usize>(clip * frames * bins) << 2);
    v128.store(scratch, linesOf(p, <usize>(frames * bins) << 2));
    tilesByColumn(bins, panels, frames, p, <usize>bins << 2,
      dEnergy + <usize>(clip * frames) * row, row, 32, out, 32, <usize>bins << 5, clip > first);
  }
}

// Something of every line of `bytes` >= 16, read in order: the processor fetches ahead of that, but not of columns.
// @ts-ignore: decorator
@inline
function linesOf(p: usize, bytes: usize): v128 {
  let any = i32x4.splat(0);
  for (const end = p + bytes - 12; p < end; p += 64) any = v128.or(any, v128.load(p));
  return any;
}

// Chunk: one band. basis[bands][bins] = the shares' sums in order.
export function melLogBasisGradient(band: i32, _scratch: usize, sums: usize, shares: i32, bins: i32, bands: i32,
  basis: usize): void {
  const share = <usize>(((bands + 7) >> 3) * bins) << 5;
  const from = sums + (<usize>((band >> 3) * bins) << 5) + (<usize>(band & 7) << 2);
  for (let k = 0; k < bins; k++) {
    let total: f32 = 0;
    for (let s = 0; s < shares; s++) total += load<f32>(from + share * s + (<usize>k << 5));
    store<f32>(basis + (<usize>(band * bins + k) << 2), total);
  }
}

// Chunk: one clip. dPower[batch][frames][bins] = dEnergy basis; bins >= 8.
export function melLogPowerGradient(clip: i32, _scratch: usize, dEnergy: usize, basis: usize, frames: i32, bins: i32,
  bands: i32, dPower: usize): void {
  const row = <usize>((bands + 7) >> 3) << 5;
  productOfColumns(frames, 0, bins, bands, dEnergy + <usize>(clip * frames) * row, row, basis, bins,
    dPower + (<usize>(clip * frames * bins) << 2));
}
