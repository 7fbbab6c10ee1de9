// A Fourier transform of four signals at once, one in each lane: no lane meets another, and nothing is fused, so that a
// signal gives the same bytes whatever lies beside it and whatever processor computes it. Complex numbers have their
// four real parts at an address and their imaginary parts 16 bytes on.
//
// Stockham's autosort, decimation in frequency: a pass of radix r makes r transforms of length n / r out of one of n,
// and leaves the result in order. It reads element q + s (p + j m) and writes q + s (r p + k), where m = n / r and s is
// the number of transforms so far.

// Passes of small radices are written out (`build/fft_source.ts`); this is one of any radix, by its definition. Its roots
// of one come first, then for each p the factors w^p .. w^((r - 1) p).
function passOf(r: i32, x: usize, y: usize, m: i32, s: i32, roots: usize): void {
  const span = <usize>s << 5, step = span * m;
  let w = roots + (<usize>r << 3);
  for (let p = 0; p < m; p++, w += <usize>(r - 1) << 3, y += <usize>(r - 1) * span) {
    for (const end = x + span; x < end; x += 32, y += 32) {
      for (let k = 0; k < r; k++) {
        let re = v128.load(x), im = v128.load(x, 16);
        for (let j = 1, at = x + step, root = k; j < r; j++, at += step) {
          const c = v128.load32_splat(roots + (<usize>root << 3)), d = v128.load32_splat(roots + (<usize>root << 3), 4);
          const ar = v128.load(at), ai = v128.load(at, 16);
          re = f32x4.add(re, f32x4.sub(f32x4.mul(ar, c), f32x4.mul(ai, d)));
          im = f32x4.add(im, f32x4.add(f32x4.mul(ar, d), f32x4.mul(ai, c)));
          root += k;
          if (root >= r) root -= r;
        }
        const o = y + <usize>k * span, factor = k == 0 ? roots : w + (<usize>(k - 1) << 3); // the first root is 1
        const c = v128.load32_splat(factor), d = v128.load32_splat(factor, 4);
        v128.store(o, f32x4.sub(f32x4.mul(re, c), f32x4.mul(im, d)));
        v128.store(o, f32x4.add(f32x4.mul(re, d), f32x4.mul(im, c)), 16);
      }
    }
  }
}

// Transforms of length `length`, in x or y afterwards, whose address is returned. `passes`: for each its radix, the
// roots of one, and the factors.
function fourTransforms(x: usize, y: usize, length: i32, passes: usize): usize {
  for (let n = length, s = 1; n > 1;) {
    const r = <i32>load<f32>(passes);
    const m = n / r;
    if (!passOfRadix(r, x, y, m, s, passes + 4)) passOf(r, x, y, m, s, passes + 4);
    passes += 4 + (<usize>(r + m * (r - 1)) << 3);
    const filled = y;
    y = x;
    x = filled;
    n = m;
    s *= r;
  }
  return x;
}
