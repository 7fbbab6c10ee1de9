// A Fourier transform of four signals at once, one in each lane: no lane meets another, and nothing is fused, so that a
// signal gives the same bytes whatever lies beside it and whatever processor computes it. Complex numbers have their
// four real parts at an address and their imaginary parts 16 bytes on.
//
// Stockham's autosort, decimation in frequency: a pass of radix r makes r transforms of length n / r out of one of n,
// and leaves the result in order. It reads element q + s (p + j m) and writes q + s (r p + k), where m = n / r and s is
// the number of transforms so far.

// @ts-ignore: decorator
@inline
function storeTurned(p: usize, re: v128, im: v128, w: usize, turn: bool): void {
  if (!turn) {
    v128.store(p, re);
    v128.store(p, im, 16);
    return;
  }
  const c = v128.load32_splat(w), s = v128.load32_splat(w, 4);
  v128.store(p, f32x4.sub(f32x4.mul(re, c), f32x4.mul(im, s)));
  v128.store(p, f32x4.add(f32x4.mul(re, s), f32x4.mul(im, c)), 16);
}

// @ts-ignore: decorator
@inline
function pass2(x: usize, y: usize, m: i32, s: i32, w: usize, turn: bool): void {
  const span = <usize>s << 5, step = span * m;
  for (let p = 0; p < m; p++, w += 8, y += span) {
    for (const end = x + span; x < end; x += 32, y += 32) {
      const ar = v128.load(x), ai = v128.load(x, 16), br = v128.load(x + step), bi = v128.load(x + step, 16);
      storeTurned(y, f32x4.add(ar, br), f32x4.add(ai, bi), 0, false);
      storeTurned(y + span, f32x4.sub(ar, br), f32x4.sub(ai, bi), w, turn);
    }
  }
}

// @ts-ignore: decorator
@inline
function pass3(x: usize, y: usize, m: i32, s: i32, w: usize, turn: bool): void {
  const span = <usize>s << 5, step = span * m;
  const half = f32x4.splat(0.5), sine = f32x4.splat(0.86602540378443865);
  for (let p = 0; p < m; p++, w += 16, y += 2 * span) {
    for (const end = x + span; x < end; x += 32, y += 32) {
      const x1 = x + step, x2 = x1 + step;
      const ar = v128.load(x), ai = v128.load(x, 16);
      const br = v128.load(x1), bi = v128.load(x1, 16), cr = v128.load(x2), ci = v128.load(x2, 16);
      const tr = f32x4.add(br, cr), ti = f32x4.add(bi, ci);
      const dr = f32x4.mul(sine, f32x4.sub(br, cr)), di = f32x4.mul(sine, f32x4.sub(bi, ci));
      const mr = f32x4.sub(ar, f32x4.mul(half, tr)), mi = f32x4.sub(ai, f32x4.mul(half, ti));
      storeTurned(y, f32x4.add(ar, tr), f32x4.add(ai, ti), 0, false);
      storeTurned(y + span, f32x4.add(mr, di), f32x4.sub(mi, dr), w, turn);
      storeTurned(y + 2 * span, f32x4.sub(mr, di), f32x4.add(mi, dr), w + 8, turn);
    }
  }
}

// @ts-ignore: decorator
@inline
function pass4(x: usize, y: usize, m: i32, s: i32, w: usize, turn: bool): void {
  const span = <usize>s << 5, step = span * m;
  for (let p = 0; p < m; p++, w += 24, y += 3 * span) {
    for (const end = x + span; x < end; x += 32, y += 32) {
      const x1 = x + step, x2 = x1 + step, x3 = x2 + step;
      const ar = v128.load(x), ai = v128.load(x, 16), cr = v128.load(x2), ci = v128.load(x2, 16);
      const sr = f32x4.add(ar, cr), si = f32x4.add(ai, ci), dr = f32x4.sub(ar, cr), di = f32x4.sub(ai, ci);
      const br = v128.load(x1), bi = v128.load(x1, 16), er = v128.load(x3), ei = v128.load(x3, 16);
      const tr = f32x4.add(br, er), ti = f32x4.add(bi, ei), fr = f32x4.sub(br, er), fi = f32x4.sub(bi, ei);
      storeTurned(y, f32x4.add(sr, tr), f32x4.add(si, ti), 0, false);
      storeTurned(y + span, f32x4.add(dr, fi), f32x4.sub(di, fr), w, turn);
      storeTurned(y + 2 * span, f32x4.sub(sr, tr), f32x4.sub(si, ti), w + 8, turn);
      storeTurned(y + 3 * span, f32x4.sub(dr, fi), f32x4.add(di, fr), w + 16, turn);
    }
  }
}

// @ts-ignore: decorator
@inline
function pass5(x: usize, y: usize, m: i32, s: i32, w: usize, turn: bool): void {
  const span = <usize>s << 5, step = span * m;
  const c1 = f32x4.splat(0.30901699437494742), c2 = f32x4.splat(-0.80901699437494742);
  const s1 = f32x4.splat(0.95105651629515357), s2 = f32x4.splat(0.58778525229247313);
  for (let p = 0; p < m; p++, w += 32, y += 4 * span) {
    for (const end = x + span; x < end; x += 32, y += 32) {
      const x1 = x + step, x2 = x1 + step, x3 = x2 + step, x4 = x3 + step;
      const br = v128.load(x1), bi = v128.load(x1, 16), er = v128.load(x4), ei = v128.load(x4, 16);
      const t1r = f32x4.add(br, er), t1i = f32x4.add(bi, ei), t3r = f32x4.sub(br, er), t3i = f32x4.sub(bi, ei);
      const cr = v128.load(x2), ci = v128.load(x2, 16), dr = v128.load(x3), di = v128.load(x3, 16);
      const t2r = f32x4.add(cr, dr), t2i = f32x4.add(ci, di), t4r = f32x4.sub(cr, dr), t4i = f32x4.sub(ci, di);
      const ar = v128.load(x), ai = v128.load(x, 16);
      storeTurned(y, f32x4.add(ar, f32x4.add(t1r, t2r)), f32x4.add(ai, f32x4.add(t1i, t2i)), 0, false);
      const m1r = f32x4.add(ar, f32x4.add(f32x4.mul(c1, t1r), f32x4.mul(c2, t2r)));
      const m1i = f32x4.add(ai, f32x4.add(f32x4.mul(c1, t1i), f32x4.mul(c2, t2i)));
      const n1r = f32x4.add(f32x4.mul(s1, t3r), f32x4.mul(s2, t4r));
      const n1i = f32x4.add(f32x4.mul(s1, t3i), f32x4.mul(s2, t4i));
      storeTurned(y + span, f32x4.add(m1r, n1i), f32x4.sub(m1i, n1r), w, turn);
      storeTurned(y + 4 * span, f32x4.sub(m1r, n1i), f32x4.add(m1i, n1r), w + 24, turn);
      const m2r = f32x4.add(ar, f32x4.add(f32x4.mul(c2, t1r), f32x4.mul(c1, t2r)));
      const m2i = f32x4.add(ai, f32x4.add(f32x4.mul(c2, t1i), f32x4.mul(c1, t2i)));
      const n2r = f32x4.sub(f32x4.mul(s2, t3r), f32x4.mul(s1, t4r));
      const n2i = f32x4.sub(f32x4.mul(s2, t3i), f32x4.mul(s1, t4i));
      storeTurned(y + 2 * span, f32x4.add(m2r, n2i), f32x4.sub(m2i, n2r), w + 8, turn);
      storeTurned(y + 3 * span, f32x4.sub(m2r, n2i), f32x4.add(m2i, n2r), w + 16, turn);
    }
  }
}

// A pass of any radix r, by its definition; its r roots of one come first.
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
        storeTurned(y + <usize>k * span, re, im, w + (<usize>(k - 1) << 3), k > 0);
      }
    }
  }
}

// Transforms of length `length`, in x or y afterwards, whose address is returned. `passes`: for each its radix, the
// roots of one if it is above 5, and for each p the factors w^p .. w^((r - 1) p).
function fourTransforms(x: usize, y: usize, length: i32, passes: usize): usize {
  for (let n = length, s = 1; n > 1;) {
    const r = <i32>load<f32>(passes);
    const m = n / r;
    const turn = m > 1;
    passes += 4;
    if (r == 4) {
      if (turn) pass4(x, y, m, s, passes, true);
      else pass4(x, y, m, s, passes, false);
    } else if (r == 5) {
      if (turn) pass5(x, y, m, s, passes, true);
      else pass5(x, y, m, s, passes, false);
    } else if (r == 3) {
      if (turn) pass3(x, y, m, s, passes, true);
      else pass3(x, y, m, s, passes, false);
    } else if (r == 2) {
      if (turn) pass2(x, y, m, s, passes, true);
      else pass2(x, y, m, s, passes, false);
    } else {
      passOf(r, x, y, m, s, passes);
      passes += <usize>r << 3;
    }
    passes += <usize>(m * (r - 1)) << 3;
    const filled = y;
    y = x;
    x = filled;
    n = m;
    s *= r;
  }
  return x;
}
