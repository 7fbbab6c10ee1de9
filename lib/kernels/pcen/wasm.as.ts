// Per-channel energy normalisation. energy, mean, y [B][bands][T]; gain, bias, power, smoothing [bands]; lengths int32
// [B], frames of each clip that count. Rows are worked on in scratch, where zeros fill them up to whole vectors.

// (1 + t)^p - 1 for small t: the binomial series, to 6e-8 of it below PCEN_SMALL, for exponents from -1 to 4.
const PCEN_SMALL: f32 = 0.0625;

// @ts-ignore: decorator
@inline
function binomial4(t: v128, p: f32): v128 {
  const one = f32x4.splat(1);
  let y = f32x4.relaxed_madd(t, f32x4.splat((p - 5) / 6), one);
  y = f32x4.relaxed_madd(f32x4.mul(t, f32x4.splat((p - 4) / 5)), y, one);
  y = f32x4.relaxed_madd(f32x4.mul(t, f32x4.splat((p - 3) / 4)), y, one);
  y = f32x4.relaxed_madd(f32x4.mul(t, f32x4.splat((p - 2) / 3)), y, one);
  y = f32x4.relaxed_madd(f32x4.mul(t, f32x4.splat((p - 1) / 2)), y, one);
  return f32x4.mul(f32x4.mul(t, f32x4.splat(p)), y);
}

// x^p of one number above 0.
// @ts-ignore: decorator
@inline
function power1(x: f32, p: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.mul(f32x4.splat(p), log4(f32x4.splat(x)))), 0);
}

// @ts-ignore: decorator
@inline
function floatAt(p: usize, i: i32): f32 {
  return load<f32>(p + (<usize>i << 2));
}

// What a vector of frames adds to a sum in float64.
// @ts-ignore: decorator
@inline
function widened(x: v128): v128 {
  return f64x2.add(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3)));
}

// Copies the frames of a row that count, zeros behind them.
// @ts-ignore: decorator
@inline
function fillRow(row: usize, source: usize, size: usize, whole: usize): void {
  memory.copy(row, source, size);
  memory.fill(row + size, 0, whole - size);
}

// Chunk: one clip. mean may be 0: then it is not kept. Scratch: three rows.
export function pcenForward(clip: i32, scratch: usize, energy: usize, bands: i32, frames: i32, lengths: usize,
  gain: usize, bias: usize, power: usize, smoothing: usize, epsilon: f32, mean: usize, y: usize): void {
  const size = <usize>load<i32>(lengths + (<usize>clip << 2)) << 2, whole = (size + 15) & ~15;
  const line = <usize>frames << 2;
  const e = scratch, m = e + whole, o = m + whole;
  const zero = f32x4.splat(0), one = f32x4.splat(1), floor = f32x4.splat(epsilon);
  for (let band = 0; band < bands; band++) {
    const at = line * (clip * bands + band);
    fillRow(e, energy + at, size, whole);
    const p = floatAt(power, band), b = floatAt(bias, band), share = floatAt(smoothing, band);
    const less = f32x4.splat(-floatAt(gain, band)), exponent = f32x4.splat(p);
    const perBias = f32x4.splat(1 / b), scale = f32x4.splat(power1(b, p));
    const s = f32x4.splat(share), k = <f32>1 - share, k2 = k * k;
    const left = f32x4.splat(k), left2 = f32x4.splat(k2), fades = f32x4(k, k2, k2 * k, k2 * k2);
    // As if the first frame's energy had been there for ever: the running mean then starts with it, exactly.
    let before = v128.load32_splat(e);
    for (let i: usize = 0; i < whole; i += 16) {
      const x = v128.load(e + i);
      let v = f32x4.mul(s, x);
      v = f32x4.add(v, f32x4.mul(left, v128.shuffle<f32>(v, zero, 4, 0, 1, 2)));
      v = f32x4.add(v, f32x4.mul(left2, v128.shuffle<f32>(v, zero, 4, 4, 0, 1)));
      v = f32x4.add(v, f32x4.mul(fades, before));
      if (i == 0) v = v128.bitselect(before, v, i32x4(-1, 0, 0, 0));
      before = v128.shuffle<f32>(v, v, 3, 3, 3, 3);
      v128.store(m + i, v);
      const levelled = f32x4.mul(x, exp4(f32x4.mul(less, log4(f32x4.add(v, floor)))));
      const t = f32x4.mul(levelled, perBias);
      const far = f32x4.sub(exp4(f32x4.mul(exponent, log4(f32x4.add(t, one)))), one);
      const grown = v128.bitselect(binomial4(t, p), far, f32x4.lt(t, f32x4.splat(PCEN_SMALL)));
      v128.store(o + i, f32x4.mul(scale, grown));
    }
    memory.copy(y + at, o, size);
    memory.fill(y + at + size, 0, line - size);
    if (mean) memory.copy(mean + at, m, size);
  }
}

// Chunk: one clip. sums float64 [B][4][bands]: of each row, for gain, bias, power and smoothing. Scratch: four rows.
export function pcenBackward(clip: i32, scratch: usize, dy: usize, energy: usize, mean: usize, bands: i32,
  frames: i32, lengths: usize, gain: usize, bias: usize, power: usize, smoothing: usize, epsilon: f32,
  dEnergy: usize, sums: usize): void {
  const size = <usize>load<i32>(lengths + (<usize>clip << 2)) << 2, whole = (size + 15) & ~15;
  const line = <usize>frames << 2;
  const e = scratch, m = e + whole, d = m + whole, o = d + whole;
  const zero = f32x4.splat(0), one = f32x4.splat(1), floor = f32x4.splat(epsilon);
  for (let band = 0; band < bands; band++) {
    const at = line * (clip * bands + band);
    fillRow(e, energy + at, size, whole);
    fillRow(m, mean + at, size, whole);
    fillRow(d, dy + at, size, whole);
    const p = floatAt(power, band), b = floatAt(bias, band), share = floatAt(smoothing, band);
    const less = f32x4.splat(-floatAt(gain, band)), exponent = f32x4.splat(p - 1);
    const perBias = f32x4.splat(1 / b), ofBias = power1(b, p);
    const slope = f32x4.splat(p * ofBias / b), scale = f32x4.splat(ofBias);
    const logBias = f32x4.splat(f32x4.extract_lane(log4(f32x4.splat(b)), 0));
    const s = f32x4.splat(share), k = <f32>1 - share, k2 = k * k;
    const left = f32x4.splat(k), left2 = f32x4.splat(k2), fades = f32x4(k2 * k2, k2 * k, k2, k);
    let ofGain = f64x2.splat(0), ofOffset = ofGain, ofPower = ofGain, ofShare = ofGain;
    let after = zero; // what later frames want of the running mean, in every lane
    for (let i = whole; i > 0;) {
      i -= 16;
      const x = v128.load(e + i), v = v128.load(m + i), up = v128.load(d + i);
      const level = f32x4.add(v, floor), log = log4(level), factor = exp4(f32x4.mul(less, log));
      const t = f32x4.mul(f32x4.mul(x, factor), perBias), u = f32x4.add(t, one), logU = log4(u);
      const small = f32x4.lt(t, f32x4.splat(PCEN_SMALL));
      const steep = exp4(f32x4.mul(exponent, logU)), raised = f32x4.mul(steep, u);
      const fall = v128.bitselect(binomial4(t, p - 1), f32x4.sub(steep, one), small);
      const rise = v128.bitselect(binomial4(t, p), f32x4.sub(raised, one), small);
      const dDirect = f32x4.mul(f32x4.mul(f32x4.mul(up, slope), steep), factor), along = f32x4.mul(dDirect, x);
      ofGain = f64x2.sub(ofGain, widened(f32x4.mul(along, log)));
      ofOffset = f64x2.add(ofOffset, widened(f32x4.mul(f32x4.mul(up, slope), fall)));
      ofPower = f64x2.add(ofPower, widened(f32x4.mul(f32x4.mul(up, scale),
        f32x4.add(f32x4.mul(rise, logBias), f32x4.mul(raised, logU)))));
      let want = f32x4.mul(less, f32x4.div(along, level));
      want = f32x4.add(want, f32x4.mul(left, v128.shuffle<f32>(want, zero, 1, 2, 3, 4)));
      want = f32x4.add(want, f32x4.mul(left2, v128.shuffle<f32>(want, zero, 2, 3, 4, 4)));
      want = f32x4.add(want, f32x4.mul(fades, after));
      after = v128.shuffle<f32>(want, want, 0, 0, 0, 0);
      // The first frame is its own predecessor: its energy is the mean, so that the difference is zero.
      const past = i == 0 ? v128.shuffle<f32>(v, v, 0, 0, 1, 2) : v128.load(m + i - 4);
      ofShare = f64x2.add(ofShare, widened(f32x4.mul(want, f32x4.sub(x, past))));
      v128.store(o + i, f32x4.add(dDirect, f32x4.mul(s, want)));
    }
    store<f32>(o, load<f32>(o) + k * f32x4.extract_lane(after, 0)); // the first frame's share is 1
    memory.copy(dEnergy + at, o, size);
    memory.fill(dEnergy + at + size, 0, line - size);
    const sum = sums + (<usize>(clip * 4 * bands + band) << 3), row = <usize>bands << 3;
    store<f64>(sum, f64x2.extract_lane(ofGain, 0) + f64x2.extract_lane(ofGain, 1));
    store<f64>(sum + row, f64x2.extract_lane(ofOffset, 0) + f64x2.extract_lane(ofOffset, 1));
    store<f64>(sum + 2 * row, f64x2.extract_lane(ofPower, 0) + f64x2.extract_lane(ofPower, 1));
    store<f64>(sum + 3 * row, f64x2.extract_lane(ofShare, 0) + f64x2.extract_lane(ofShare, 1));
  }
}

// Chunk: a parameter. gradients[4][bands] = the clips' sums, in order.
export function pcenParameterGradients(parameter: i32, _scratch: usize, sums: usize, batch: i32, bands: i32,
  gain: usize, bias: usize, power: usize, smoothing: usize): void {
  const out = parameter == 0 ? gain : parameter == 1 ? bias : parameter == 2 ? power : smoothing;
  for (let band = 0; band < bands; band++) {
    let total: f64 = 0;
    for (let clip = 0; clip < batch; clip++) {
      total += load<f64>(sums + (<usize>((clip * 4 + parameter) * bands + band) << 3));
    }
    store<f32>(out + (<usize>band << 2), <f32>total);
  }
}
