// Elementary functions of four numbers at a time.

// Channels are taken by fours, of at least four. Where their number is no multiple of four, the last four begin earlier
// and share channels with those before: whatever is written is the same twice, whatever is added up leaves them out.
// @ts-ignore: decorator
@inline
function fourFrom(c: i32, channels: i32): i32 {
  return min(c, channels - 4);
}

// All ones in lanes that the four before do not have.
// @ts-ignore: decorator
@inline
function freshLanes(c: i32, channels: i32): v128 {
  return i32x4.ge_s(i32x4(0, 1, 2, 3), i32x4.splat(c - fourFrom(c, channels)));
}

// x y + z.
// @ts-ignore: decorator
@inline
function product4(x: v128, y: v128, z: v128, fused: bool): v128 {
  return fused ? f32x4.relaxed_madd(x, y, z) : f32x4.add(f32x4.mul(x, y), z);
}

// Natural logarithm; NaN below zero and for NaN, -Infinity at zero, Infinity at Infinity.
// Cephes' logf (Moshier 1992): x = m 2^e with m in [sqrt(1/2), sqrt(2)), polynomial in m - 1; error below 1.2e-7.
// Numbers below 2^-126 count as zero.
// @ts-ignore: decorator
@inline
function log4(x: v128): v128 {
  return logOf4(x, true);
}

// The same. Unfused it gives the same bytes on every processor.
// @ts-ignore: decorator
@inline
function logOf4(x: v128, fused: bool): v128 {
  return logBy4(x, fused, f32x4.splat(LOG_0), f32x4.splat(LOG_1), f32x4.splat(LOG_2), f32x4.splat(LOG_3),
    f32x4.splat(LOG_4), f32x4.splat(LOG_5), f32x4.splat(LOG_6), f32x4.splat(LOG_7),
    f32x4.splat(LOG_8), f32x4.splat(LOG_9), f32x4.splat(LOG_10), f32x4.splat(LOG_11),
    f32x4.splat(LOG_12));
}

// The same from the numbers of `writeLogNumbers`, which a loop reads back into variables before it starts: V8 makes
// constants anew wherever they are used, which would take as long as the rest.
// @ts-ignore: decorator
@inline
function logBy4(x: v128, fused: bool, c0: v128, c1: v128, c2: v128, c3: v128, c4: v128, c5: v128, c6: v128,
  c7: v128, c8: v128, c9: v128, c10: v128, c11: v128, c12: v128): v128 {
  const t = i32x4.sub(x, i32x4.splat(0x3f3504f3)); // the bits of sqrt(1/2)
  const m = f32x4.sub(i32x4.sub(x, v128.and(t, i32x4.splat(0xff800000))), c12);
  const e = f32x4.convert_i32x4_s(i32x4.shr_s(t, 23));
  const z = f32x4.mul(m, m);
  let y = product4(c0, m, c1, fused);
  y = product4(y, m, c2, fused);
  y = product4(y, m, c3, fused);
  y = product4(y, m, c4, fused);
  y = product4(y, m, c5, fused);
  y = product4(y, m, c6, fused);
  y = product4(y, m, c7, fused);
  y = product4(y, m, c8, fused);
  y = f32x4.mul(f32x4.mul(y, m), z);
  y = product4(e, c9, y, fused);
  y = product4(z, c10, y, fused);
  y = product4(e, c11, f32x4.add(m, y), fused);
  // With 2^-126 as the least integer, positive normal numbers are below all others.
  const rare = i32x4.gt_s(i32x4.sub(x, i32x4.splat(0x80800000)), i32x4.splat(0xfeffffff));
  return v128.any_true(rare) ? rareLog4(x, y) : y;
}

// The logarithm of numbers some of which are not normal. y: of the others.
function rareLog4(x: v128, y: v128): v128 {
  const infinity = f32x4.splat(Infinity);
  y = v128.bitselect(x, y, f32x4.eq(x, infinity));
  y = v128.bitselect(f32x4.neg(infinity), y, f32x4.lt(f32x4.abs(x), f32x4.splat(1.17549435e-38)));
  const valid = f32x4.ge(f32x4.add(x, f32x4.splat(1.17549435e-38)), f32x4.splat(0)); // false for NaN
  return v128.bitselect(y, f32x4.splat(NaN), valid);
}

const LOG_0: f32 = 7.0376836292e-2;
const LOG_1: f32 = -1.1514610310e-1;
const LOG_2: f32 = 1.1676998740e-1;
const LOG_3: f32 = -1.2420140846e-1;
const LOG_4: f32 = 1.4249322787e-1;
const LOG_5: f32 = -1.6668057665e-1;
const LOG_6: f32 = 2.0000714765e-1;
const LOG_7: f32 = -2.4999993993e-1;
const LOG_8: f32 = 3.3333331174e-1;
const LOG_9: f32 = -2.12194440e-4;
const LOG_10: f32 = -0.5;
const LOG_11: f32 = 0.693359375;
const LOG_12: f32 = 1;

// @ts-ignore: decorator
@inline
function logNumber(numbers: usize, i: i32): v128 {
  return v128.load32_splat(numbers + (<usize>i << 2));
}

// Where a kernel has room for 13 numbers.
function writeLogNumbers(numbers: usize): void {
  store<f32>(numbers, LOG_0, 0);
  store<f32>(numbers, LOG_1, 4);
  store<f32>(numbers, LOG_2, 8);
  store<f32>(numbers, LOG_3, 12);
  store<f32>(numbers, LOG_4, 16);
  store<f32>(numbers, LOG_5, 20);
  store<f32>(numbers, LOG_6, 24);
  store<f32>(numbers, LOG_7, 28);
  store<f32>(numbers, LOG_8, 32);
  store<f32>(numbers, LOG_9, 36);
  store<f32>(numbers, LOG_10, 40);
  store<f32>(numbers, LOG_11, 44);
  store<f32>(numbers, LOG_12, 48);
}

// e^x, clamped to e^-87 .. e^88; NaN stays NaN. Cephes' expf.
// @ts-ignore: decorator
@inline
function exp4(x: v128): v128 {
  const bounded = f32x4.pmax(f32x4.pmin(x, f32x4.splat(88)), f32x4.splat(-87));
  const n = f32x4.nearest(f32x4.mul(bounded, f32x4.splat(1.44269504088896341)));
  let r = f32x4.relaxed_nmadd(n, f32x4.splat(0.693359375), bounded);
  r = f32x4.relaxed_nmadd(n, f32x4.splat(-2.12194440e-4), r);
  let y = f32x4.splat(1.9875691500e-4);
  y = f32x4.relaxed_madd(y, r, f32x4.splat(1.3981999507e-3));
  y = f32x4.relaxed_madd(y, r, f32x4.splat(8.3334519073e-3));
  y = f32x4.relaxed_madd(y, r, f32x4.splat(4.1665795894e-2));
  y = f32x4.relaxed_madd(y, r, f32x4.splat(1.6666665459e-1));
  y = f32x4.relaxed_madd(y, r, f32x4.splat(5.0000001201e-1));
  y = f32x4.relaxed_madd(y, f32x4.mul(r, r), f32x4.add(r, f32x4.splat(1)));
  const power = i32x4.shl(i32x4.add(i32x4.relaxed_trunc_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(y, power);
}

// @ts-ignore: decorator
@inline
function sigmoid4(x: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp4(f32x4.neg(x))));
}
