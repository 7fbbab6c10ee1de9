// Spectra of a fixed short-time Fourier transform, and what a bank of filters makes of them: four frames at a time, one
// in each lane, from samples to features without leaving the caches.

// Rows of four numbers as columns: lane i of column j is lane j of row i.
// @ts-ignore: decorator
@inline
function storeColumns(r0: v128, r1: v128, r2: v128, r3: v128, o0: usize, o1: usize, o2: usize, o3: usize): void {
  const a = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), b = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const c = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), d = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(o0, v128.shuffle<i64>(a, c, 0, 2));
  v128.store(o1, v128.shuffle<i64>(a, c, 1, 3));
  v128.store(o2, v128.shuffle<i64>(b, d, 0, 2));
  v128.store(o3, v128.shuffle<i64>(b, d, 1, 3));
}

// @ts-ignore: decorator
@inline
function gathered(p: usize, step: usize): v128 {
  let v = v128.load32_zero(p);
  v = f32x4.replace_lane(v, 1, load<f32>(p + step));
  v = f32x4.replace_lane(v, 2, load<f32>(p + 2 * step));
  return f32x4.replace_lane(v, 3, load<f32>(p + 3 * step));
}

// Four frames that begin `hop` bytes apart, times the window: sample n at o + 16 n. Even samples are the real parts and
// odd ones the imaginary parts of a signal half as long.
function loadFrames(p: usize, hop: usize, window: usize, samples: i32, o: usize): void {
  const p1 = p + hop, p2 = p1 + hop, p3 = p2 + hop;
  const whole = <usize>(samples & ~3) << 2, end = <usize>samples << 2;
  let n: usize = 0;
  for (; n < whole; n += 16) {
    const w = v128.load(window + n), q = o + (n << 2);
    storeColumns(f32x4.mul(w, v128.load(p + n)), f32x4.mul(w, v128.load(p1 + n)), f32x4.mul(w, v128.load(p2 + n)),
      f32x4.mul(w, v128.load(p3 + n)), q, q + 16, q + 32, q + 48);
  }
  for (; n < end; n += 4) {
    v128.store(o + (n << 2), f32x4.mul(v128.load32_splat(window + n), gathered(p + n, hop)));
  }
}

// Four frames as Kaldi has them: without their means, each sample without so much of the one before, times the window;
// returned are their energies before that.
function loadConditioned(p: usize, hop: usize, window: usize, samples: i32, removeDc: bool, preemphasis: f32,
  o: usize): v128 {
  const end = o + (<usize>samples << 4);
  let even = f32x4.splat(0), odd = f32x4.splat(0);
  for (let q = o; q < end; q += 16, p += 4) {
    const x = gathered(p, hop), sum = f32x4.add(odd, x);
    v128.store(q, x);
    odd = even;
    even = sum;
  }
  const mean = removeDc ? f32x4.div(f32x4.add(even, odd), f32x4.splat(<f32>samples)) : f32x4.splat(0);
  const share = f32x4.splat(preemphasis);
  let before = f32x4.sub(v128.load(o), mean);
  even = f32x4.splat(0);
  odd = f32x4.splat(0);
  for (let q = o; q < end; q += 16, window += 4) {
    const x = f32x4.sub(v128.load(q), mean), sum = f32x4.add(odd, f32x4.mul(x, x));
    v128.store(q, f32x4.mul(v128.load32_splat(window), f32x4.sub(x, f32x4.mul(share, before))));
    before = x;
    odd = even;
    even = sum;
  }
  return f32x4.add(even, odd);
}

// @ts-ignore: decorator
@inline
function powerOf(re: v128, im: v128, epsilon: v128): v128 {
  return f32x4.add(f32x4.add(f32x4.mul(re, re), f32x4.mul(im, im)), epsilon);
}

// Power of bins 0 .. half, bin k at o + 16 k, from the transform z of `half` numbers that each hold two samples: z[k] and
// the conjugate of z[half - k] are sum and difference of the even and the odd samples' transforms.
function separate(z: usize, half: i32, factors: usize, epsilon: v128, o: usize): void {
  const last = z + (<usize>half << 5);
  for (let k = 0; k <= half >> 1; k++, factors += 8) {
    const p = z + (<usize>k << 5), q = k == 0 ? z : last - (<usize>k << 5);
    const pr = v128.load(p), pi = v128.load(p, 16), qr = v128.load(q), qi = v128.load(q, 16);
    const er = f32x4.add(pr, qr), ei = f32x4.sub(pi, qi), dr = f32x4.sub(pr, qr), di = f32x4.add(pi, qi);
    const w = v128.load64_zero(factors), c = v128.shuffle<f32>(w, w, 0, 0, 0, 0), s = v128.shuffle<f32>(w, w, 1, 1, 1, 1);
    const wr = f32x4.sub(f32x4.mul(dr, c), f32x4.mul(di, s)), wi = f32x4.add(f32x4.mul(dr, s), f32x4.mul(di, c));
    v128.store(o + (<usize>k << 4), powerOf(f32x4.add(er, wi), f32x4.sub(ei, wr), epsilon));
    v128.store(o + (<usize>(half - k) << 4), powerOf(f32x4.sub(er, wi), f32x4.add(ei, wr), epsilon));
  }
}

// In place: of `count` vectors from p on.
function takeRoots(p: usize, count: i32): void {
  for (const end = p + (<usize>count << 4); p < end; p += 16) v128.store(p, f32x4.sqrt(v128.load(p)));
}

// Bins of up to four frames, each frame a row of out.
function storeSpectra(spectrum: usize, bins: i32, frames: i32, out: usize): void {
  const row = <usize>bins << 2;
  let k = 0;
  if (frames >= 4) {
    for (; k + 4 <= bins; k += 4) {
      const p = spectrum + (<usize>k << 4), o = out + (<usize>k << 2);
      storeColumns(v128.load(p), v128.load(p, 16), v128.load(p, 32), v128.load(p, 48), o, o + row, o + 2 * row,
        o + 3 * row);
    }
  }
  const present = min(frames, 4);
  for (; k < bins; k++) {
    for (let t = 0; t < present; t++) {
      store<f32>(out + row * t + (<usize>k << 2), load<f32>(spectrum + (<usize>k << 4) + (<usize>t << 2)));
    }
  }
}

// Energies of bands, one after the other at o. `bank`: for each band its first bin, how many it has in whole fours, and
// their weights.
function filterSpectrum(spectrum: usize, bank: usize, bands: i32, o: usize): void {
  for (const end = o + (<usize>bands << 4); o < end; o += 16) {
    let p = spectrum + (<usize>load<u32>(bank) << 4);
    const last = bank + 8 + (<usize>load<u32>(bank, 4) << 2);
    let even = f32x4.splat(0), odd = f32x4.splat(0);
    for (bank += 8; bank < last; bank += 16, p += 64) {
      const w = v128.load(bank);
      even = f32x4.add(even, f32x4.mul(v128.shuffle<f32>(w, w, 0, 0, 0, 0), v128.load(p)));
      odd = f32x4.add(odd, f32x4.mul(v128.shuffle<f32>(w, w, 1, 1, 1, 1), v128.load(p, 16)));
      even = f32x4.add(even, f32x4.mul(v128.shuffle<f32>(w, w, 2, 2, 2, 2), v128.load(p, 32)));
      odd = f32x4.add(odd, f32x4.mul(v128.shuffle<f32>(w, w, 3, 3, 3, 3), v128.load(p, 48)));
    }
    v128.store(o, f32x4.add(even, odd));
  }
}

// In place, four bands at a time, which share the constants; what lies behind the last band is written too.
function takeLogs(e: usize, bands: i32, offset: v128): void {
  for (const end = e + (<usize>bands << 4); e < end; e += 64) {
    const a = f32x4.add(v128.load(e), offset), b = f32x4.add(v128.load(e, 16), offset);
    const c = f32x4.add(v128.load(e, 32), offset), d = f32x4.add(v128.load(e, 48), offset);
    v128.store(e, logOf4(a, false));
    v128.store(e, logOf4(b, false), 16);
    v128.store(e, logOf4(c, false), 32);
    v128.store(e, logOf4(d, false), 48);
  }
}

// Bands of up to four frames, each band a row of out.
function storeBands(e: usize, bands: i32, frames: i32, out: usize, row: usize): void {
  for (const end = e + (<usize>bands << 4); e < end; e += 16, out += row) {
    if (frames >= 4) {
      v128.store(out, v128.load(e));
      continue;
    }
    for (let t = 0; t < frames; t++) store<f32>(out + (<usize>t << 2), load<f32>(e + (<usize>t << 2)));
  }
}

// Float32 samples, or 16-bit integers at full scale 1.
function loadClip(wave: usize, samples: i32, integers: bool, o: usize): void {
  if (!integers) {
    memory.copy(o, wave, <usize>samples << 2);
    return;
  }
  const scale = f32x4.splat(1.0 / 32768), whole = wave + (<usize>(samples & ~7) << 1), end = wave + (<usize>samples << 1);
  for (; wave < whole; wave += 16, o += 32) {
    const x = v128.load(wave);
    v128.store(o, f32x4.mul(scale, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(x))));
    v128.store(o, f32x4.mul(scale, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(x))), 16);
  }
  for (; wave < end; wave += 2, o += 4) store<f32>(o, <f32>load<i16>(wave) * (1.0 / 32768));
}

// What frames see beyond the ends of a clip at x + 4 pad, from x to behind `total` samples: zeros, or the clip backwards
// with `again` = 1 or without (0) its last sample again.
function extendClip(x: usize, samples: i32, pad: i32, total: i32, mirrored: bool, again: i32): void {
  const end = pad + samples;
  for (let i = 0; i < pad; i++) {
    store<f32>(x + (<usize>i << 2), mirrored ? load<f32>(x + (<usize>(2 * pad - again - i) << 2)) : 0);
  }
  for (let i = end; i < total; i++) {
    const from = 2 * end - 2 + again - i;
    store<f32>(x + (<usize>i << 2), mirrored && from >= pad ? load<f32>(x + (<usize>from << 2)) : 0);
  }
}

// Of an extended clip of `total` samples at the start of scratch: out[frames][bins] without a bank, out[bands][frames] with
// one; nFft is even. Tables: half the window of `frame` samples, the factors that separate even from odd samples, the
// passes. Frames are conditioned or taken as they are; an energy scale other than 0 asks for their energies behind the
// bins. Scratch: the extended clip, filled up to whole groups of four frames; two buffers of nFft vectors; the spectrum
// and three more; the bands in whole fours.
function transformClip(scratch: usize, total: i32, hop: i32, frame: i32, nFft: i32, frames: i32, tables: usize,
  conditioned: bool, removeDc: bool, preemphasis: f32, energyScale: f32, powerEpsilon: f32, root: bool, maskStart: i32,
  maskEnd: i32, bank: usize, bands: i32, logs: bool, offset: f32, out: usize): void {
  const half = nFft >> 1, bins = half + 1, columns = energyScale == 0 ? bins : bins + 1;
  const x = scratch + (<usize>((total + 3) & ~3) << 2), y = x + (<usize>nFft << 4), spectrum = y + (<usize>nFft << 4);
  const factors = tables + (<usize>frame << 2), passes = factors + (<usize>((half >> 1) + 1) << 3);
  const energies = spectrum + (<usize>(columns + 3) << 4), behind = spectrum + (<usize>bins << 4);
  memory.fill(spectrum + (<usize>columns << 4), 0, 48); // what a filter's last four may reach
  const epsilon = f32x4.splat(powerEpsilon), shift = f32x4.splat(offset), height = f32x4.splat(energyScale);
  for (let t = 0; t < frames; t += 4) {
    const p = scratch + (<usize>(t * hop) << 2), apart = <usize>hop << 2;
    if (conditioned) {
      const energy = f32x4.mul(height, loadConditioned(p, apart, tables, frame, removeDc, preemphasis, x));
      if (columns > bins) v128.store(behind, root ? f32x4.sqrt(energy) : energy);
    } else {
      loadFrames(p, apart, tables, frame, x);
    }
    memory.fill(x + (<usize>frame << 4), 0, <usize>(nFft - frame) << 4);
    separate(fourTransforms(x, y, half, passes), half, factors, epsilon, spectrum);
    if (root) takeRoots(spectrum, bins);
    memory.fill(spectrum + (<usize>maskStart << 4), 0, <usize>(maskEnd - maskStart) << 4);
    if (bank) {
      filterSpectrum(spectrum, bank, bands, energies);
      if (logs) takeLogs(energies, bands, shift);
      storeBands(energies, bands, frames - t, out + (<usize>t << 2), <usize>frames << 2);
    } else {
      storeSpectra(spectrum, columns, frames - t, out + (<usize>(t * columns) << 2));
    }
  }
}

// Samples that a group of four frames may reach.
// @ts-ignore: decorator
@inline
function totalOf(frames: i32, hop: i32, frame: i32): i32 {
  return (((frames + 3) & ~3) - 1) * hop + frame;
}

// Chunk: one clip of many that are equally long, of float32 samples, with `pad` samples reflected at both ends.
export function spectrumForward(clip: i32, scratch: usize, wave: usize, samples: i32, pad: i32, hop: i32, frame: i32,
  nFft: i32, frames: i32, tables: usize, conditioned: bool, removeDc: bool, preemphasis: f32, energyScale: f32,
  powerEpsilon: f32, root: bool, maskStart: i32, maskEnd: i32, bank: usize, bands: i32, logs: bool, offset: f32,
  out: usize): void {
  const total = totalOf(frames, hop, frame), columns = (nFft >> 1) + (energyScale == 0 ? 1 : 2);
  loadClip(wave + (<usize>(clip * samples) << 2), min(samples, total - pad), false, scratch + (<usize>pad << 2));
  extendClip(scratch, samples, pad, total, true, 0);
  transformClip(scratch, total, hop, frame, nFft, frames, tables, conditioned, removeDc, preemphasis, energyScale,
    powerEpsilon, root, maskStart, maskEnd, bank, bands, logs, offset,
    out + (<usize>(clip * frames * (bank ? bands : columns)) << 2));
}

// Chunk: one clip of many of any lengths. `clips`: four words for each, the address of its samples (float32 or 16-bit
// integers), their number, that of its frames, and where what is made of it goes.
export function spectrumOfClips(clip: i32, scratch: usize, clips: usize, integers: bool, mirrored: bool, again: i32,
  pad: i32, hop: i32, frame: i32, nFft: i32, tables: usize, conditioned: bool, removeDc: bool, preemphasis: f32,
  energyScale: f32, powerEpsilon: f32, root: bool, maskStart: i32, maskEnd: i32, bank: usize, bands: i32, logs: bool,
  offset: f32): void {
  const entry = clips + (<usize>clip << 4), samples = load<i32>(entry, 4), frames = load<i32>(entry, 8);
  const total = totalOf(frames, hop, frame);
  loadClip(load<u32>(entry), min(samples, total - pad), integers, scratch + (<usize>pad << 2));
  extendClip(scratch, samples, pad, total, mirrored, again);
  transformClip(scratch, total, hop, frame, nFft, frames, tables, conditioned, removeDc, preemphasis, energyScale,
    powerEpsilon, root, maskStart, maskEnd, bank, bands, logs, offset, load<u32>(entry, 12));
}
