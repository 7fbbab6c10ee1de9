// Long sums over waves for augmentation. Nothing is fused and sums have one order: the same bytes on every processor.

// y[i] = taps[0] x[i] + ... + taps[length - 1] x[i + length - 1], by sixteens: x and y reach as far.
export function correlateWave(x: usize, taps: usize, length: i32, count: i32, y: usize): void {
  const end = taps + (<usize>length << 2);
  for (const last = x + (<usize>count << 2); x < last; x += 64, y += 64) {
    let a = f32x4.splat(0), b = f32x4.splat(0), c = f32x4.splat(0), d = f32x4.splat(0);
    for (let t = taps, s = x; t < end; t += 4, s += 4) {
      const w = v128.load32_splat(t);
      a = f32x4.add(a, f32x4.mul(v128.load(s), w));
      b = f32x4.add(b, f32x4.mul(v128.load(s, 16), w));
      c = f32x4.add(c, f32x4.mul(v128.load(s, 32), w));
      d = f32x4.add(d, f32x4.mul(v128.load(s, 48), w));
    }
    v128.store(y, a);
    v128.store(y, b, 16);
    v128.store(y, c, 32);
    v128.store(y, d, 48);
  }
}

// y[i] = taps[phase] . x from the input sample that the output's phase is counted from; taps[up][length], length in whole
// eights. Each output lies `down` times 1 / up input samples behind the one before it.
export function resampleWave(x: usize, up: i32, down: i32, taps: usize, length: i32, count: i32, y: usize): void {
  const whole = <usize>(down / up) << 2, part = down % up, row = <usize>length << 2;
  let phase = 0;
  for (const last = y + (<usize>count << 2); y < last; y += 4) {
    let a = f32x4.splat(0), b = f32x4.splat(0);
    let t = taps + <usize>phase * row;
    for (let s = x, end = t + row; t < end; t += 32, s += 32) {
      a = f32x4.add(a, f32x4.mul(v128.load(s), v128.load(t)));
      b = f32x4.add(b, f32x4.mul(v128.load(s, 16), v128.load(t, 16)));
    }
    a = f32x4.add(a, b);
    store<f32>(y, (f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1)) +
      (f32x4.extract_lane(a, 2) + f32x4.extract_lane(a, 3)));
    x += whole;
    phase += part;
    if (phase >= up) {
      phase -= up;
      x += 4;
    }
  }
}

// A response in the first lane of `size` complex numbers.
function loadResponse(response: usize, length: i32, size: i32, x: usize): void {
  memory.fill(x, 0, <usize>size << 5);
  for (const end = x + (<usize>length << 5); x < end; x += 32, response += 4) store<f32>(x, load<f32>(response));
}

// Eight stretches of a wave, `block` samples each, as four complex signals with zeros behind them.
function loadBlocks(wave: usize, block: i32, size: i32, x: usize): void {
  const step = <usize>block << 2, rest = x + (<usize>size << 5);
  for (const end = wave + step; wave < end; wave += 4, x += 32) {
    for (let lane: usize = 0; lane < 4; lane++) {
      store<f32>(x + (lane << 2), load<f32>(wave + lane * step));
      store<f32>(x + (lane << 2), load<f32>(wave + (lane + 4) * step), 16);
    }
  }
  memory.fill(x, 0, rest - x);
}

// z times the first lane of h, divided by the size. Real and imaginary parts change places: the transform of that is the
// inverse transform, with its parts in each other's place again.
function multiplyTurned(z: usize, h: usize, size: i32): void {
  const scale = f32x4.splat(<f32>1 / <f32>size);
  for (const end = z + (<usize>size << 5); z < end; z += 32, h += 32) {
    const c = f32x4.mul(v128.load32_splat(h), scale), d = f32x4.mul(v128.load32_splat(h, 16), scale);
    const re = v128.load(z), im = v128.load(z, 16);
    v128.store(z, f32x4.add(f32x4.mul(re, d), f32x4.mul(im, c)));
    v128.store(z, f32x4.sub(f32x4.mul(re, c), f32x4.mul(im, d)), 16);
  }
}

// Each stretch with what rings on behind it, added to y[8 block + size].
function addBlocks(z: usize, block: i32, length: i32, size: i32, y: usize): void {
  memory.fill(y, 0, <usize>(8 * block + size) << 2);
  for (let part: usize = 0; part < 8; part++) {
    let from = z + (part < 4 ? 16 + (part << 2) : (part - 4) << 2);
    let to = y + part * (<usize>block << 2);
    for (const end = to + (<usize>length << 2); to < end; to += 4, from += 32) {
      store<f32>(to, load<f32>(to) + load<f32>(from));
    }
  }
}

// y[8 block + size]: the convolution of wave[8 block] with response[length], by transforms of size >= block + length - 1.
// passes: of the transform. Scratch: four buffers of `size` complex numbers in four lanes.
export function convolveWave(wave: usize, block: i32, response: usize, length: i32, size: i32, passes: usize,
  scratch: usize, y: usize): void {
  const buffer = <usize>size << 5;
  loadResponse(response, length, size, scratch);
  const h = fourTransforms(scratch, scratch + buffer, size, passes);
  const x = scratch + 2 * buffer, other = x + buffer;
  loadBlocks(wave, block, size, x);
  const z = fourTransforms(x, other, size, passes);
  multiplyTurned(z, h, size);
  addBlocks(fourTransforms(z, z == x ? other : x, size, passes), block, block + length - 1, size, y);
}
