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
  let e = i32x4.sub(i32x4.shr_u(x, 23), i32x4.splat(126));
  let m = v128.or(v128.and(x, i32x4.splat(0x007fffff)), i32x4.splat(0x3f000000));
  const small = f32x4.lt(m, f32x4.splat(0.707106781186547524));
  e = i32x4.add(e, small); // the mask is -1
  m = f32x4.add(f32x4.sub(m, f32x4.splat(1)), v128.and(m, small));
  const ef = f32x4.convert_i32x4_s(e);
  const z = f32x4.mul(m, m);
  let y = f32x4.splat(7.0376836292e-2);
  y = product4(y, m, f32x4.splat(-1.1514610310e-1), fused);
  y = product4(y, m, f32x4.splat(1.1676998740e-1), fused);
  y = product4(y, m, f32x4.splat(-1.2420140846e-1), fused);
  y = product4(y, m, f32x4.splat(1.4249322787e-1), fused);
  y = product4(y, m, f32x4.splat(-1.6668057665e-1), fused);
  y = product4(y, m, f32x4.splat(2.0000714765e-1), fused);
  y = product4(y, m, f32x4.splat(-2.4999993993e-1), fused);
  y = product4(y, m, f32x4.splat(3.3333331174e-1), fused);
  y = f32x4.mul(f32x4.mul(y, m), z);
  y = product4(ef, f32x4.splat(-2.12194440e-4), y, fused);
  y = product4(z, f32x4.splat(-0.5), y, fused);
  y = product4(ef, f32x4.splat(0.693359375), f32x4.add(m, y), fused);
  const zero = f32x4.splat(0);
  const infinity = f32x4.splat(Infinity);
  y = v128.bitselect(x, y, f32x4.eq(x, infinity));
  y = v128.bitselect(f32x4.neg(infinity), y, f32x4.lt(f32x4.abs(x), f32x4.splat(1.17549435e-38)));
  const valid = f32x4.ge(f32x4.add(x, f32x4.splat(1.17549435e-38)), zero); // false for NaN
  return v128.bitselect(y, f32x4.splat(NaN), valid);
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
