// Depthwise convolution with a kernel of any size over images [B][F][T][C] and its gradients. C is at least 4.

// A clip's image within zeros, its rows and frames `spreadF` and `spreadT` apart: out[wideRows][wideFrames], of `step`
// bytes a place.
function layOut(x: usize, rows: i32, frames: i32, spreadF: i32, spreadT: i32, padF: i32, padT: i32, wideRows: i32,
  wideFrames: i32, step: usize, out: usize): void {
  memory.fill(out, 0, step * (wideRows * wideFrames));
  for (let f = 0; f < rows; f++) {
    let o = out + step * ((f * spreadF + padF) * wideFrames + padT), p = x + step * (f * frames);
    if (spreadT == 1) memory.copy(o, p, step * frames);
    else {
      for (let t = 0; t < frames; t++, o += step * spreadT, p += step) memory.copy(o, p, step);
    }
  }
}

// Chunk: one clip. y[B][outRows][outFrames][C] = bias (or 0) + the taps [height width][C], the last first if `turned`,
// over the clip as it is laid out. Scratch: that.
export function depthwiseConv(clip: i32, scratch: usize, x: usize, rows: i32, frames: i32, spreadF: i32, spreadT: i32,
  padF: i32, padT: i32, wideRows: i32, wideFrames: i32, channels: i32, taps: usize, turned: bool, height: i32,
  width: i32, dilation: i32, strideF: i32, strideT: i32, bias: usize, outRows: i32, outFrames: i32, y: usize): void {
  const step = <usize>channels << 2, row = step * wideFrames;
  layOut(x + step * (clip * rows * frames), rows, frames, spreadF, spreadT, padF, padT, wideRows, wideFrames, step,
    scratch);
  const first = turned ? taps + step * (height * width - 1) : taps;
  const nextTap = turned ? 0 - step : step;
  const next = step * strideT, reach = step * dilation;
  for (let f = 0; f < outRows; f++) {
    const from = scratch + row * (f * strideF), to = y + step * ((clip * outRows + f) * outFrames);
    for (let c = 0; c < channels; c += 4) {
      const at = <usize>fourFrom(c, channels) << 2;
      const offset = bias ? v128.load(bias + at) : f32x4.splat(0);
      let o = to + at, start = from + at, t = 0;
      for (; t + 4 <= outFrames; t += 4, o += 4 * step, start += 4 * next) {
        let w = first + at, a0 = offset, a1 = offset, a2 = offset, a3 = offset;
        for (let i = 0; i < height; i++) {
          let p = start + row * i;
          for (let j = 0; j < width; j++, p += reach, w += nextTap) {
            const tap = v128.load(w);
            a0 = f32x4.relaxed_madd(v128.load(p), tap, a0);
            a1 = f32x4.relaxed_madd(v128.load(p + next), tap, a1);
            a2 = f32x4.relaxed_madd(v128.load(p + 2 * next), tap, a2);
            a3 = f32x4.relaxed_madd(v128.load(p + 3 * next), tap, a3);
          }
        }
        v128.store(o, a0);
        v128.store(o + step, a1);
        v128.store(o + 2 * step, a2);
        v128.store(o + 3 * step, a3);
      }
      for (; t < outFrames; t++, o += step, start += next) {
        let w = first + at, sum = offset;
        for (let i = 0; i < height; i++) {
          let p = start + row * i;
          for (let j = 0; j < width; j++, p += reach, w += nextTap) {
            sum = f32x4.relaxed_madd(v128.load(p), v128.load(w), sum);
          }
        }
        v128.store(o, sum);
      }
    }
  }
}

// Chunk: a share. sums[share][height width][C] (cleared first) of dy[B][outRows][outFrames][C] times what each tap
// sees. Scratch: a clip laid out.
export function depthwiseConvWeightSums(share: i32, scratch: usize, dy: usize, x: usize, batch: i32, shares: i32,
  rows: i32, frames: i32, padF: i32, padT: i32, wideRows: i32, wideFrames: i32, channels: i32, height: i32, width: i32,
  dilation: i32, strideF: i32, strideT: i32, outRows: i32, outFrames: i32, sums: usize): void {
  const step = <usize>channels << 2, row = step * wideFrames;
  const totals = sums + step * (share * height * width);
  const next = step * strideT;
  memory.fill(totals, 0, step * (height * width));
  for (let b = batch * share / shares; b < batch * (share + 1) / shares; b++) {
    layOut(x + step * (b * rows * frames), rows, frames, 1, 1, padF, padT, wideRows, wideFrames, step, scratch);
    for (let f = 0; f < outRows; f++) {
      const gradient = dy + step * ((b * outRows + f) * outFrames);
      for (let i = 0; i < height; i++) {
        const line = scratch + row * (f * strideF + i);
        for (let c = 0; c < channels; c += 4) {
          const at = <usize>fourFrom(c, channels) << 2, fresh = freshLanes(c, channels);
          for (let j = 0; j < width; j++) {
            let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
            let d = gradient + at, p = line + step * (j * dilation) + at, t = 0;
            for (; t + 4 <= outFrames; t += 4, d += 4 * step, p += 4 * next) {
              a0 = f32x4.relaxed_madd(v128.load(d), v128.load(p), a0);
              a1 = f32x4.relaxed_madd(v128.load(d + step), v128.load(p + next), a1);
              a2 = f32x4.relaxed_madd(v128.load(d + 2 * step), v128.load(p + 2 * next), a2);
              a3 = f32x4.relaxed_madd(v128.load(d + 3 * step), v128.load(p + 3 * next), a3);
            }
            for (; t < outFrames; t++, d += step, p += next) {
              a0 = f32x4.relaxed_madd(v128.load(d), v128.load(p), a0);
            }
            const total = totals + step * (i * width + j) + at;
            const sum = f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3));
            v128.store(total, f32x4.add(v128.load(total), v128.and(sum, fresh)));
          }
        }
      }
    }
  }
}
