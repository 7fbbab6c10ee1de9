// Gabor energies in frequency, four clips at a time, one in each lane; nothing is fused, so that a clip gives the same
// bytes whatever lies beside it. A period holds a clip and the filters' reach, in whole hops. Each filter keeps a band of
// bins around its centre, and has as many points a period as hold the energy of that band.
//
// Complex numbers have their four real parts at an address and their imaginary parts 16 bytes on. A transform back is the
// transform of numbers whose real and imaginary parts are exchanged: those of its result are exchanged too.

// @ts-ignore: decorator
@unmanaged
class GaborFilter {
  first: i32; // bin, below 0 for negative frequencies
  count: i32; // bins
  points: i32;
  ofHop: i32; // points
  passes: usize;
  oddPasses: bool; // whether a transform ends in its second buffer
  gains: usize; // of the bins; slopes by centre and by width follow, each as many
  rows: usize; // [(inner hops + edges * edge hops) * ofHop] pairs: weight, its slope by the window's width
  innerPasses: usize; // of a transform of as many points as a row has
  edgePasses: usize;
  kept: i32; // points of the filters before it
}

// @ts-ignore: decorator
@unmanaged
class GaborPlan {
  filters: i32;
  batch: i32;
  samples: i32;
  length: i32; // of the period
  hop: i32;
  reach: i32; // taps on each side
  frames: i32;
  before: i32; // samples from the first window's begin to the clip's
  firstInner: i32; // frames whose whole window is within the clip: from this one
  endInner: i32; // to before this one
  innerHops: i32; // of the stretch that a row is for
  innerBefore: i32; // hops from its begin to the frame's number
  edgeHops: i32;
  edgeBefore: i32;
  parts: i32; // of the filters, for which a group of clips is a chunk each
  mostPoints: i32;
  mostReach: i32; // points of the longest row
  keptPoints: i32; // of all filters
}

const FILTER_BYTES: usize = 44;

// @ts-ignore: decorator
@inline
function gaborFilter(filters: usize, f: i32): GaborFilter {
  return changetype<GaborFilter>(filters + FILTER_BYTES * f);
}

// Chunk: four clips. spectra[group][length / 2 + 1], twice the transform of each clip with zeros behind it. Even samples
// are the real parts and odd ones the imaginary parts of a signal half as long. Clips beyond the last are its copies.
export function gaborClips(group: i32, scratch: usize, plan: usize, wave: usize, passes: usize, factors: usize,
  spectra: usize): void {
  const g = changetype<GaborPlan>(plan);
  const half = g.length >> 1, samples = g.samples, last = g.batch - 1, row = <usize>samples << 2;
  const x = scratch, y = x + (<usize>half << 5);
  const p0 = wave + row * min(4 * group, last), p1 = wave + row * min(4 * group + 1, last);
  const p2 = wave + row * min(4 * group + 2, last), p3 = wave + row * min(4 * group + 3, last);
  memory.fill(x + (<usize>(samples & ~3) << 4), 0, (<usize>half << 5) - (<usize>(samples & ~3) << 4));
  let n: usize = 0;
  for (const whole = <usize>(samples & ~3) << 2; n < whole; n += 16) {
    const q = x + (n << 2);
    storeColumns(v128.load(p0 + n), v128.load(p1 + n), v128.load(p2 + n), v128.load(p3 + n), q, q + 16, q + 32, q + 48);
  }
  for (; n < row; n += 4) {
    let v = v128.load32_zero(p0 + n);
    v = f32x4.replace_lane(v, 1, load<f32>(p1 + n));
    v = f32x4.replace_lane(v, 2, load<f32>(p2 + n));
    v128.store(x + (n << 2), f32x4.replace_lane(v, 3, load<f32>(p3 + n)));
  }
  const z = fourTransforms(x, y, half, passes), end = z + (<usize>half << 5);
  const o = spectra + (<usize>group * (<usize>half + 1) << 5), oEnd = o + (<usize>half << 5);
  for (let k: usize = 0; k <= <usize>half << 4; k += 32, factors += 8) {
    const p = z + k, q = k == 0 ? z : end - k;
    const pr = v128.load(p), pi = v128.load(p, 16), qr = v128.load(q), qi = v128.load(q, 16);
    const er = f32x4.add(pr, qr), ei = f32x4.sub(pi, qi), dr = f32x4.sub(pr, qr), di = f32x4.add(pi, qi);
    const c = v128.load32_splat(factors), s = v128.load32_splat(factors, 4);
    const wr = f32x4.sub(f32x4.mul(dr, c), f32x4.mul(di, s)), wi = f32x4.add(f32x4.mul(dr, s), f32x4.mul(di, c));
    v128.store(o + k, f32x4.add(er, wi));
    v128.store(o + k, f32x4.sub(ei, wr), 16);
    v128.store(oEnd - k, f32x4.sub(er, wi));
    v128.store(oEnd - k, f32x4.neg(f32x4.add(ei, wr)), 16);
  }
}

// Chunk: eight sequences, two in each lane. Sequences are [kinds] a filter, each given at 0 .. reach as pairs; at -t they
// have the conjugate of what they have at t, so their spectra are real. Written is each filter's band of them.
export function gaborGains(chunk: i32, scratch: usize, plan: usize, filters: usize, sequences: usize, kinds: i32,
  passes: usize): void {
  const g = changetype<GaborPlan>(plan);
  const length = g.length, reach = g.reach, total = g.filters * kinds, x = scratch, bytes = <usize>length << 5;
  memory.fill(x, 0, bytes);
  const last = min(8, total - 8 * chunk);
  for (let i = 0; i < last; i++) {
    const imaginary = (i & 1) != 0;
    const lane = <usize>(i >> 1) << 2;
    const from = sequences + (<usize>((8 * chunk + i) * (reach + 1)) << 3);
    for (let t = 0; t <= reach; t++) {
      const re = load<f32>(from + (<usize>t << 3)), im = load<f32>(from + (<usize>t << 3), 4);
      const at = <usize>(t % length) << 5;
      const p = x + at + lane, q = at == 0 ? p : x + bytes - at + lane;
      // times i where the sequence is the second of two
      addTo(p, imaginary ? -im : re);
      addTo(p + 16, imaginary ? re : im);
      if (t == 0) continue;
      addTo(q, imaginary ? im : re);
      addTo(q + 16, imaginary ? re : -im);
    }
  }
  const z = fourTransforms(x, x + bytes, length, passes);
  for (let i = 0; i < last; i++) {
    const sequence = 8 * chunk + i, filter = gaborFilter(filters, sequence / kinds), count = filter.count;
    const from = z + (<usize>(i >> 1) << 2) + (<usize>(i & 1) << 4);
    let o = filter.gains + (<usize>(sequence % kinds * count) << 2), k = filter.first;
    if (k < 0) k += length;
    for (const end = o + (<usize>count << 2); o < end; o += 4) {
      store<f32>(o, load<f32>(from + (<usize>k << 5)));
      if (++k >= length) k -= length;
    }
  }
}

// @ts-ignore: decorator
@inline
function addTo(p: usize, value: f32): void {
  store<f32>(p, load<f32>(p) + value);
}

// Chunk: one filter. Writes its rows from windows[filter][reach + 1] pairs: weight and slope. What a row weights are
// energies at the filter's points, so that the sum is that over all samples of the window that are within the clip.
export function gaborRows(f: i32, scratch: usize, plan: usize, filters: usize, windows: usize, innerPasses: usize,
  edgePasses: usize): void {
  const g = changetype<GaborPlan>(plan), filter = gaborFilter(filters, f);
  const window = windows + (<usize>(f * (g.reach + 1)) << 3), taps = 2 * g.reach + 1;
  const begin = g.innerBefore * g.hop - g.before;
  if (g.endInner > g.firstInner) {
    memory.fill(scratch, 0, <usize>(g.innerHops * g.hop) << 5);
    layWindow(scratch, g.innerHops * g.hop, window, g.reach, begin, 0, taps);
    projectRows(scratch, g.innerHops, g.hop, filter.ofHop, innerPasses, filter.innerPasses, 1, filter.rows);
  }
  const edges = g.frames - (g.endInner - g.firstInner), edgeBegin = g.edgeBefore * g.hop - g.before;
  const rowBytes = <usize>(g.edgeHops * filter.ofHop) << 3, after = filter.rows + (<usize>(g.innerHops * filter.ofHop) << 3);
  for (let e = 0; e < edges; e += 4) {
    const some = min(4, edges - e);
    memory.fill(scratch, 0, <usize>(g.edgeHops * g.hop) << 5);
    for (let i = 0; i < some; i++) {
      const frame = edgeFrame(g, e + i), start = frame * g.hop - g.before;
      layWindow(scratch + (<usize>i << 2), g.edgeHops * g.hop, window, g.reach, edgeBegin, max(0, -start), min(taps, g.samples - start));
    }
    projectRows(scratch, g.edgeHops, g.hop, filter.ofHop, edgePasses, filter.edgePasses, some, after + rowBytes * e);
  }
}

// @ts-ignore: decorator
@inline
function edgeFrame(g: GaborPlan, edge: i32): i32 {
  return edge < g.firstInner ? edge : edge + g.endInner - g.firstInner;
}

// Taps from..to of a window whose first is at `begin` of a stretch, in one lane: weights are real parts.
function layWindow(x: usize, length: i32, window: usize, reach: i32, begin: i32, from: i32, to: i32): void {
  for (let t = from; t < to; t++) {
    const at = window + (<usize>abs(t - reach) << 3), o = x + (<usize>((begin + t) % length) << 5);
    store<f32>(o, load<f32>(at));
    store<f32>(o, load<f32>(at, 4), 16);
  }
}

// Up to four rows of `hops` hops from as many windows in lanes, as pairs: the lowest frequencies alone, at `ofHop` points
// a hop. The slope between what is kept and what is not makes rows die away quickly.
function projectRows(x: usize, hops: i32, hop: i32, ofHop: i32, passes: usize, pointPasses: usize, lanes: i32,
  rows: usize): void {
  const length = hops * hop, points = hops * ofHop, row = <usize>points << 3;
  let re = x, im = x + 16;
  if (ofHop < hop) {
    const z = fourTransforms(x, x + (<usize>length << 5), length, passes);
    const low = x + (<usize>length << 6), spare = low + (<usize>points << 5);
    memory.fill(low, 0, <usize>points << 5);
    const middle = <f32>points / 2, width = middle * <f32>0.3, most = min(length >> 1, <i32>(middle + width));
    for (let k = -most; k <= most; k++) {
      const away = (<f32>abs(k) - middle) / width, bounded = max<f32>(-1, min<f32>(1, away));
      let share: f32 = 0.5 - bounded * (0.75 - <f32>0.25 * bounded * bounded);
      if (2 * most == length && abs(k) == most) share *= 0.5; // one bin, met twice
      const weight = f32x4.splat(share / <f32>points);
      const p = z + (<usize>(k < 0 ? k + length : k) << 5);
      let at = k % points;
      if (at < 0) at += points;
      const q = low + (<usize>at << 5);
      v128.store(q, f32x4.add(v128.load(q), f32x4.mul(v128.load(p, 16), weight)));
      v128.store(q, f32x4.add(v128.load(q, 16), f32x4.mul(v128.load(p), weight)), 16);
    }
    im = fourTransforms(low, spare, points, pointPasses);
    re = im + 16;
  }
  for (let i = 0; i < lanes; i++) {
    const lane = <usize>i << 2;
    let o = rows + row * i;
    for (let m: usize = 0; m < <usize>points << 5; m += 32, o += 8) {
      store<f32>(o, load<f32>(re + m + lane));
      store<f32>(o, load<f32>(im + m + lane), 4);
    }
  }
}

// A band of spectra times gains, real and imaginary parts exchanged, zeros up to all points.
function loadBand(spectrum: usize, length: i32, filter: GaborFilter, o: usize): void {
  const half = length >> 1;
  let k = filter.first, left = filter.count, gains = filter.gains;
  const end = o + (<usize>filter.points << 5);
  while (left > 0) {
    const mirrored = k < 0 || k > half;
    const n = min(left, k < 0 ? -k : k <= half ? half + 1 - k : length - k);
    const sign = f32x4.splat(mirrored ? -1 : 1), step: isize = mirrored ? -32 : 32;
    let p = spectrum + (<usize>(k < 0 ? -k : k <= half ? k : length - k) << 5);
    for (const last = gains + (<usize>n << 2); gains < last; gains += 4, p += step, o += 32) {
      const gain = v128.load32_splat(gains);
      v128.store(o, f32x4.mul(f32x4.mul(v128.load(p, 16), sign), gain));
      v128.store(o, f32x4.mul(v128.load(p), gain), 16);
    }
    k += n;
    left -= n;
    if (k >= length) k -= length;
  }
  memory.fill(o, 0, end - o);
}

// |y|^2 of all points, and once more of the first ones behind the last.
function energiesOf(y: usize, points: i32, reach: usize, o: usize): void {
  for (const end = y + (<usize>points << 5); y < end; y += 32, o += 16) {
    const re = v128.load(y), im = v128.load(y, 16);
    v128.store(o, f32x4.add(f32x4.mul(re, re), f32x4.mul(im, im)));
  }
  memory.copy(o, o - (<usize>points << 4), reach << 4);
}

// How many points behind the period the longest row reaches.
// @ts-ignore: decorator
@inline
function reachOf(g: GaborPlan, filter: GaborFilter): usize {
  return <usize>(max(g.innerHops, g.edgeHops) * filter.ofHop);
}

// Where y of a filter is kept, or computed again if nothing is.
function outputOf(g: GaborPlan, filter: GaborFilter, group: i32, spectra: usize, kept: usize, x: usize, y: usize): usize {
  if (kept) return kept + (<usize>(group * g.keptPoints + filter.kept) << 5);
  loadBand(spectra + (<usize>group * (<usize>(g.length >> 1) + 1) << 5), g.length, filter, x);
  return fourTransforms(x, y, filter.points, filter.passes);
}

// Where a frame's stretch begins, in points.
// @ts-ignore: decorator
@inline
function beginOf(frame: i32, before: i32, filter: GaborFilter): usize {
  const at = (frame - before) * filter.ofHop % filter.points;
  return <usize>(at < 0 ? at + filter.points : at);
}

// Sums of energies times a column of a row's pairs, for each frame: at out + 16 frame.
function poolFrames(g: GaborPlan, filter: GaborFilter, e: usize, column: usize, out: usize): void {
  const n = <usize>(g.innerHops * filter.ofHop) << 3, row = filter.rows + column;
  let t = g.firstInner;
  for (; t + 4 <= g.endInner; t += 4) {
    const p0 = e + (beginOf(t, g.innerBefore, filter) << 4), p1 = e + (beginOf(t + 1, g.innerBefore, filter) << 4);
    const p2 = e + (beginOf(t + 2, g.innerBefore, filter) << 4), p3 = e + (beginOf(t + 3, g.innerBefore, filter) << 4);
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    for (let m: usize = 0; m < n; m += 8) {
      const a = v128.load32_splat(row + m), at = m << 1;
      s0 = f32x4.add(s0, f32x4.mul(a, v128.load(p0 + at)));
      s1 = f32x4.add(s1, f32x4.mul(a, v128.load(p1 + at)));
      s2 = f32x4.add(s2, f32x4.mul(a, v128.load(p2 + at)));
      s3 = f32x4.add(s3, f32x4.mul(a, v128.load(p3 + at)));
    }
    const o = out + (<usize>t << 4);
    v128.store(o, s0);
    v128.store(o, s1, 16);
    v128.store(o, s2, 32);
    v128.store(o, s3, 48);
  }
  for (; t < g.endInner; t++) {
    v128.store(out + (<usize>t << 4), weighted(e + (beginOf(t, g.innerBefore, filter) << 4), row, n));
  }
  const edges = g.frames - (g.endInner - g.firstInner), edge = <usize>(g.edgeHops * filter.ofHop) << 3;
  for (let i = 0; i < edges; i++) {
    const frame = edgeFrame(g, i), p = e + (beginOf(frame, g.edgeBefore, filter) << 4);
    v128.store(out + (<usize>frame << 4), weighted(p, row + n + edge * i, edge));
  }
}

// @ts-ignore: decorator
@inline
function weighted(p: usize, row: usize, n: usize): v128 {
  let even = f32x4.splat(0), odd = even;
  let m: usize = 0;
  for (const whole = n & ~15; m < whole; m += 16) {
    even = f32x4.add(even, f32x4.mul(v128.load32_splat(row + m), v128.load(p + (m << 1))));
    odd = f32x4.add(odd, f32x4.mul(v128.load32_splat(row + m, 8), v128.load(p + (m << 1), 16)));
  }
  if (m < n) even = f32x4.add(even, f32x4.mul(v128.load32_splat(row + m), v128.load(p + (m << 1))));
  return f32x4.add(even, odd);
}

// Chunk: four clips, a part of the filters. out[batch][filters][frames]. kept[group][keptPoints], if not 0: y with real
// and imaginary parts exchanged. Scratch: two buffers of points, energies, frames, a row for clips that are not there.
export function gaborForward(chunk: i32, scratch: usize, plan: usize, filters: usize, spectra: usize, kept: usize,
  out: usize): void {
  const g = changetype<GaborPlan>(plan);
  const group = chunk / g.parts, buffer = <usize>g.mostPoints << 5, frames = g.frames;
  const e = scratch + 2 * buffer, pooled = e + (<usize>(g.mostPoints + g.mostReach) << 4), none = pooled + (<usize>frames << 4);
  const spectrum = spectra + (<usize>group * (<usize>(g.length >> 1) + 1) << 5);
  for (let f = chunk % g.parts; f < g.filters; f += g.parts) {
    const filter = gaborFilter(filters, f);
    let x = scratch, y = scratch + buffer;
    if (kept) {
      const place = kept + (<usize>(group * g.keptPoints + filter.kept) << 5);
      if (filter.oddPasses) y = place;
      else x = place;
    }
    loadBand(spectrum, g.length, filter, x);
    energiesOf(fourTransforms(x, y, filter.points, filter.passes), filter.points, reachOf(g, filter), e);
    poolFrames(g, filter, e, 0, pooled);
    const clip = 4 * group, clips = g.batch - clip, line = <usize>(g.filters * frames) << 2;
    const o0 = out + (<usize>((clip * g.filters + f) * frames) << 2);
    const o1 = clips > 1 ? o0 + line : none, o2 = clips > 2 ? o0 + 2 * line : none, o3 = clips > 3 ? o0 + 3 * line : none;
    let t = 0;
    for (; t + 4 <= frames; t += 4) {
      const p = pooled + (<usize>t << 4), at = <usize>t << 2;
      storeColumns(v128.load(p), v128.load(p, 16), v128.load(p, 32), v128.load(p, 48), o0 + at, o1 + at, o2 + at, o3 + at);
    }
    for (; t < frames; t++) {
      const p = pooled + (<usize>t << 4), at = <usize>t << 2;
      store<f32>(o0 + at, load<f32>(p));
      store<f32>(o1 + at, load<f32>(p, 4));
      store<f32>(o2 + at, load<f32>(p, 8));
      store<f32>(o3 + at, load<f32>(p, 12));
    }
  }
}

// Gradients of a filter's frames, one clip in each lane, zero for clips that are not there.
function loadGradients(g: GaborPlan, group: i32, f: i32, dOut: usize, o: usize): void {
  const clip = 4 * group, clips = min(4, g.batch - clip), line = <usize>(g.filters * g.frames) << 2;
  const p = dOut + (<usize>((clip * g.filters + f) * g.frames) << 2);
  memory.fill(o, 0, <usize>g.frames << 4);
  for (let i = 0; i < clips; i++) {
    for (let t: usize = 0; t < <usize>g.frames; t++) {
      store<f32>(o + (t << 4) + (<usize>i << 2), load<f32>(p + line * i + (t << 2)));
    }
  }
}

// Chunk: four clips, a part of the filters. sums[group][filter], a lane for each clip: slopes by windows' widths.
export function gaborPoolingSums(chunk: i32, scratch: usize, plan: usize, filters: usize, spectra: usize, kept: usize,
  dOut: usize, sums: usize): void {
  const g = changetype<GaborPlan>(plan);
  const group = chunk / g.parts, buffer = <usize>g.mostPoints << 5;
  const e = scratch + 2 * buffer, pooled = e + (<usize>(g.mostPoints + g.mostReach) << 4), d = pooled + (<usize>g.frames << 4);
  for (let f = chunk % g.parts; f < g.filters; f += g.parts) {
    const filter = gaborFilter(filters, f);
    const y = outputOf(g, filter, group, spectra, kept, scratch, scratch + buffer);
    energiesOf(y, filter.points, reachOf(g, filter), e);
    poolFrames(g, filter, e, 4, pooled);
    loadGradients(g, group, f, dOut, d);
    let sum = f32x4.splat(0);
    for (let t: usize = 0; t < <usize>g.frames << 4; t += 16) {
      sum = f32x4.add(sum, f32x4.mul(v128.load(pooled + t), v128.load(d + t)));
    }
    v128.store(sums + (<usize>(group * g.filters + f) << 4), sum);
  }
}

// Gradients of energies at all points, from those of frames; `reach` more are room.
function spreadToPoints(g: GaborPlan, filter: GaborFilter, d: usize, around: usize, o: usize): void {
  const hops = g.length / g.hop, inner = g.innerHops, points = <usize>filter.points << 4, reach = reachOf(g, filter) << 4;
  if (g.endInner > g.firstInner) {
    // frame t of the inner ones at around + 16 (inner + t), and again a period before and after
    memory.fill(around, 0, <usize>(hops + 2 * inner) << 4);
    for (let i = 0; i < hops + 2 * inner; i++) {
      let t = i - inner;
      if (t < 0) t += hops;
      if (t >= hops) t -= hops;
      if (t >= g.firstInner && t < g.endInner) v128.store(around + (<usize>i << 4), v128.load(d + (<usize>t << 4)));
    }
    const step = <usize>filter.ofHop << 3;
    let q = o;
    for (let b = 0; b < hops; b++) {
      const p = around + (<usize>(b + g.innerBefore + 1) << 4), last = p + (<usize>(inner - 1) << 4);
      let row = filter.rows;
      for (const end = row + step; row < end; row += 8, q += 16) {
        let even = f32x4.splat(0), odd = even, a = row;
        let at = last;
        for (; at > p; at -= 32, a += 2 * step) {
          even = f32x4.add(even, f32x4.mul(v128.load32_splat(a), v128.load(at)));
          odd = f32x4.add(odd, f32x4.mul(v128.load32_splat(a + step), v128.load(at - 16)));
        }
        v128.store(q, f32x4.add(even, odd));
      }
    }
  } else {
    memory.fill(o, 0, points);
  }
  memory.fill(o + points, 0, reach);
  const edges = g.frames - (g.endInner - g.firstInner), edge = <usize>(g.edgeHops * filter.ofHop) << 3;
  let row = filter.rows + (<usize>(inner * filter.ofHop) << 3);
  for (let i = 0; i < edges; i++) {
    const frame = edgeFrame(g, i), gradient = v128.load(d + (<usize>frame << 4));
    let p = o + (beginOf(frame, g.edgeBefore, filter) << 4);
    for (const end = row + edge; row < end; row += 8, p += 16) {
      v128.store(p, f32x4.add(v128.load(p), f32x4.mul(v128.load32_splat(row), gradient)));
    }
  }
  for (let i: usize = 0; i < reach; i += 16) {
    v128.store(o + i, f32x4.add(v128.load(o + i), v128.load(o + points + i)));
  }
}

// Chunk: four clips, a part of the filters. sums[group][filter][2], a lane for each clip: slopes by centre and width.
export function gaborFilterSums(chunk: i32, scratch: usize, plan: usize, filters: usize, spectra: usize, kept: usize,
  dOut: usize, sums: usize): void {
  const g = changetype<GaborPlan>(plan);
  const group = chunk / g.parts, buffer = <usize>g.mostPoints << 5;
  const x = scratch, y = x + buffer, de = y + buffer, d = de + (<usize>(g.mostPoints + g.mostReach) << 4);
  const around = d + (<usize>g.frames << 4);
  const spectrum = spectra + (<usize>group * (<usize>(g.length >> 1) + 1) << 5);
  for (let f = chunk % g.parts; f < g.filters; f += g.parts) {
    const filter = gaborFilter(filters, f);
    loadGradients(g, group, f, dOut, d);
    spreadToPoints(g, filter, d, around, de);
    const from = outputOf(g, filter, group, spectra, kept, x, y);
    const to = from == y ? y : x; // in place where y was computed again
    for (let i: usize = 0; i < <usize>filter.points << 5; i += 32) {
      const v = v128.load(de + (i >> 1)), twice = f32x4.add(v, v);
      const re = f32x4.mul(v128.load(from + i, 16), twice), im = f32x4.mul(v128.load(from + i), twice);
      v128.store(to + i, re);
      v128.store(to + i, im, 16);
    }
    const z = fourTransforms(to, to == x ? y : x, filter.points, filter.passes);
    sumBand(spectrum, g.length, filter, z, sums + (<usize>(group * g.filters + f) << 5));
  }
}

// Long sums are sums of sums of so many bins.
const BLOCK: i32 = 64;

function sumBand(spectrum: usize, length: i32, filter: GaborFilter, z: usize, sums: usize): void {
  const half = length >> 1, row = <usize>filter.count << 2;
  let k = filter.first, left = filter.count, slopes = filter.gains + row;
  let byCentre = f32x4.splat(0), byWidth = byCentre;
  while (left > 0) {
    const mirrored = k < 0 || k > half;
    const n = min(BLOCK, min(left, k < 0 ? -k : k <= half ? half + 1 - k : length - k));
    const sign = f32x4.splat(mirrored ? -1 : 1), step: isize = mirrored ? -32 : 32;
    let p = spectrum + (<usize>(k < 0 ? -k : k <= half ? k : length - k) << 5);
    let someCentre = f32x4.splat(0), someWidth = someCentre;
    for (const last = slopes + (<usize>n << 2); slopes < last; slopes += 4, p += step, z += 32) {
      const imaginary = f32x4.mul(f32x4.mul(v128.load(p, 16), sign), v128.load(z, 16));
      const v = f32x4.add(f32x4.mul(v128.load(p), v128.load(z)), imaginary);
      someCentre = f32x4.add(someCentre, f32x4.mul(v, v128.load32_splat(slopes)));
      someWidth = f32x4.add(someWidth, f32x4.mul(v, v128.load32_splat(slopes + row)));
    }
    byCentre = f32x4.add(byCentre, someCentre);
    byWidth = f32x4.add(byWidth, someWidth);
    k += n;
    left -= n;
    if (k >= length) k -= length;
  }
  v128.store(sums, byCentre);
  v128.store(sums, byWidth, 16);
}
