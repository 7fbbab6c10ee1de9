// BC-ResNet's last convolution. lengths: int32 [B], frames of each clip that count: what lies beyond is taken as zero,
// and zero in what comes out.

// Chunk: one clip. y[B][T][C] = bias + depthwise convolution of x[B][F][T][C] as high as x; taps[F width][C].
export function lastConv(clip: i32, _scratch: usize, x: usize, rows: i32, frames: i32, lengths: usize, channels: i32,
  width: i32, taps: usize, bias: usize, y: usize): void {
  const own = load<i32>(lengths + (<usize>clip << 2));
  const step = <usize>channels << 2, row = step * frames, used = step * own;
  memory.fill(y + row * clip + used, 0, row - used);
  for (let first = 0; first < channels; first += 4) {
    const c = <usize>fourFrom(first, channels) << 2;
    const out = y + row * clip + c;
    const offset = v128.load(bias + c);
    for (let i: usize = 0; i < used; i += step) v128.store(out + i, offset);
    for (let f = 0; f < rows; f++) {
      const line = x + row * (clip * rows + f) + c;
      for (let k = 0; k < width; k++) {
        const w = v128.load(taps + step * (f * width + k) + c);
        const shift = k - (width >> 1);
        const from = max(0, -shift), count = own - abs(shift);
        let o = out + step * from, p = line + step * (from + shift);
        for (let t = 0; t < count; t++, o += step, p += step) {
          v128.store(o, f32x4.relaxed_madd(v128.load(p), w, v128.load(o)));
        }
      }
    }
  }
}

// Chunk: a share. dx, and sums[share][F width][C] (cleared first).
export function lastConvBack(share: i32, _scratch: usize, dy: usize, x: usize, batch: i32, shares: i32, rows: i32,
  frames: i32, lengths: usize, channels: i32, width: i32, taps: usize, dx: usize, sums: usize): void {
  const step = <usize>channels << 2, row = step * frames;
  const totals = sums + step * (share * rows * width);
  memory.fill(totals, 0, step * (rows * width));
  for (let b = batch * share / shares; b < batch * (share + 1) / shares; b++) {
    const own = load<i32>(lengths + (<usize>b << 2));
    memory.fill(dx + row * (b * rows), 0, row * rows);
    for (let first = 0; first < channels; first += 4) {
      const c = <usize>fourFrom(first, channels) << 2, fresh = freshLanes(first, channels);
      for (let f = 0; f < rows; f++) {
        const line = row * (b * rows + f) + c;
        for (let k = 0; k < width; k++) {
          const place = step * (f * width + k) + c;
          const w = v128.load(taps + place);
          const shift = k - (width >> 1);
          const from = max(0, -shift), count = own - abs(shift);
          let d = dy + row * b + c + step * from, i = line + step * (from + shift);
          let total = f32x4.splat(0);
          for (let t = 0; t < count; t++, d += step, i += step) {
            const g = v128.and(v128.load(d), fresh);
            total = f32x4.relaxed_madd(g, v128.load(x + i), total);
            v128.store(dx + i, f32x4.relaxed_madd(g, w, v128.load(dx + i)));
          }
          v128.store(totals + place, f32x4.add(v128.load(totals + place), total));
        }
      }
    }
  }
}
