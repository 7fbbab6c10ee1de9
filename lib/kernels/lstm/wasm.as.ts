// What an LSTM does from frame to frame, in both directions. H units, a multiple of 8; gates in the order i, f, g, o.
// projected, gates, dGates [B][T][2][4H]; cells, y, dy [B][T][2][H]; lengths int32 [B], frames of each clip that
// count; order int32 [B], clips from the longest to the shortest. A chunk is a direction and a few clips in this
// order: in lockstep, each weight that is loaded serves all of them. The number of clips is fixed, so results do not
// depend on that of threads.

const LSTM_CLIPS = 6;

// @ts-ignore: decorator
@inline
function tanh4(x: v128): v128 {
  const s = sigmoid4(f32x4.add(x, x));
  return f32x4.sub(f32x4.add(s, s), f32x4.splat(1));
}

// @ts-ignore: decorator
@inline
function intAt(p: usize, i: i32): i32 {
  return load<i32>(p + (<usize>i << 2));
}

// Where a clip is in step s of a direction, as the index of a row of y or gates.
// @ts-ignore: decorator
@inline
function lstmRow(clip: i32, s: i32, frames: i32, lengths: usize, direction: i32): i32 {
  const t = direction ? intAt(lengths, clip) - 1 - s : s;
  return (clip * frames + t) * 2 + direction;
}

// packed: [direction] recurrent weights transposed, in panels of 8; bias [2][4H]. gates (activated) and cells may be 0.
// Scratch: h, c [clips][H], z [clips][4H].
export function lstmForward(chunk: i32, scratch: usize, projected: usize, batch: i32, frames: i32, lengths: usize,
  order: usize, units: i32, packed: usize, bias: usize, gates: usize, cells: usize, y: usize): void {
  const groups = (batch + LSTM_CLIPS - 1) / LSTM_CLIPS;
  const direction = chunk / groups, first = chunk % groups * LSTM_CLIPS;
  const size = <usize>units << 2, wide = size << 2;
  const h = scratch, c = h + LSTM_CLIPS * size, z = c + LSTM_CLIPS * size;
  const weights = packed + direction * units * wide, offset = bias + direction * wide;
  memory.fill(h, 0, 2 * LSTM_CLIPS * size);
  let active = min(LSTM_CLIPS, batch - first);
  for (let i = 0; i < active; i++) {
    const clip = intAt(order, first + i);
    for (let t = intAt(lengths, clip); t < frames; t++) {
      memory.fill(y + size * ((clip * frames + t) * 2 + direction), 0, size);
    }
  }
  for (let s = 0; active > 0; s++) {
    while (active > 0 && intAt(lengths, intAt(order, first + active - 1)) <= s) active--;
    if (active == 0) break;
    for (let i = 0; i < active; i++) {
      const p = projected + wide * lstmRow(intAt(order, first + i), s, frames, lengths, direction);
      for (let o: usize = 0; o < wide; o += 16) {
        v128.store(z + wide * i + o, f32x4.add(v128.load(p + o), v128.load(offset + o)));
      }
    }
    tilesByRow(active, units >> 1, units, h, size, weights, 32, <usize>units << 5, z, wide, 32, true);
    for (let i = 0; i < active; i++) {
      const row = lstmRow(intAt(order, first + i), s, frames, lengths, direction);
      let p = z + wide * i, hi = h + size * i, ci = c + size * i, out = y + size * row;
      let g = gates + wide * row, k = cells + size * row;
      for (const end = p + size; p < end; p += 16, hi += 16, ci += 16, out += 16, g += 16, k += 16) {
        const into = sigmoid4(v128.load(p)), keep = sigmoid4(v128.load(p + size));
        const news = tanh4(v128.load(p + 2 * size)), show = sigmoid4(v128.load(p + 3 * size));
        const cell = f32x4.relaxed_madd(keep, v128.load(ci), f32x4.mul(into, news));
        const shown = f32x4.mul(show, tanh4(cell));
        v128.store(ci, cell);
        v128.store(hi, shown);
        v128.store(out, shown);
        if (gates == 0) continue;
        v128.store(g, into);
        v128.store(g + size, keep);
        v128.store(g + 2 * size, news);
        v128.store(g + 3 * size, show);
        v128.store(k, cell);
      }
    }
  }
}

// weights [2][4H][H]; biasSums float64 [chunk][4H]. Scratch: dh, dc [clips][H], dz [clips][4H].
export function lstmBackward(chunk: i32, scratch: usize, dy: usize, batch: i32, frames: i32, lengths: usize,
  order: usize, units: i32, weights: usize, gates: usize, cells: usize, dGates: usize, biasSums: usize): void {
  const groups = (batch + LSTM_CLIPS - 1) / LSTM_CLIPS;
  const direction = chunk / groups, first = chunk % groups * LSTM_CLIPS;
  const size = <usize>units << 2, wide = size << 2;
  const dh = scratch, dc = dh + LSTM_CLIPS * size, dz = dc + LSTM_CLIPS * size;
  const own = weights + direction * units * wide, sums = biasSums + 2 * wide * chunk;
  const one = f32x4.splat(1);
  memory.fill(dh, 0, 2 * LSTM_CLIPS * size);
  memory.fill(sums, 0, 2 * wide);
  const clips = min(LSTM_CLIPS, batch - first);
  for (let i = 0; i < clips; i++) {
    const clip = intAt(order, first + i);
    for (let t = intAt(lengths, clip); t < frames; t++) {
      memory.fill(dGates + wide * ((clip * frames + t) * 2 + direction), 0, wide);
    }
  }
  let active = 0;
  for (let s = intAt(lengths, intAt(order, first)) - 1; s >= 0; s--) {
    while (active < clips && intAt(lengths, intAt(order, first + active)) > s) active++;
    for (let i = 0; i < active; i++) {
      const clip = intAt(order, first + i);
      const row = lstmRow(clip, s, frames, lengths, direction);
      const before = lstmRow(clip, s - 1, frames, lengths, direction);
      const g = gates + wide * row, d = dGates + wide * row, z = dz + wide * i;
      for (let o: usize = 0; o < size; o += 16) {
        const into = v128.load(g + o), keep = v128.load(g + size + o);
        const news = v128.load(g + 2 * size + o), show = v128.load(g + 3 * size + o);
        const shape = tanh4(v128.load(cells + size * row + o));
        const past = s > 0 ? v128.load(cells + size * before + o) : f32x4.splat(0);
        const p = dh + size * i + o, q = dc + size * i + o;
        const dShown = f32x4.add(v128.load(dy + size * row + o), v128.load(p));
        const dCell = f32x4.add(v128.load(q),
          f32x4.mul(f32x4.mul(dShown, show), f32x4.sub(one, f32x4.mul(shape, shape))));
        v128.store(q, f32x4.mul(dCell, keep));
        const dInto = f32x4.mul(f32x4.mul(dCell, news), f32x4.mul(into, f32x4.sub(one, into)));
        const dKeep = f32x4.mul(f32x4.mul(dCell, past), f32x4.mul(keep, f32x4.sub(one, keep)));
        const dNews = f32x4.mul(f32x4.mul(dCell, into), f32x4.sub(one, f32x4.mul(news, news)));
        const dShow = f32x4.mul(f32x4.mul(dShown, shape), f32x4.mul(show, f32x4.sub(one, show)));
        v128.store(z + o, dInto);
        v128.store(z + size + o, dKeep);
        v128.store(z + 2 * size + o, dNews);
        v128.store(z + 3 * size + o, dShow);
        addDoubles(sums + 2 * o, dInto);
        addDoubles(sums + 2 * (size + o), dKeep);
        addDoubles(sums + 2 * (2 * size + o), dNews);
        addDoubles(sums + 2 * (3 * size + o), dShow);
      }
      memory.copy(d, z, wide);
    }
    tilesByRow(active, units >> 3, 4 * units, dz, wide, own, size, 32, dh, size, 32, false);
  }
}

// One chunk. gradient[2][4H] = the sums of each direction's chunks, in order.
export function lstmBiasGradient(_chunk: i32, _scratch: usize, biasSums: usize, groups: i32, units: i32,
  gradient: usize): void {
  const size = 4 * units;
  for (let i = 0; i < 2 * size; i++) {
    const direction = i / size;
    const own = biasSums + (<usize>(direction * groups * size) << 3);
    store<f32>(gradient + (<usize>i << 2), <f32>sumOfShares(own, groups, size, i % size));
  }
}

// Chunk: a direction and a share of the batch. sums[chunk][4H][H] = dGates times y of the step before, over its clips.
export function lstmWeightSums(chunk: i32, _scratch: usize, dGates: usize, y: usize, batch: i32, shares: i32,
  frames: i32, lengths: usize, units: i32, sums: usize): void {
  const direction = chunk / shares, share = chunk % shares;
  const size = <usize>units << 2, wide = size << 2;
  const out = sums + units * wide * chunk;
  memory.fill(out, 0, units * wide);
  for (let b = batch * share / shares; b < batch * (share + 1) / shares; b++) {
    const steps = intAt(lengths, b) - 1;
    if (steps == 0) continue;
    // From step to step time goes up or down: whose row is the later one.
    const d = dGates + wide * ((b * frames + (direction ? 0 : 1)) * 2 + direction);
    const past = y + size * ((b * frames + (direction ? 1 : 0)) * 2 + direction);
    tilesByColumn(4 * units, units >> 3, steps, d, 2 * wide, past, 2 * size, 32, out, size, 32, true);
  }
}
