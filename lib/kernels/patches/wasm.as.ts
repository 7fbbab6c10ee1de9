// Patches of an image of one channel: for each place of a kernel of height by width, what lies under it.

// Chunk: one clip. out[B][outRows][outFrames][height width] from x[B][bands][frames]. Scratch: the clip within zeros.
export function patches(clip: i32, scratch: usize, x: usize, bands: i32, frames: i32, padF: i32, padT: i32,
  wideRows: i32, wideFrames: i32, height: i32, width: i32, strideF: i32, strideT: i32, outRows: i32, outFrames: i32,
  out: usize): void {
  layOut(x + (<usize>(clip * bands * frames) << 2), bands, frames, 1, 1, padF, padT, wideRows, wideFrames, 4, scratch);
  const run = <usize>width << 2;
  let o = out + run * (clip * outRows * outFrames * height);
  for (let f = 0; f < outRows; f++) {
    for (let t = 0; t < outFrames; t++) {
      for (let i = 0; i < height; i++, o += run) {
        const from = scratch + (<usize>((f * strideF + i) * wideFrames + t * strideT) << 2);
        for (let k: usize = 0; k < run; k += 4) store<f32>(o + k, load<f32>(from + k));
      }
    }
  }
}

// Chunk: one clip. dx[B][bands][frames]: sums of the gradients d[B][outRows][outFrames][height width] of its patches.
// Scratch: the same within what lies around.
export function patchesBack(clip: i32, scratch: usize, d: usize, bands: i32, frames: i32, padF: i32, padT: i32,
  wideRows: i32, wideFrames: i32, height: i32, width: i32, strideF: i32, strideT: i32, outRows: i32, outFrames: i32,
  dx: usize): void {
  const run = <usize>width << 2;
  memory.fill(scratch, 0, <usize>(wideRows * wideFrames) << 2);
  let p = d + run * (clip * outRows * outFrames * height);
  for (let f = 0; f < outRows; f++) {
    for (let t = 0; t < outFrames; t++) {
      for (let i = 0; i < height; i++, p += run) {
        const to = scratch + (<usize>((f * strideF + i) * wideFrames + t * strideT) << 2);
        for (let k: usize = 0; k < run; k += 4) store<f32>(to + k, load<f32>(to + k) + load<f32>(p + k));
      }
    }
  }
  for (let f = 0; f < bands; f++) {
    const from = scratch + (<usize>((f + padF) * wideFrames + padT) << 2);
    memory.copy(dx + (<usize>((clip * bands + f) * frames) << 2), from, <usize>frames << 2);
  }
}
