// Waves through filters of many taps, rectified and pooled: y[n] = sum over k of wave[n stride - before + k] g[k], then
// e = |y|^2 of a complex filter or max(y, slope y) of a real one, then out[t] = sum over p of w[p] e[t hop - left + p],
// or the largest e there. What lies between wave and frames never leaves a thread's own memory.
//
// Eight columns of taps are a panel: the real and then the imaginary parts of four complex filters, or eight real ones.
// Where every position is wanted (`length` > 0) panels are convolved by transforms of that length, `step` positions at a
// time, four filters in the lanes; else by products of matrices. e of four filters at one position is a vector; a real
// panel has two sets of them. `counts`: int32 [batch], positions of each clip that count; e is zero behind them.

// Waves as rows of `length`, each `step` on from the last and the first one beginning `before` the clip; zeros outside.
function gatherBlocks(wave: usize, samples: i32, from: i32, step: i32, length: i32, x: usize): void {
  for (let n = 0; n < length; n++, x += 32) {
    for (let lane = 0; lane < 4; lane++) {
      const i = from + lane * step + n;
      store<f32>(x + (<usize>lane << 2), i >= 0 && i < samples ? load<f32>(wave + (<usize>i << 2)) : 0);
    }
    v128.store(x, f32x4.splat(0), 16);
  }
}

// Chunk: one clip. Writes the transforms of its blocks: spectra[batch][blocks][length][2].
export function pooledFiltersSpectra(clip: i32, scratch: usize, wave: usize, samples: i32, before: i32, length: i32,
  step: i32, blocks: i32, passes: usize, spectra: usize): void {
  const source = wave + (<usize>(clip * samples) << 2);
  const row = <usize>length << 3;
  for (let b = 0; b < blocks; b += 4) {
    gatherBlocks(source, samples, b * step - before, step, length, scratch);
    const z = fourTransforms(scratch, scratch + (<usize>length << 5), length, passes);
    const left = min(4, blocks - b);
    for (let lane = 0; lane < left; lane++) {
      let o = spectra + row * (clip * blocks + b + lane);
      for (let p = z + (<usize>lane << 2), end = p + (<usize>length << 5); p < end; p += 32, o += 8) {
        store<f32>(o, load<f32>(p));
        store<f32>(o, load<f32>(p, 16), 4);
      }
    }
  }
}

// Chunk: one panel. From packed[panel][taps][8] the factors[panel][length][8] of spectra: the conjugate transform of
// the taps, divided by its length, so that the product's transform is the convolution in reverse.
export function pooledFiltersFactors(panel: i32, scratch: usize, packed: usize, taps: i32, length: i32, passes: usize,
  factors: usize): void {
  memory.copy(scratch, packed + (<usize>(panel * taps) << 5), <usize>taps << 5);
  memory.fill(scratch + (<usize>taps << 5), 0, <usize>(length - taps) << 5);
  const z = fourTransforms(scratch, scratch + (<usize>length << 5), length, passes);
  const o = factors + (<usize>panel * length << 5);
  const scale = f32x4.splat(<f32>(1 / <f64>length));
  for (let k = 0; k < length; k++) {
    const p = z + (<usize>(k == 0 ? 0 : length - k) << 5), q = o + (<usize>k << 5);
    v128.store(q, f32x4.mul(scale, v128.load(p)));
    v128.store(q, f32x4.mul(scale, v128.load(p, 16)), 16);
  }
}

// y[count][8] of one clip and panel. `x`: two buffers of transforms; or, for products, the padded clip.
function convolvePanel(clip: i32, panel: i32, count: i32, x: usize, spectra: usize, blocks: i32, length: i32, step: i32,
  passes: usize, stride: i32, taps: i32, filters: usize, y: usize): void {
  if (length == 0) {
    tilesByRow(count, 1, taps, x, <usize>stride << 2, filters + (<usize>(panel * taps) << 5), 32, 0, y, 32, 0, false);
    return;
  }
  const factors = filters + (<usize>panel * length << 5);
  for (let from = 0, b = 0; from < count; from += step, b++) {
    let s = spectra + (<usize>(clip * blocks + b) * length << 3);
    for (let h = factors, o = x, end = x + (<usize>length << 5); o < end; s += 8, h += 32, o += 32) {
      const c = v128.load32_splat(s), d = v128.load32_splat(s, 4), re = v128.load(h), im = v128.load(h, 16);
      v128.store(o, f32x4.sub(f32x4.mul(re, c), f32x4.mul(im, d)));
      v128.store(o, f32x4.add(f32x4.mul(re, d), f32x4.mul(im, c)), 16);
    }
    const z = fourTransforms(x, x + (<usize>length << 5), length, passes);
    const some = min(step, count - from);
    let o = y + (<usize>from << 5);
    v128.store(o, v128.load(z));
    v128.store(o, v128.load(z, 16), 16);
    o += 32;
    for (let p = z + (<usize>(length - 1) << 5), end = o + (<usize>(some - 1) << 5); o < end; p -= 32, o += 32) {
      v128.store(o, v128.load(p));
      v128.store(o, v128.load(p, 16), 16);
    }
  }
}

// The clip with `before` zeros at its start, cut or filled with zeros to `total`.
function padWithZeros(wave: usize, samples: i32, before: i32, out: usize, total: i32): void {
  const body = min(samples, total - before);
  memory.fill(out, 0, <usize>before << 2);
  memory.copy(out + (<usize>before << 2), wave, <usize>body << 2);
  memory.fill(out + (<usize>(before + body) << 2), 0, <usize>(total - before - body) << 2);
}

// e of four filters at one position: set 0 or 1 of a panel.
// @ts-ignore: decorator
@inline
function rectified(y: usize, set: usize, complex: bool, slope: v128): v128 {
  if (complex) {
    const re = v128.load(y), im = v128.load(y, 16);
    return f32x4.add(f32x4.mul(re, re), f32x4.mul(im, im));
  }
  const v = v128.load(y + (set << 4));
  return f32x4.pmax(v, f32x4.mul(slope, v));
}

// @ts-ignore: decorator
@inline
function fourRows(p: usize, row: usize): v128 {
  let v = v128.load32_zero(p);
  v = f32x4.replace_lane(v, 1, load<f32>(p + row));
  v = f32x4.replace_lane(v, 2, load<f32>(p + 2 * row));
  return f32x4.replace_lane(v, 3, load<f32>(p + 3 * row));
}

// Address of the weights of four filters in packed[8 filters][width][8]; rows are 32 bytes apart.
// @ts-ignore: decorator
@inline
function windowOf(packed: usize, filter: i32, width: i32): usize {
  return packed + (<usize>((filter >> 3) * width) << 5) + (<usize>(filter & 4) << 2);
}

// Chunk: one clip and panel. out[batch][filters][frames], all filters of whole panels. Scratch: what convolvePanel
// needs in `room` bytes; y; e of a set.
export function pooledFiltersForward(chunk: i32, scratch: usize, room: usize, wave: usize, samples: i32, before: i32,
  total: i32, stride: i32, taps: i32, positions: i32, counts: usize, spectra: usize, blocks: i32, length: i32,
  step: i32, passes: usize, filters: usize, panels: i32, complex: bool, slope: f32, window: usize, width: i32,
  left: i32, hop: i32, frames: i32, largest: bool, out: usize): void {
  const clip = chunk / panels, panel = chunk % panels;
  const y = scratch + room, e = y + (<usize>positions << 5);
  const count = load<i32>(counts + (<usize>clip << 2));
  if (length == 0) padWithZeros(wave + (<usize>(clip * samples) << 2), samples, before, scratch, total);
  convolvePanel(clip, panel, count, scratch, spectra, blocks, length, step, passes, stride, taps, filters, y);
  const sets = complex ? 1 : 2, slopes = f32x4.splat(slope), row = <usize>frames << 2;
  for (let set = 0; set < sets; set++) {
    for (let n = 0; n < count; n++) {
      v128.store(e + (<usize>n << 4), rectified(y + (<usize>n << 5), set, complex, slopes));
    }
    const filter = (panel * sets + set) << 2;
    const weights = windowOf(window, filter, width);
    let o = out + row * (clip * panels * sets * 4 + filter);
    for (let t = 0; t < frames; t++, o += 4) {
      const from = t * hop - left;
      const first = max(0, -from), last = min(width, count - from);
      let sum = f32x4.splat(0);
      if (first < last) {
        let p = e + (<usize>(from + first) << 4), w = weights + (<usize>first << 5);
        const end = e + (<usize>(from + last) << 4);
        if (largest) {
          sum = v128.load(p);
          for (p += 16; p < end; p += 16) sum = f32x4.pmax(sum, v128.load(p));
        } else {
          let other = f32x4.splat(0);
          for (; p + 32 <= end; p += 32, w += 64) {
            sum = f32x4.relaxed_madd(v128.load(w), v128.load(p), sum);
            other = f32x4.relaxed_madd(v128.load(w, 32), v128.load(p, 16), other);
          }
          if (p < end) sum = f32x4.relaxed_madd(v128.load(w), v128.load(p), sum);
          sum = f32x4.add(sum, other);
        }
      }
      store<f32>(o, f32x4.extract_lane(sum, 0));
      store<f32>(o + row, f32x4.extract_lane(sum, 1));
      store<f32>(o + 2 * row, f32x4.extract_lane(sum, 2));
      store<f32>(o + 3 * row, f32x4.extract_lane(sum, 3));
    }
  }
}

// Adds the gradient of e of a set at de[positions][4], and that of its window, from dOut of four filters.
function spreadFrames(y: usize, set: i32, complex: bool, slopes: v128, count: i32, weights: usize, width: i32,
  left: i32, hop: i32, frames: i32, dOut: usize, row: usize, de: usize, dWeights: usize): void {
  for (let t = 0; t < frames; t++, dOut += 4) {
    const from = t * hop - left;
    const first = max(0, -from), last = min(width, count - from);
    const d = fourRows(dOut, row);
    for (let p = first; p < last; p++) {
      const at = <usize>(from + p), o = de + (at << 4), w = dWeights + (<usize>p << 5);
      v128.store(o, f32x4.relaxed_madd(d, v128.load(weights + (<usize>p << 5)), v128.load(o)));
      v128.store(w, f32x4.relaxed_madd(d, rectified(y + (at << 5), set, complex, slopes), v128.load(w)));
    }
  }
}

// The same where the largest e is taken: its first place has the gradient.
function spreadLargest(y: usize, set: i32, complex: bool, slopes: v128, count: i32, width: i32, left: i32, hop: i32,
  frames: i32, dOut: usize, row: usize, de: usize): void {
  for (let t = 0; t < frames; t++, dOut += 4) {
    const from = t * hop - left;
    const first = max(0, from), last = min(count, from + width);
    if (first >= last) continue;
    let most = rectified(y + (<usize>first << 5), set, complex, slopes), places = i32x4.splat(first);
    for (let n = first + 1; n < last; n++) {
      const e = rectified(y + (<usize>n << 5), set, complex, slopes);
      const more = f32x4.gt(e, most);
      most = v128.bitselect(e, most, more);
      places = v128.bitselect(i32x4.splat(n), places, more);
    }
    addAt(de, i32x4.extract_lane(places, 0), 0, load<f32>(dOut));
    addAt(de, i32x4.extract_lane(places, 1), 4, load<f32>(dOut + row));
    addAt(de, i32x4.extract_lane(places, 2), 8, load<f32>(dOut + 2 * row));
    addAt(de, i32x4.extract_lane(places, 3), 12, load<f32>(dOut + 3 * row));
  }
}

// @ts-ignore: decorator
@inline
function addAt(de: usize, place: i32, lane: usize, d: f32): void {
  const o = de + (<usize>place << 4) + lane;
  store<f32>(o, load<f32>(o) + d);
}

// In place: y becomes its gradient, from that of e of a set.
function differentiatePanel(y: usize, set: i32, complex: bool, slopes: v128, count: i32, de: usize): void {
  const one = f32x4.splat(1);
  for (const end = de + (<usize>count << 4); de < end; de += 16, y += 32) {
    const d = v128.load(de);
    if (complex) {
      const twice = f32x4.add(d, d);
      v128.store(y, f32x4.mul(twice, v128.load(y)));
      v128.store(y, f32x4.mul(twice, v128.load(y, 16)), 16);
    } else {
      const at = y + (<usize>set << 4), v = v128.load(at);
      v128.store(at, f32x4.mul(d, v128.bitselect(one, slopes, f32x4.gt(v, f32x4.mul(slopes, v)))));
    }
  }
}

// Adds (or, `fresh`, writes) what a clip's dy[count][8] makes of the taps' gradient: sums[length][8] in frequency, or
// sums[taps][8].
function correlatePanel(clip: i32, count: i32, x: usize, spectra: usize, blocks: i32, length: i32, step: i32,
  passes: usize, stride: i32, taps: i32, dy: usize, sums: usize, fresh: bool): void {
  if (length == 0) {
    tilesByColumn(taps, 1, count, x, <usize>stride << 2, dy, 32, 0, sums, 32, 0, !fresh);
    return;
  }
  for (let from = 0, b = 0; from < count; from += step, b++) {
    const some = min(step, count - from);
    memory.copy(x, dy + (<usize>from << 5), <usize>some << 5);
    memory.fill(x + (<usize>some << 5), 0, <usize>(length - some) << 5);
    const z = fourTransforms(x, x + (<usize>length << 5), length, passes);
    let s = spectra + (<usize>(clip * blocks + b) * length << 3);
    const write = fresh && b == 0;
    let p = z;
    for (let o = sums, end = o + (<usize>length << 5); o < end; s += 8, o += 32) {
      const c = v128.load32_splat(s), d = v128.load32_splat(s, 4), re = v128.load(p), im = v128.load(p, 16);
      const r = f32x4.sub(f32x4.mul(re, c), f32x4.mul(im, d)), i = f32x4.add(f32x4.mul(re, d), f32x4.mul(im, c));
      v128.store(o, write ? r : f32x4.add(v128.load(o), r));
      v128.store(o, write ? i : f32x4.add(v128.load(o, 16), i), 16);
      p = p == z ? z + (<usize>(length - 1) << 5) : p - 32;
    }
  }
}

// Chunk: one panel for a share of the clips. sums[share][panel][length or taps][8]; windowSums[share][8 filters][width][8].
// Scratch: as forward, with the gradient of e in the place of e.
export function pooledFiltersGradient(chunk: i32, scratch: usize, room: usize, wave: usize, batch: i32, samples: i32,
  before: i32, total: i32, stride: i32, taps: i32, positions: i32, counts: usize, spectra: usize, blocks: i32,
  length: i32, step: i32, passes: usize, filters: usize, panels: i32, shares: i32, slope: f32, window: usize,
  width: i32, left: i32, hop: i32, frames: i32, form: i32, dOut: usize, sums: usize, windowSums: usize): void {
  const complex = (form & 1) != 0, largest = (form & 2) != 0;
  const share = chunk / panels, panel = chunk % panels;
  const sets = complex ? 1 : 2, slopes = f32x4.splat(slope), row = <usize>frames << 2;
  const y = scratch + room, de = y + (<usize>positions << 5);
  const own = sums + (<usize>(share * panels + panel) * (length ? length : taps) << 5);
  const ownWindows = windowSums + (<usize>(share * ((panels * sets + 1) >> 1)) * width << 5);
  const first = batch * share / shares, last = batch * (share + 1) / shares;
  for (let clip = first; clip < last; clip++) {
    const count = load<i32>(counts + (<usize>clip << 2));
    if (length == 0) padWithZeros(wave + (<usize>(clip * samples) << 2), samples, before, scratch, total);
    convolvePanel(clip, panel, count, scratch, spectra, blocks, length, step, passes, stride, taps, filters, y);
    for (let set = 0; set < sets; set++) {
      const filter = (panel * sets + set) << 2;
      const d = dOut + row * (clip * panels * sets * 4 + filter);
      memory.fill(de, 0, <usize>count << 4);
      if (largest) {
        spreadLargest(y, set, complex, slopes, count, width, left, hop, frames, d, row, de);
      } else {
        const dWeights = windowOf(ownWindows, filter, width);
        if (clip == first) {
          for (let p = 0; p < width; p++) v128.store(dWeights + (<usize>p << 5), f32x4.splat(0));
        }
        spreadFrames(y, set, complex, slopes, count, windowOf(window, filter, width), width, left, hop, frames, d, row,
          de, dWeights);
      }
      differentiatePanel(y, set, complex, slopes, count, de);
    }
    correlatePanel(clip, count, scratch, spectra, blocks, length, step, passes, stride, taps, y, own, clip == first);
  }
}

// Chunk: one panel. dTaps[8 panels][taps] from the shares' sums, which are in frequency where `length` > 0.
export function pooledFiltersTapSums(panel: i32, scratch: usize, sums: usize, shares: i32, panels: i32, taps: i32,
  length: i32, passes: usize, dTaps: usize): void {
  const rows = length ? length : taps;
  for (let k = 0; k < rows; k++) {
    for (let half: usize = 0; half < 32; half += 16) {
      let sum = f32x4.splat(0);
      for (let s = 0; s < shares; s++) {
        sum = f32x4.add(sum, v128.load(sums + (<usize>((s * panels + panel) * rows + k) << 5) + half));
      }
      v128.store(scratch + (<usize>k << 5) + half, sum);
    }
  }
  const z = length ? fourTransforms(scratch, scratch + (<usize>length << 5), length, passes) : scratch;
  const scale: f32 = length ? <f32>(1 / <f64>length) : 1;
  for (let k = 0; k < taps; k++) {
    const p = z + (<usize>(length && k ? length - k : k) << 5);
    for (let lane = 0; lane < 8; lane++) {
      store<f32>(dTaps + (<usize>((panel * 8 + lane) * taps + k) << 2), scale * load<f32>(p + (<usize>lane << 2)));
    }
  }
}

// Chunk: one filter. dWindow[filters][width] from windowSums[share][8 filters][width][8].
export function pooledFiltersWindowSums(filter: i32, _scratch: usize, sums: usize, shares: i32, filters: i32,
  width: i32, dWindow: usize): void {
  const panels = (filters + 7) >> 3;
  for (let p = 0; p < width; p++) {
    let sum: f32 = 0;
    for (let s = 0; s < shares; s++) {
      sum += load<f32>(sums + (<usize>((s * panels + (filter >> 3)) * width + p) << 5) + (<usize>(filter & 7) << 2));
    }
    store<f32>(dWindow + (<usize>(filter * width + p) << 2), sum);
  }
}
