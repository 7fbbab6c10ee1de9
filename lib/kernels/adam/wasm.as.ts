// One step of Adam, in place. Rounded after every operation, as separate operations would be.

// Chunk: a share. With h = g + decay p: m = keepM m + addM h; v = keepV v + addV h^2; p -= rate m / (sqrt(v) / root + eps).
export function adam(share: i32, _scratch: usize, p: usize, m: usize, v: usize, g: usize, n: i32, shares: i32,
  decay: f32, keepM: f32, addM: f32, keepV: f32, addV: f32, rate: f32, root: f32, eps: f32): void {
  const quads = n >> 2;
  const from = <usize>(quads * share / shares) << 4;
  const to = <usize>(quads * (share + 1) / shares) << 4;
  for (let i = from; i < to; i += 16) {
    const x = v128.load(p + i);
    const h = f32x4.add(v128.load(g + i), f32x4.mul(x, f32x4.splat(decay)));
    const mean = f32x4.add(f32x4.mul(v128.load(m + i), f32x4.splat(keepM)), f32x4.mul(h, f32x4.splat(addM)));
    const square = f32x4.add(
      f32x4.mul(v128.load(v + i), f32x4.splat(keepV)), f32x4.mul(f32x4.mul(h, h), f32x4.splat(addV)));
    v128.store(m + i, mean);
    v128.store(v + i, square);
    const size = f32x4.add(f32x4.div(f32x4.sqrt(square), f32x4.splat(root)), f32x4.splat(eps));
    v128.store(p + i, f32x4.sub(x, f32x4.div(f32x4.mul(mean, f32x4.splat(rate)), size)));
  }
  if (share + 1 < shares) return;
  for (let i = <usize>quads << 4; i < <usize>n << 2; i += 4) {
    const x = load<f32>(p + i);
    const h: f32 = load<f32>(g + i) + x * decay;
    const mean: f32 = load<f32>(m + i) * keepM + h * addM;
    const square: f32 = load<f32>(v + i) * keepV + h * h * addV;
    store<f32>(m + i, mean);
    store<f32>(v + i, square);
    store<f32>(p + i, x - mean * rate / (sqrt<f32>(square) / root + eps));
  }
}
