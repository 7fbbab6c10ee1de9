// BC-ResNet's first convolution. lengths: int32 [B], frames of each clip that count: what lies beyond is taken as
// zero, and zero in what comes out.

// Image [bands + 4][own + 4] of one clip with two zeros on each side; rows as far as `tall`.
function padImage(x: usize, bands: i32, frames: i32, own: i32, tall: i32, image: usize): void {
  const line = <usize>(own + 4) << 2;
  memory.fill(image, 0, line * tall);
  for (let b = 0; b < bands; b++) {
    memory.copy(image + line * (b + 2) + 8, x + (<usize>(b * frames) << 2), <usize>own << 2);
  }
}

// columns[25][frames]: the image under each tap, for output row r.
function tapRows(image: usize, frames: i32, r: i32, columns: usize): void {
  for (let i = 0; i < 5; i++) {
    const line = image + (<usize>((2 * r + i) * (frames + 4)) << 2);
    for (let j = 0; j < 5; j++) {
      memory.copy(columns + (<usize>((5 * i + j) * frames) << 2), line + (<usize>j << 2), <usize>frames << 2);
    }
  }
}

// Chunk: one clip. y[B][rows][T][C] = 5x5 convolution of x[B][bands][T], stride 2 over bands, C a multiple of 8.
// packed: weight [C][25] transposed into panels. Scratch: image, columns.
export function inputConv(clip: i32, scratch: usize, x: usize, bands: i32, frames: i32, lengths: usize, rows: i32,
  channels: i32, packed: usize, bias: usize, y: usize): void {
  const tall = 2 * rows + 3, own = load<i32>(lengths + (<usize>clip << 2));
  const columns = scratch + (<usize>(tall * (own + 4)) << 2);
  const step = <usize>channels << 2, used = step * own;
  padImage(x + (<usize>(clip * bands * frames) << 2), min(bands, tall - 2), frames, own, tall, scratch);
  for (let r = 0; r < rows; r++) {
    const out = y + <usize>((clip * rows + r) * frames) * step;
    tapRows(scratch, own, r, columns);
    tilesByColumn(own, channels >> 3, 25, columns, <usize>own << 2, packed, 32, 25 << 5, out, step, 32, false);
    for (let c: usize = 0; c < step; c += 16) {
      const offset = v128.load(bias + c);
      for (let o = out + c, end = out + c + used; o < end; o += step) {
        v128.store(o, f32x4.add(v128.load(o), offset));
      }
    }
    memory.fill(out + used, 0, step * frames - used);
  }
}

// Chunk: a share. sums[share][25][C], cleared first. Scratch: image, columns.
export function inputConvWeightSums(share: i32, scratch: usize, x: usize, dy: usize, batch: i32, shares: i32,
  bands: i32, frames: i32, lengths: usize, rows: i32, channels: i32, sums: usize): void {
  const tall = 2 * rows + 3;
  const step = <usize>channels << 2;
  const out = sums + step * (25 * share);
  memory.fill(out, 0, step * 25);
  for (let b = batch * share / shares; b < batch * (share + 1) / shares; b++) {
    const own = load<i32>(lengths + (<usize>b << 2));
    const columns = scratch + (<usize>(tall * (own + 4)) << 2);
    padImage(x + (<usize>(b * bands * frames) << 2), min(bands, tall - 2), frames, own, tall, scratch);
    for (let r = 0; r < rows; r++) {
      tapRows(scratch, own, r, columns);
      tilesByRow(25, channels >> 3, own, columns, <usize>own << 2,
        dy + <usize>((b * rows + r) * frames) * step, step, 32, out, step, 32, true);
    }
  }
}

// out[C][wide] = source[T][C] transposed, zeros beyond T; C a multiple of 4.
function transposeFrames(source: usize, frames: i32, channels: i32, wide: i32, out: usize): void {
  const step = <usize>channels << 2, line = <usize>wide << 2;
  for (let c = 0; c < channels; c += 4) {
    let p = source + (<usize>c << 2), o = out + line * c;
    let t = 0;
    for (; t + 4 <= frames; t += 4, p += 4 * step, o += 16) {
      const x0 = v128.load(p), x1 = v128.load(p + step), x2 = v128.load(p + 2 * step), x3 = v128.load(p + 3 * step);
      const a0 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5), a1 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
      const b0 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5), b1 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
      v128.store(o, v128.shuffle<f64>(a0, b0, 0, 2));
      v128.store(o + line, v128.shuffle<f64>(a0, b0, 1, 3));
      v128.store(o + 2 * line, v128.shuffle<f64>(a1, b1, 0, 2));
      v128.store(o + 3 * line, v128.shuffle<f64>(a1, b1, 1, 3));
    }
    for (; t < wide; t++, p += step, o += 4) {
      for (let i: usize = 0; i < 4; i++) store<f32>(o + line * i, t < frames ? load<f32>(p + (i << 2)) : 0);
    }
  }
}

// Chunk: one clip. dx[B][bands][T]. taps: weight as [25][C]. Scratch, with `wide` its frames rounded up to panels of 8:
// image [bands][wide], columns [25][wide + 8] with four zeros on each side, turned [C][wide].
export function inputConvInputGradient(clip: i32, scratch: usize, dy: usize, bands: i32, frames: i32, lengths: usize,
  rows: i32, channels: i32, taps: usize, dx: usize): void {
  const own = load<i32>(lengths + (<usize>clip << 2)), wide = (own + 7) & ~7;
  const line = <usize>wide << 2, column = line + 32;
  const columns = scratch + line * bands, turned = columns + column * 25;
  memory.fill(scratch, 0, line * bands + column * 25);
  for (let r = 0; r < rows; r++) {
    transposeFrames(dy + (<usize>((clip * rows + r) * frames * channels) << 2), own, channels, wide, turned);
    tilesByRow(25, wide >> 3, channels, taps, <usize>channels << 2, turned, line, 32, columns + 16, column, 32, false);
    for (let i = 0; i < 5; i++) {
      const band = 2 * r + i - 2;
      if (band < 0 || band >= bands) continue;
      let p = columns + column * (5 * i) + 16, o = scratch + line * band;
      for (const end = o + line; o < end; o += 16, p += 16) {
        const near = f32x4.add(v128.load(p + column, 4), v128.load(p + 3 * column - 4));
        const far = f32x4.add(v128.load(p, 8), v128.load(p + 4 * column - 8));
        const sum = f32x4.add(f32x4.add(near, far), v128.load(p + 2 * column));
        v128.store(o, f32x4.add(v128.load(o), sum));
      }
    }
  }
  for (let b = 0; b < bands; b++) {
    const out = dx + (<usize>((clip * bands + b) * frames) << 2);
    memory.copy(out, scratch + line * b, <usize>own << 2);
    memory.fill(out + (<usize>own << 2), 0, <usize>(frames - own) << 2);
  }
}
