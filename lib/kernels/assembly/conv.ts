// BC-ResNet's first and last convolution.

// One chunk. out[channel] = the shares' first sums, as normSums leaves them.
export function channelSums(_chunk: i32, _scratch: usize, sums: usize, shares: i32, channels: i32, out: usize): void {
  for (let c = 0; c < channels; c++) {
    store<f32>(out + (<usize>c << 2), <f32>sumOfShares(sums, shares, 2 * channels, c));
  }
}

// Image [bands + 4][frames + 4] of one clip with two zeros on each side; rows as far as `tall`.
function padImage(x: usize, bands: i32, frames: i32, tall: i32, image: usize): void {
  const line = <usize>(frames + 4) << 2;
  memory.fill(image, 0, line * tall);
  for (let b = 0; b < bands; b++) {
    memory.copy(image + line * (b + 2) + 8, x + (<usize>(b * frames) << 2), <usize>frames << 2);
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
export function inputConv(clip: i32, scratch: usize, x: usize, bands: i32, frames: i32, rows: i32, channels: i32,
  packed: usize, bias: usize, y: usize): void {
  const tall = 2 * rows + 3;
  const columns = scratch + (<usize>(tall * (frames + 4)) << 2);
  const step = <usize>channels << 2;
  padImage(x + (<usize>(clip * bands * frames) << 2), min(bands, tall - 2), frames, tall, scratch);
  for (let r = 0; r < rows; r++) {
    const out = y + <usize>((clip * rows + r) * frames) * step;
    tapRows(scratch, frames, r, columns);
    tilesByColumn(frames, channels >> 3, 25, columns, <usize>frames << 2, packed, 32, 25 << 5, out, step, 32, false);
    for (let c: usize = 0; c < step; c += 16) {
      const offset = v128.load(bias + c);
      for (let o = out + c, end = out + c + step * frames; o < end; o += step) {
        v128.store(o, f32x4.add(v128.load(o), offset));
      }
    }
  }
}

// Chunk: a share. sums[share][25][C], cleared first. Scratch: image, columns.
export function inputConvWeightSums(share: i32, scratch: usize, x: usize, dy: usize, batch: i32, shares: i32,
  bands: i32, frames: i32, rows: i32, channels: i32, sums: usize): void {
  const tall = 2 * rows + 3;
  const columns = scratch + (<usize>(tall * (frames + 4)) << 2);
  const step = <usize>channels << 2;
  const out = sums + step * (25 * share);
  memory.fill(out, 0, step * 25);
  for (let b = batch * share / shares; b < batch * (share + 1) / shares; b++) {
    padImage(x + (<usize>(b * bands * frames) << 2), min(bands, tall - 2), frames, tall, scratch);
    for (let r = 0; r < rows; r++) {
      tapRows(scratch, frames, r, columns);
      tilesByRow(25, channels >> 3, frames, columns, <usize>frames << 2,
        dy + <usize>((b * rows + r) * frames) * step, step, 32, out, step, 32, true);
    }
  }
}

// One chunk. gradient[C][taps] = the shares' sums [share][taps][C].
export function tapSumsGradient(_chunk: i32, _scratch: usize, sums: usize, shares: i32, taps: i32, channels: i32,
  gradient: usize): void {
  for (let c = 0; c < channels; c++) {
    for (let k = 0; k < taps; k++) {
      let total: f32 = 0;
      for (let s = 0; s < shares; s++) total += load<f32>(sums + (<usize>((s * taps + k) * channels + c) << 2));
      store<f32>(gradient + (<usize>(c * taps + k) << 2), total);
    }
  }
}

// One chunk. out[rows][wide] = source[rows][columns], zeros at the end.
export function padColumns(_chunk: i32, _scratch: usize, source: usize, rows: i32, columns: i32, wide: i32,
  out: usize): void {
  memory.fill(out, 0, <usize>(rows * wide) << 2);
  for (let r = 0; r < rows; r++) {
    memory.copy(out + (<usize>(r * wide) << 2), source + (<usize>(r * columns) << 2), <usize>columns << 2);
  }
}

// Chunk: one clip. dx[B][bands][T]. padded: weight as [C][32]. Scratch: image, columns [T][32].
export function inputConvInputGradient(clip: i32, scratch: usize, dy: usize, bands: i32, frames: i32, rows: i32,
  channels: i32, padded: usize, dx: usize): void {
  const line = <usize>(frames + 4) << 2;
  const tall = max(2 * rows + 3, bands + 2);
  const columns = scratch + line * tall;
  const step = <usize>channels << 2;
  memory.fill(scratch, 0, line * tall);
  for (let r = 0; r < rows; r++) {
    tilesByRow(frames, 4, channels, dy + <usize>((clip * rows + r) * frames) * step, step, padded, 128, 32, columns,
      128, 32, false);
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 5; j++) {
        let from = columns + (<usize>(5 * i + j) << 2);
        let to = scratch + line * (2 * r + i) + (<usize>j << 2);
        for (let t = 0; t < frames; t++, from += 128, to += 4) store<f32>(to, load<f32>(to) + load<f32>(from));
      }
    }
  }
  for (let b = 0; b < bands; b++) {
    memory.copy(dx + (<usize>((clip * bands + b) * frames) << 2), scratch + line * (b + 2) + 8, <usize>frames << 2);
  }
}

// One chunk. out[columns][rows] = source[rows][columns].
export function transposeMatrix(_chunk: i32, _scratch: usize, source: usize, rows: i32, columns: i32,
  out: usize): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      store<f32>(out + (<usize>(c * rows + r) << 2), load<f32>(source + (<usize>(r * columns + c) << 2)));
    }
  }
}

// Chunk: one clip. y[B][T][C] = bias + depthwise convolution of x[B][F][T][C] as high as x; taps[F width][C].
export function lastConv(clip: i32, _scratch: usize, x: usize, rows: i32, frames: i32, channels: i32, width: i32,
  taps: usize, bias: usize, y: usize): void {
  const step = <usize>channels << 2, row = step * frames;
  for (let c: usize = 0; c < step; c += 16) {
    const out = y + row * clip + c;
    const offset = v128.load(bias + c);
    for (let i: usize = 0; i < row; i += step) v128.store(out + i, offset);
    for (let f = 0; f < rows; f++) {
      const line = x + row * (clip * rows + f) + c;
      for (let k = 0; k < width; k++) {
        const w = v128.load(taps + step * (f * width + k) + c);
        const shift = k - (width >> 1);
        const from = max(0, -shift), count = frames - abs(shift);
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
  frames: i32, channels: i32, width: i32, taps: usize, dx: usize, sums: usize): void {
  const step = <usize>channels << 2, row = step * frames;
  const totals = sums + step * (share * rows * width);
  memory.fill(totals, 0, step * (rows * width));
  for (let b = batch * share / shares; b < batch * (share + 1) / shares; b++) {
    memory.fill(dx + row * (b * rows), 0, row * rows);
    for (let c: usize = 0; c < step; c += 16) {
      for (let f = 0; f < rows; f++) {
        const line = row * (b * rows + f) + c;
        for (let k = 0; k < width; k++) {
          const place = step * (f * width + k) + c;
          const w = v128.load(taps + place);
          const shift = k - (width >> 1);
          const from = max(0, -shift), count = frames - abs(shift);
          let d = dy + row * b + c + step * from, i = line + step * (from + shift);
          let total = f32x4.splat(0);
          for (let t = 0; t < count; t++, d += step, i += step) {
            const g = v128.load(d);
            total = f32x4.relaxed_madd(g, v128.load(x + i), total);
            v128.store(dx + i, f32x4.relaxed_madd(g, w, v128.load(dx + i)));
          }
          v128.store(totals + place, f32x4.add(v128.load(totals + place), total));
        }
      }
    }
  }
}
