// Minimal filtering F(6,3): six outputs of a filter with three taps by 8 products in the place of 18 (Winograd 1980;
// matrices of Lavin and Gray 2016, for the points 0, 1, -1, 2, -2, 1/2, -1/2 and infinity). All functions work on
// vectors; products are `step` bytes apart.

// @ts-ignore: decorator
@inline
function scaled(x: v128, factor: f32): v128 {
  return f32x4.mul(x, f32x4.splat(factor));
}

// x + factor y.
// @ts-ignore: decorator
@inline
function plus(x: v128, factor: f32, y: v128): v128 {
  return f32x4.relaxed_madd(y, f32x4.splat(factor), x);
}

// Stores x + y and x - y.
// @ts-ignore: decorator
@inline
function storeSumAndDifference(x: v128, y: v128, sum: usize, difference: usize): void {
  v128.store(sum, f32x4.add(x, y));
  v128.store(difference, f32x4.sub(x, y));
}

// Input transform B^T of one vector of a tile: row i of the tile is at p + i row, product a goes to o + a step.
// @ts-ignore: decorator
@inline
function transformInputs(p: usize, row: usize, o: usize, step: usize): void {
  const x0 = v128.load(p), x1 = v128.load(p + row), x2 = v128.load(p + 2 * row), x3 = v128.load(p + 3 * row);
  const x4 = v128.load(p + 4 * row), x5 = v128.load(p + 5 * row), x6 = v128.load(p + 6 * row);
  v128.store(o, plus(f32x4.sub(x0, x6), 5.25, f32x4.sub(x4, x2)));
  storeSumAndDifference(plus(f32x4.add(x2, x6), -4.25, x4), plus(f32x4.add(x1, x5), -4.25, x3), o + step,
    o + 2 * step);
  storeSumAndDifference(plus(plus(x6, 0.25, x2), -1.25, x4), plus(plus(scaled(x1, 0.5), -2.5, x3), 2, x5),
    o + 3 * step, o + 4 * step);
  storeSumAndDifference(plus(plus(x6, 4, x2), -5, x4), plus(plus(scaled(x1, 2), -2.5, x3), 0.5, x5), o + 5 * step,
    o + 6 * step);
  v128.store(o + 7 * step, plus(f32x4.sub(v128.load(p + 7 * row), x1), 5.25, f32x4.sub(x3, x5)));
}

// Tap transform G.
// @ts-ignore: decorator
@inline
function transformTaps(w0: v128, w1: v128, w2: v128, o: usize, step: usize): void {
  v128.store(o, w0);
  v128.store(o + 7 * step, w2);
  const outer = f32x4.add(w0, w2);
  storeSumAndDifference(scaled(outer, -2.0 / 9.0), scaled(w1, -2.0 / 9.0), o + step, o + 2 * step);
  storeSumAndDifference(scaled(plus(w0, 4, w2), 1.0 / 90.0), scaled(w1, 1.0 / 45.0), o + 3 * step, o + 4 * step);
  storeSumAndDifference(scaled(plus(w2, 4, w0), 8.0 / 45.0), scaled(w1, 16.0 / 45.0), o + 5 * step, o + 6 * step);
}

// Output transform A^T of one vector, in place: product i becomes output i.
// @ts-ignore: decorator
@inline
function transformOutputs(p: usize, step: usize): void {
  const m0 = v128.load(p), m1 = v128.load(p + step), m2 = v128.load(p + 2 * step), m3 = v128.load(p + 3 * step);
  const s1 = f32x4.add(m1, m2), d1 = f32x4.sub(m1, m2);
  const m4 = v128.load(p + 4 * step), m5 = v128.load(p + 5 * step), m6 = v128.load(p + 6 * step);
  const s2 = f32x4.add(m3, m4), d2 = f32x4.sub(m3, m4), s3 = f32x4.add(m5, m6), d3 = f32x4.sub(m5, m6);
  v128.store(p, f32x4.add(f32x4.add(m0, s1), f32x4.add(s2, s3)));
  v128.store(p + step, plus(plus(d1, 2, d2), 0.5, d3));
  v128.store(p + 2 * step, plus(plus(s1, 4, s2), 0.25, s3));
  v128.store(p + 3 * step, plus(plus(d1, 8, d2), 0.125, d3));
  v128.store(p + 4 * step, plus(plus(s1, 16, s2), 0.0625, s3));
  v128.store(p + 5 * step, plus(plus(f32x4.add(d1, v128.load(p + 7 * step)), 32, d2), 0.03125, d3));
}

// Transposed output transform A: six outputs to products.
// @ts-ignore: decorator
@inline
function spreadOutputs(y0: v128, y1: v128, y2: v128, y3: v128, y4: v128, y5: v128, o: usize,
  step: usize): void {
  v128.store(o, y0);
  storeSumAndDifference(f32x4.add(f32x4.add(y0, y2), y4), f32x4.add(f32x4.add(y1, y3), y5), o + step, o + 2 * step);
  storeSumAndDifference(plus(plus(y0, 4, y2), 16, y4), plus(plus(scaled(y1, 2), 8, y3), 32, y5), o + 3 * step,
    o + 4 * step);
  storeSumAndDifference(plus(plus(y0, 0.25, y2), 0.0625, y4),
    plus(plus(scaled(y1, 0.5), 0.125, y3), 0.03125, y5), o + 5 * step, o + 6 * step);
  v128.store(o + 7 * step, y5);
}

// Transposed tap transform G^T of one vector, in place: products 0 to 2 become the gradients of the taps.
// @ts-ignore: decorator
@inline
function gatherTaps(p: usize, step: usize): void {
  const m0 = v128.load(p), m1 = v128.load(p + step), m2 = v128.load(p + 2 * step), m3 = v128.load(p + 3 * step);
  const s1 = f32x4.add(m1, m2), d1 = f32x4.sub(m1, m2);
  const m4 = v128.load(p + 4 * step), m5 = v128.load(p + 5 * step), m6 = v128.load(p + 6 * step);
  const s2 = f32x4.add(m3, m4), d2 = f32x4.sub(m3, m4), s3 = f32x4.add(m5, m6), d3 = f32x4.sub(m5, m6);
  v128.store(p, plus(plus(plus(m0, -2.0 / 9.0, s1), 1.0 / 90.0, s2), 32.0 / 45.0, s3));
  v128.store(p + step, plus(plus(scaled(d1, -2.0 / 9.0), 1.0 / 45.0, d2), 16.0 / 45.0, d3));
  v128.store(p + 2 * step,
    plus(plus(plus(v128.load(p + 7 * step), -2.0 / 9.0, s1), 2.0 / 45.0, s2), 8.0 / 45.0, s3));
}

// F(2,3), for the points 0, 1, -1 and infinity: two outputs by 4 products in the place of 6. Nothing is multiplied but
// by 1/2, so that its error is that of the products.

// Input transform of one vector of a tile.
// @ts-ignore: decorator
@inline
function transformFewInputs(p: usize, row: usize, o: usize, step: usize): void {
  const x1 = v128.load(p + row), x2 = v128.load(p + 2 * row);
  v128.store(o, f32x4.sub(v128.load(p), x2));
  storeSumAndDifference(x2, x1, o + step, o + 2 * step);
  v128.store(o + 3 * step, f32x4.sub(x1, v128.load(p + 3 * row)));
}

// Tap transform.
// @ts-ignore: decorator
@inline
function transformFewTaps(w0: v128, w1: v128, w2: v128, o: usize, step: usize): void {
  v128.store(o, w0);
  storeSumAndDifference(scaled(f32x4.add(w0, w2), 0.5), scaled(w1, 0.5), o + step, o + 2 * step);
  v128.store(o + 3 * step, w2);
}

// Output transform of one vector, in place: product i becomes output i.
// @ts-ignore: decorator
@inline
function transformFewOutputs(p: usize, step: usize): void {
  const m1 = v128.load(p + step), m2 = v128.load(p + 2 * step);
  v128.store(p, f32x4.add(v128.load(p), f32x4.add(m1, m2)));
  v128.store(p + step, f32x4.sub(f32x4.sub(m1, m2), v128.load(p + 3 * step)));
}
