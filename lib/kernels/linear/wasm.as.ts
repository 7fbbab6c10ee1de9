// Fully connected layer, y = x W^T + b.

// Chunk: `height` rows. packed = transposed weight in panels of 8; bias may be 0. Scratch: the rows as
// whole panels.
export function linearForward(chunk: i32, scratch: usize, x: usize, batch: i32, height: i32, inner: i32,
  packed: usize, out: i32, bias: usize, y: usize): void {
  const first = chunk * height;
  const rows = min(height, batch - first);
  const panels = (out + 7) >> 3;
  const whole = bias == 0 && (out & 7) == 0;
  tilesByRow(rows, panels, inner, x + (<usize>(first * inner) << 2), <usize>inner << 2, packed, 32,
    <usize>inner << 5, whole ? y + (<usize>(first * out) << 2) : scratch, <usize>panels << 5, 32, false);
  if (whole) return;
  const quads = bias ? 0 : out >> 2;
  for (let i = 0; i < rows; i++) {
    const from = scratch + (<usize>(i * panels) << 5);
    const to = y + (<usize>((first + i) * out) << 2);
    for (let o: usize = 0; o < <usize>quads << 4; o += 16) v128.store(to + o, v128.load(from + o));
    for (let o = quads * 4; o < out; o++) {
      const offset: f32 = bias ? load<f32>(bias + (<usize>o << 2)) : 0;
      store<f32>(to + (<usize>o << 2), load<f32>(from + (<usize>o << 2)) + offset);
    }
  }
}

// Chunk: `height` rows. The same for long rows, from the weight as it is.
export function linearForwardLong(chunk: i32, _scratch: usize, x: usize, batch: i32, height: i32, inner: i32,
  weight: usize, out: i32, bias: usize, y: usize): void {
  const first = chunk * height;
  const row = <usize>inner << 2, outRow = <usize>out << 2;
  rowsByRows(min(height, batch - first), out, inner, x + <usize>first * row, row, weight, row, bias,
    y + <usize>first * outRow, outRow);
}

// Chunk: a share of the rows, for many rows and few columns. sums[share][out][inner] = dy^T x over its rows.
export function linearWeightSums(share: i32, _scratch: usize, dy: usize, x: usize, batch: i32, shares: i32,
  inner: i32, out: i32, sums: usize): void {
  const from = <i32>(<i64>batch * share / shares), to = <i32>(<i64>batch * (share + 1) / shares);
  linearWeightGradient(0, 0, dy + (<usize>(from * out) << 2), x + (<usize>(from * inner) << 2), to - from, 1, inner,
    out, sums + (<usize>(share * out * inner) << 2));
}

// Chunk: a share of the columns, in whole panels but for the last. inner >= 8.
// dw[out][inner] = dy[batch][out]^T x[batch][inner].
export function linearWeightGradient(share: i32, _scratch: usize, dy: usize, x: usize, batch: i32, shares: i32,
  inner: i32, out: i32, dw: usize): void {
  const from = panelStart(share, shares, inner), to = panelStart(share + 1, shares, inner);
  const row = <usize>inner << 2;
  const panels = (to - from) >> 3;
  const start = <usize>from << 2;
  tilesByColumn(out, panels, batch, dy, <usize>out << 2, x + start, row, 32, dw + start, row, 32, false);
  if (from + panels * 8 < to) {
    const last = <usize>(to - 8) << 2;
    tilesByColumn(out, 1, batch, dy, <usize>out << 2, x + last, row, 32, dw + last, row, 32, false);
  }
}

// Chunk: a share of the columns. dx[batch][inner] = dy[batch][out] w[out][inner]. inner >= 8.
export function linearInputGradient(share: i32, _scratch: usize, dy: usize, w: usize, batch: i32, shares: i32,
  inner: i32, out: i32, dx: usize): void {
  productOfColumns(batch, panelStart(share, shares, inner), panelStart(share + 1, shares, inner), out, dy,
    <usize>out << 2, w, inner, dx);
}

// Chunk: one column. Sums of source[rows][columns] over the rows.
export function columnSums(column: i32, _scratch: usize, source: usize, rows: i32, columns: i32, sums: usize): void {
  let total: f64 = 0;
  for (let i = 0; i < rows; i++) total += <f64>load<f32>(source + (<usize>(i * columns + column) << 2));
  store<f32>(sums + (<usize>column << 2), <f32>total);
}

// Where a share begins: at a whole panel; the last one ends with the columns. With at least one whole panel for each
// share, a last panel that overlaps the one before stays within its own share.
function panelStart(share: i32, shares: i32, columns: i32): i32 {
  return share == shares ? columns : (columns >> 3) * share / shares * 8;
}
