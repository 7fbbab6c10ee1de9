// What several operations do with whole matrices.

// Chunk: one panel of 8 columns. Packs the transpose of source[columns][inner] as packed[panel][inner][8], filling
// up with zeros.
export function packTransposed(panel: i32, _scratch: usize, source: usize, columns: i32, inner: i32,
  packed: usize): void {
  const out = packed + (<usize>(panel * inner) << 5);
  for (let lane = 0; lane < 8; lane++) {
    const column = panel * 8 + lane;
    const p = source + (<usize>(column * inner) << 2);
    const o = out + (<usize>lane << 2);
    for (let k = 0; k < inner; k++) {
      store<f32>(o + (<usize>k << 5), column < columns ? load<f32>(p + (<usize>k << 2)) : 0);
    }
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

// One chunk. total[n] = the shares' sums [share][n], in order.
export function addShares(_chunk: i32, _scratch: usize, sums: usize, shares: i32, n: i32, total: usize): void {
  for (let i = 0; i < n; i++) {
    let sum: f32 = 0;
    for (let s = 0; s < shares; s++) sum += load<f32>(sums + (<usize>(s * n + i) << 2));
    store<f32>(total + (<usize>i << 2), sum);
  }
}

// One chunk. total[C][taps] = the shares' sums [share][taps][C], in order.
export function addTapShares(_chunk: i32, _scratch: usize, sums: usize, shares: i32, taps: i32, channels: i32,
  total: usize): void {
  for (let c = 0; c < channels; c++) {
    for (let k = 0; k < taps; k++) {
      let sum: f32 = 0;
      for (let s = 0; s < shares; s++) sum += load<f32>(sums + (<usize>((s * taps + k) * channels + c) << 2));
      store<f32>(total + (<usize>(c * taps + k) << 2), sum);
    }
  }
}

// One chunk. out = factor[0] * source, n numbers.
export function scaleBy(_chunk: i32, _scratch: usize, source: usize, factor: usize, n: i32, out: usize): void {
  const f = load<f32>(factor);
  for (let i: usize = 0; i < <usize>n << 2; i += 4) store<f32>(out + i, f * load<f32>(source + i));
}

// Columns from .. to of C[M][n] = A B, A by rows, B[K][n]; a last panel overlaps the one before. n >= 8.
function productOfColumns(M: i32, from: i32, to: i32, K: i32, a: usize, aRow: usize, b: usize, n: i32,
  c: usize): void {
  const row = <usize>n << 2;
  const panels = (to - from) >> 3;
  const start = <usize>from << 2;
  tilesByRow(M, panels, K, a, aRow, b + start, row, 32, c + start, row, 32, false);
  if (from + panels * 8 < to) {
    const last = <usize>(to - 8) << 2;
    tilesByRow(M, 1, K, a, aRow, b + last, row, 32, c + last, row, 32, false);
  }
}
