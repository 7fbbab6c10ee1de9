// Layers of a network over frames as they come, x[frame][row][channel]: channels in whole eights, zeros behind the last.
// Frames lie one behind the other, so that what a layer has seen before stands before what is new.

// What follows a sum: 0 nothing, 1 relu, 2 swish.
// @ts-ignore: decorator
@inline
function activated(x: v128, activation: i32): v128 {
  if (activation == 1) return f32x4.pmax(x, f32x4.splat(0));
  return activation == 2 ? f32x4.mul(x, sigmoid4(x)) : x;
}

// y[i][panel 8] = activated(x[i] W + shift): rows of `inputs` numbers, `xStep` bytes apart; packed[panel][inputs][8].
export function denseRows(x: usize, rows: i32, inputs: i32, xStep: usize, packed: usize, panels: i32, shift: usize,
  activation: i32, y: usize, yStep: usize): void {
  if (rows == 0) return;
  tilesByRow(rows, panels, inputs, x, xStep, packed, 32, <usize>inputs << 5, y, yStep, 32, false);
  const wide = <usize>panels << 5;
  for (let c: usize = 0; c < wide; c += 16) {
    const more = v128.load(shift + c);
    let p = y + c;
    for (let i = 0; i < rows; i++, p += yStep) v128.store(p, activated(f32x4.add(v128.load(p), more), activation));
  }
}

// A depthwise convolution: for each new frame y[r][c] = activated(sum of x[t + j][f + i][c] taps[i][j][c] + shift[c]), where
// output row r begins at row f = r strideF - padF, and rows that are not there count as zero. Output frames begin
// `xFrame` bytes apart, taps over time are `tapStep` bytes apart. Rows of output have taps and shifts of their own,
// `tapsRow` and `shiftRow` bytes apart; 0: the same.
export function depthwiseFrames(x: usize, frames: i32, xFrame: usize, rows: i32, outRows: i32, wide: i32, height: i32,
  strideF: i32, padF: i32, width: i32, tapStep: usize, taps: usize, tapsRow: usize, shift: usize, shiftRow: usize,
  activation: i32, y: usize): void {
  const step = <usize>wide << 2;
  for (let t = 0; t < frames; t++, x += xFrame) {
    for (let r = 0; r < outRows; r++, y += step) {
      const first = r * strideF - padF;
      const low = max(0, -first), high = min(height, rows - first);
      const from = x + <usize>(first + low) * step;
      const weights = taps + <usize>r * tapsRow + <usize>(low * width) * step;
      const more = shift + <usize>r * shiftRow;
      for (let c: usize = 0; c < step; c += 16) {
        let sum = v128.load(more + c), w = weights + c, row = from + c;
        for (let i = low; i < high; i++, row += step) {
          let p = row;
          for (let j = 0; j < width; j++, p += tapStep, w += step) {
            sum = f32x4.relaxed_madd(v128.load(p), v128.load(w), sum);
          }
        }
        v128.store(y + c, activated(sum, activation));
      }
    }
  }
}

// The places of a convolution on frames of `bands` numbers: y[r][i][j] = x[t + j][r strideF - padF + i], zero beyond.
export function framePatches(x: usize, frames: i32, xFrame: usize, bands: i32, outRows: i32, height: i32, strideF: i32,
  padF: i32, width: i32, tapStep: usize, y: usize, yRow: usize): void {
  for (let t = 0; t < frames; t++, x += xFrame) {
    for (let r = 0; r < outRows; r++, y += yRow) {
      let o = y;
      for (let i = 0, band = r * strideF - padF; i < height; i++, band++) {
        const isThere = band >= 0 && band < bands;
        let p = x + (<usize>band << 2);
        for (let j = 0; j < width; j++, p += tapStep, o += 4) store<f32>(o, isThere ? load<f32>(p) : 0);
      }
    }
  }
}

// y[c] = mean of x[r][c] over rows.
export function meanRows(x: usize, frames: i32, rows: i32, wide: i32, y: usize): void {
  const step = <usize>wide << 2, frame = step * rows;
  const part = f32x4.splat(1 / <f32>rows);
  for (let t = 0; t < frames; t++, x += frame, y += step) {
    for (let c: usize = 0; c < step; c += 16) {
      let sum = v128.load(x + c);
      for (let p = x + c + step, end = x + frame; p < end; p += step) sum = f32x4.add(sum, v128.load(p));
      v128.store(y + c, f32x4.mul(sum, part));
    }
  }
}

// y[r][c] = activated(x[r][c] + z[r mod its rows][c]), z of 1 row or of as many as x.
export function addFrames(x: usize, frames: i32, rows: i32, wide: i32, z: usize, zRows: i32, activation: i32,
  y: usize): void {
  const step = <usize>wide << 2, zStep = zRows == 1 ? 0 : step;
  for (let t = 0; t < frames; t++, z += step * zRows) {
    for (let r = 0, q = z; r < rows; r++, q += zStep, x += step, y += step) {
      for (let c: usize = 0; c < step; c += 16) {
        v128.store(y + c, activated(f32x4.add(v128.load(x + c), v128.load(q + c)), activation));
      }
    }
  }
}

// y[t][b] = x[b][t] over a stretch whose rows are `frames` numbers; y's rows are `yStep` bytes apart.
export function framesOfBands(x: usize, bands: i32, frames: i32, y: usize, yStep: usize): void {
  for (let b = 0; b < bands; b++, y += 4) {
    let o = y;
    for (let t = 0; t < frames; t++, x += 4, o += yStep) store<f32>(o, load<f32>(x));
  }
}

// y[i] = re[i]^2 + im[i]^2 + epsilon, rows of `count` numbers in whole eights behind each other: re, then im.
export function powerRows(x: usize, rows: i32, wide: i32, epsilon: f32, y: usize, yStep: usize): void {
  const step = <usize>wide << 2;
  const more = f32x4.splat(epsilon);
  for (let i = 0; i < rows; i++, x += 2 * step, y += yStep) {
    for (let c: usize = 0; c < step; c += 16) {
      const re = v128.load(x + c), im = v128.load(x + step + c);
      v128.store(y + c, f32x4.relaxed_madd(re, re, f32x4.relaxed_madd(im, im, more)));
    }
  }
}
