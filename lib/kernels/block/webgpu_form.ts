/** Sizes of a BC-ResNet block as its WGSL programs see it, and the WGSL text that all of them share. */

/** What the programs' code depends on. Everything else is handed over with each call. */
export interface BlockForm {
  readonly kind: "transition" | "broadcasted";
  /** Whether the block begins with a convolution of its own; only transition blocks do. */
  readonly pointwise: boolean;
  /** True: normalised by the batch's statistics; false: by the running ones. */
  readonly training: boolean;
  readonly inChannels: number;
  readonly channels: number;
  readonly strideF: 1 | 2;
  readonly groups: readonly number[];
  /** Whether clips have frames that do not count. */
  readonly padded: boolean;
}

/** Sizes of one call, all in elements. */
export interface BlockSizes {
  readonly batch: number;
  readonly frames: number;
  readonly rowsIn: number;
  readonly rows: number;
  readonly dilation: number;
  /** `[B]`: frames of each clip that count; undefined: all. */
  readonly validFrames: Int32Array | undefined;
}

/** Threads of a workgroup: lanes of `channels` threads each, one for each place (clip and frame), the rest idle. */
export const THREADS = 256;
export const MOST_CHANNELS = 32;
/** Statistics that fit in workgroup memory beside the rest. */
export const MOST_STATISTICS = 256;

export function lanesOf(form: BlockForm): number {
  return Math.floor(THREADS / form.channels);
}

/** Number of workgroups for a sum over `places`. */
export function chunksOf(places: number, lanes: number, most: number): number {
  return Math.max(1, Math.min(most, Math.ceil(places / lanes)));
}

export function formKey(form: BlockForm): string {
  const { kind, pointwise, training, inChannels, channels, strideF, groups, padded } = form;
  const mode = `${training ? "training" : "fixed"}${padded ? " padded" : ""}`;
  return `${kind} ${
    pointwise ? `${inChannels} to ` : ""
  }${channels} stride ${strideF} groups ${groups} ${mode}`;
}

/**
 * The block's table: statistics, factors and copies of its weights, written during the forward pass and kept for the
 * backward pass. Each normalisation has means, inverse deviations, scales and offsets, in this order. Where clips are
 * padded, how many frames of each count comes behind all this.
 */
export function tableSize(form: BlockForm): number {
  const { channels, groups } = form;
  return 8 * channels + 4 * channels * groups.length + 6 * channels + channels * channels;
}

/** Constants, the groups of rows, and where in the table things are. */
export function blockHeader(form: BlockForm): string {
  const { channels, inChannels, groups, strideF } = form;
  const starts = groups.map((_, g) => groups.slice(0, g).reduce((sum, rows) => sum + rows, 0));
  const height = groups.reduce((sum, rows) => sum + rows, 0);
  return `
const C = ${channels}u;
const IN = ${inChannels}u;
const G = ${groups.length}u;
const S = ${groups.length * channels}u;
const STRIDE = ${strideF}u;
const ROWS = ${height}u;
const LANES = ${lanesOf(form)}u;
const BN1 = 0u;
const SSN = 4u * C;
const BN2 = SSN + 4u * S;
const FREQ_DW_CONV = BN2 + 4u * C;
const TEMP_DW_CONV = FREQ_DW_CONV + 3u * C;
const CONV1X1_2 = TEMP_DW_CONV + 3u * C;

fn groupStart(g: u32) -> u32 {
  switch g {
${starts.map((start, g) => `    case ${g}u: { return ${start}u; }`).join("\n")}
    default: { return ROWS; }
  }
}
${form.padded ? `const LENGTHS = ${tableSize(form)}u;` : ""}

// Whether a frame is no padding. Wants the table where clips are padded.
fn counts(clip: u32, frame: u32) -> bool {
  return ${form.padded ? "frame < u32(table[LENGTHS + clip])" : "true"};
}
`;
}

/**
 * Reads the block's two-dimensional half: the input, normalised and rectified in a transition block, and its
 * convolution over frequency. Wants buffers `source` `[B, rowsIn, T, C]` and `table`.
 */
export function rowsCode(form: BlockForm): string {
  const activate = form.kind === "transition"
    ? "let y = (v - bn1Mean) * bn1Scale + bn1Offset;\n  return select(y, 0.0, y < 0.0);"
    : "return v;";
  return `
var<private> channel: u32;
var<private> clip: u32;
var<private> frame: u32;
var<private> rowStride: u32;
var<private> inBase: u32;
var<private> outBase: u32;
var<private> freqTaps: vec3<f32>;
var<private> bn1Mean: f32;
var<private> bn1Scale: f32;
var<private> bn1Offset: f32;

// Goes to a place: a clip and one of its frames.
fn locate(place: u32) {
  clip = place / sizes.frames;
  frame = place - clip * sizes.frames;
  rowStride = sizes.frames * C;
  inBase = (clip * sizes.rowsIn * sizes.frames + frame) * C + channel;
  outBase = (clip * ROWS * sizes.frames + frame) * C + channel;
}

fn activate(v: f32) -> f32 {
  ${activate}
}

fn inputAt(row: i32) -> f32 {
  if (row < 0 || row >= i32(sizes.rowsIn)) { return 0.0; }
  return activate(source[inBase + u32(row) * rowStride]);
}

fn uAt(row: u32) -> f32 {
  let middle = i32(row * STRIDE);
  return freqTaps.x * inputAt(middle - 1) + freqTaps.y * inputAt(middle) + freqTaps.z * inputAt(middle + 1);
}
`;
}

/** Loads what {@link rowsCode} needs of a channel from the table. */
export const LOAD_ROWS = `
  bn1Mean = table[BN1 + channel];
  bn1Scale = table[BN1 + 2u * C + channel];
  bn1Offset = table[BN1 + 3u * C + channel];
  let taps = FREQ_DW_CONV + 3u * channel;
  freqTaps = vec3<f32>(table[taps], table[taps + 1u], table[taps + 2u]);
`;

/**
 * Reads the one-dimensional half: `m`, the mean over frequency `[B, T, C]`, its convolution over time and the
 * factors that normalise it.
 */
export const TIME_CODE = `
var<private> tempTaps: vec3<f32>;
var<private> bn2Mean: f32;
var<private> bn2Inverse: f32;
var<private> bn2Scale: f32;
var<private> bn2Offset: f32;

fn mAt(t: i32) -> f32 {
  if (t < 0 || t >= i32(sizes.frames)) { return 0.0; }
  return m[(clip * sizes.frames + u32(t)) * C + channel];
}

fn vAt(t: i32) -> f32 {
  let step = i32(sizes.dilation);
  return tempTaps.x * mAt(t - step) + tempTaps.y * mAt(t) + tempTaps.z * mAt(t + step);
}

fn loadBn2() {
  let taps = TEMP_DW_CONV + 3u * channel;
  tempTaps = vec3<f32>(table[taps], table[taps + 1u], table[taps + 2u]);
  bn2Mean = table[BN2 + channel];
  bn2Inverse = table[BN2 + C + channel];
  bn2Scale = table[BN2 + 2u * C + channel];
  bn2Offset = table[BN2 + 3u * C + channel];
}
`;

/** Sums over lanes, each channel for itself, in a fixed order. All threads must call it. */
export const SUM_LANES = `
var<workgroup> laneSums: array<f32, ${THREADS}>;

fn sumOverLanes(thread: u32, value: f32) -> f32 {
  laneSums[thread] = value;
  workgroupBarrier();
  let lane = thread / C;
  for (var half = ${THREADS / 2}u; half > 0u; half /= 2u) {
    if (lane < half && lane + half < LANES) { laneSums[thread] += laneSums[thread + half * C]; }
    workgroupBarrier();
  }
  let total = laneSums[thread % C];
  workgroupBarrier();
  return total;
}
`;

/** The parameters of `main` that all programs of a block use. */
export const MAIN = `
@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
`;
