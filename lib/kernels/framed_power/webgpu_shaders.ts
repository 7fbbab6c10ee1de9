/**
 * Programs of the power spectrogram. Workgroups are 16 x 16; each thread holds a small tile of sums in registers, and
 * operands pass through workgroup memory in slices. Rows there are one longer than needed: threads that store a column
 * then meet different memory banks.
 */
import type { Shader } from "../webgpu/shader.ts";

/** What one workgroup makes: frames by bins forward, bins by samples in the gradient. */
export const TILE = { frames: 64, bins: 32, samples: 64, sums: 256 } as const;

const GEOMETRY = {
  rows: "u32",
  frames: "u32",
  samples: "u32",
  hop: "u32",
  pad: "u32",
  nFft: "u32",
  bins: "u32",
} as const;

const COMMON = `
const DEPTH = 16u;
const FRAME_STRIDE = 65u;
const BIN_STRIDE = 33u;
var<workgroup> frameTile: array<f32, 1040>;
var<workgroup> cosTile: array<f32, 528>;
var<workgroup> sinTile: array<f32, 528>;

// Sample k of a frame (a row counts frames of all clips), reflected at both ends of its clip; 0 outside.
fn sampleOf(row: u32, k: u32) -> f32 {
  if (row >= sizes.rows || k >= sizes.nFft) { return 0.0; }
  let clip = row / sizes.frames;
  let last = i32(sizes.samples) - 1;
  var at = abs(i32((row - clip * sizes.frames) * sizes.hop + k) - i32(sizes.pad));
  if (at > last) { at = 2 * last - at; }
  return wave[clip * sizes.samples + u32(at)];
}
`;

export const FORWARD: Shader<"wave" | "wcos" | "wsin" | "power", keyof typeof GEOMETRY | "epsilon"> = {
  key: "framedPower",
  buffers: { wave: "read", wcos: "read", wsin: "read", power: "write" },
  sizes: { ...GEOMETRY, epsilon: "f32" },
  code: () => forwardCode(""),
};

/** Also writes real and imaginary parts, which the gradient needs: `[rows, bins, 2]`. */
export const FORWARD_KEEPING: Shader<
  "wave" | "wcos" | "wsin" | "power" | "spectrum",
  keyof typeof GEOMETRY | "epsilon"
> = {
  key: "framedPower keeping",
  buffers: { ...FORWARD.buffers, spectrum: "write" },
  sizes: FORWARD.sizes,
  code: () => forwardCode("spectrum[2u * at] = re[i][j];\n        spectrum[2u * at + 1u] = im[i][j];"),
};

function forwardCode(keep: string): string {
  return `${COMMON}
@compute @workgroup_size(16, 16)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(workgroup_id) group: vec3<u32>,
) {
  let firstBin = group.x * 32u;
  let firstRow = group.y * 64u;
  var re: array<array<f32, 2>, 4>;
  var im: array<array<f32, 2>, 4>;
  for (var first = 0u; first < sizes.nFft; first += DEPTH) {
    let k = thread % DEPTH;
    for (var i = 0u; i < 4u; i++) {
      let row = thread / DEPTH + 16u * i;
      frameTile[k * FRAME_STRIDE + row] = sampleOf(firstRow + row, first + k);
    }
    for (var i = 0u; i < 2u; i++) {
      let bin = thread / DEPTH + 16u * i;
      let inside = firstBin + bin < sizes.bins && first + k < sizes.nFft;
      let at = select(0u, (firstBin + bin) * sizes.nFft + first + k, inside);
      cosTile[k * BIN_STRIDE + bin] = select(0.0, wcos[at], inside);
      sinTile[k * BIN_STRIDE + bin] = select(0.0, wsin[at], inside);
    }
    workgroupBarrier();
    for (var d = 0u; d < DEPTH; d++) {
      let c = vec2<f32>(cosTile[d * BIN_STRIDE + local.x], cosTile[d * BIN_STRIDE + local.x + 16u]);
      let s = vec2<f32>(sinTile[d * BIN_STRIDE + local.x], sinTile[d * BIN_STRIDE + local.x + 16u]);
      for (var i = 0u; i < 4u; i++) {
        let x = frameTile[d * FRAME_STRIDE + local.y + 16u * i];
        re[i][0] += x * c.x;
        re[i][1] += x * c.y;
        im[i][0] += x * s.x;
        im[i][1] += x * s.y;
      }
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 4u; i++) {
    let row = firstRow + local.y + 16u * i;
    for (var j = 0u; j < 2u; j++) {
      let bin = firstBin + local.x + 16u * j;
      if (row < sizes.rows && bin < sizes.bins) {
        let at = row * sizes.bins + bin;
        power[at] = re[i][j] * re[i][j] + im[i][j] * im[i][j] + sizes.epsilon;
        ${keep}
      }
    }
  }
}`;
}

/**
 * `terms[share, part, bin, k] = sum over the share's rows of 2 dPower[row, bin] spectrum[row, bin, part] frame[row, k]`.
 * Sums of one slice are added to the others as a whole, which keeps long sums accurate.
 */
export const GRADIENT_TERMS: Shader<
  "wave" | "spectrum" | "dPower" | "terms",
  keyof typeof GEOMETRY | "share"
> = {
  key: "framedPower gradient",
  buffers: { wave: "read", spectrum: "read", dPower: "read", terms: "write" },
  sizes: { ...GEOMETRY, share: "u32" },
  code: () =>
    `${COMMON}
@compute @workgroup_size(16, 16)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(workgroup_id) group: vec3<u32>,
) {
  let sampleTiles = (sizes.nFft + 63u) / 64u;
  let firstBin = group.x / sampleTiles * 32u;
  let firstSample = group.x % sampleTiles * 64u;
  let begin = group.y * sizes.share;
  let end = min(sizes.rows, begin + sizes.share);
  var dCos: array<array<f32, 4>, 2>;
  var dSin: array<array<f32, 4>, 2>;
  for (var first = begin; first < end; first += DEPTH) {
    for (var i = 0u; i < 4u; i++) {
      let k = thread % 64u;
      let d = thread / 64u + 4u * i;
      frameTile[d * FRAME_STRIDE + k] = sampleOf(select(sizes.rows, first + d, first + d < end), firstSample + k);
    }
    for (var i = 0u; i < 2u; i++) {
      let bin = thread % 32u;
      let d = thread / 32u + 8u * i;
      let inside = firstBin + bin < sizes.bins && first + d < end;
      let at = select(0u, (first + d) * sizes.bins + firstBin + bin, inside);
      cosTile[d * BIN_STRIDE + bin] = select(0.0, 2.0 * dPower[at] * spectrum[2u * at], inside);
      sinTile[d * BIN_STRIDE + bin] = select(0.0, 2.0 * dPower[at] * spectrum[2u * at + 1u], inside);
    }
    workgroupBarrier();
    var sliceCos: array<array<f32, 4>, 2>;
    var sliceSin: array<array<f32, 4>, 2>;
    for (var i = 0u; i < 2u; i++) {
      for (var j = 0u; j < 4u; j++) {
        sliceCos[i][j] = 0.0;
        sliceSin[i][j] = 0.0;
      }
    }
    for (var d = 0u; d < DEPTH; d++) {
      for (var i = 0u; i < 2u; i++) {
        let c = cosTile[d * BIN_STRIDE + local.y + 16u * i];
        let s = sinTile[d * BIN_STRIDE + local.y + 16u * i];
        for (var j = 0u; j < 4u; j++) {
          let x = frameTile[d * FRAME_STRIDE + local.x + 16u * j];
          sliceCos[i][j] += c * x;
          sliceSin[i][j] += s * x;
        }
      }
    }
    for (var i = 0u; i < 2u; i++) {
      for (var j = 0u; j < 4u; j++) {
        dCos[i][j] += sliceCos[i][j];
        dSin[i][j] += sliceSin[i][j];
      }
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 2u; i++) {
    let bin = firstBin + local.y + 16u * i;
    for (var j = 0u; j < 4u; j++) {
      let k = firstSample + local.x + 16u * j;
      if (bin < sizes.bins && k < sizes.nFft) {
        let plane = sizes.bins * sizes.nFft;
        let at = 2u * group.y * plane + bin * sizes.nFft + k;
        terms[at] = dCos[i][j];
        terms[at + plane] = dSin[i][j];
      }
    }
  }
}`,
};

/** Adds the shares in order. */
export const GRADIENT_SUM: Shader<"terms" | "dcos" | "dsin", "size" | "shares"> = {
  key: "framedPower gradient sum",
  buffers: { terms: "read", dcos: "write", dsin: "write" },
  sizes: { size: "u32", shares: "u32" },
  code: () => `
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= sizes.size) { return; }
  var c = 0.0;
  var s = 0.0;
  for (var share = 0u; share < sizes.shares; share++) {
    c += terms[2u * share * sizes.size + id.x];
    s += terms[(2u * share + 1u) * sizes.size + id.x];
  }
  dcos[id.x] = c;
  dsin[id.x] = s;
}`,
};
