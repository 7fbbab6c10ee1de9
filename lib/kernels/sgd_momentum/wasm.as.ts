// One step of gradient descent with momentum, in place. Rounded after every operation, as separate operations would be.

// Chunk: a share. v = momentum v + (g + decay p); p -= rate v.
export function sgdMomentum(share: i32, _scratch: usize, p: usize, v: usize, g: usize, n: i32, shares: i32,
  decay: f32, momentum: f32, rate: f32): void {
  const quads = n >> 2;
  const from = <usize>(quads * share / shares) << 4;
  const to = <usize>(quads * (share + 1) / shares) << 4;
  const d = f32x4.splat(decay), m = f32x4.splat(momentum), r = f32x4.splat(rate);
  for (let i = from; i < to; i += 16) {
    const x = v128.load(p + i);
    const change = f32x4.add(v128.load(g + i), f32x4.mul(x, d));
    const velocity = f32x4.add(f32x4.mul(v128.load(v + i), m), change);
    v128.store(v + i, velocity);
    v128.store(p + i, f32x4.sub(x, f32x4.mul(velocity, r)));
  }
  if (share + 1 < shares) return;
  for (let i = <usize>quads << 4; i < <usize>n << 2; i += 4) {
    const x = load<f32>(p + i);
    const velocity: f32 = load<f32>(v + i) * momentum + (load<f32>(g + i) + x * decay);
    store<f32>(v + i, velocity);
    store<f32>(p + i, x - velocity * rate);
  }
}
