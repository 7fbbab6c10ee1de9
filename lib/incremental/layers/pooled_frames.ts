/** Filters of many taps, rectified and pooled to frames, as the operation of batches has them: see `pooled_filters`. */
import { passTable } from "../../kernels/spectrum/tables.ts";
import { type Line, QueuedLayer } from "./line.ts";
import { type Machine, PANEL, wholePanels } from "./machine.ts";
import type { WaveLayer } from "./wave_frames.ts";

/** Filters of one length that are computed at the same places. */
export interface FilterGroup {
  /** `[filters, taps]`; odd taps, the middle one at the filter's own place. */
  readonly re: ArrayLike<number>;
  /** The imaginary parts, of which energies are made; null: real filters. */
  readonly im: ArrayLike<number> | null;
  readonly taps: number;
  /** Of real filters: what is below 0 counts as so many times that. */
  readonly slope: number;
  /** `[filters, width]`; null: the largest in so many places. */
  readonly window: ArrayLike<number> | null;
  /** Places of a window. */
  readonly width: number;
  /** Samples from one place to the next. */
  readonly stride: number;
  /** Places by which a frame's window begins before its own. */
  readonly left: number;
  /** Places that count from the last frame's own on. */
  readonly reach: number;
}

export interface PooledForm {
  readonly groups: readonly FilterGroup[];
  readonly hopSamples: number;
  /** What comes out is at least this; null: as it is. */
  readonly floor: number | null;
  /** Of a clip of so many samples. */
  framesOf(samples: number): number;
}

/** Below so many taps products are as quick as transforms. */
const FEWEST_TAPS = 32;

export class PooledFrames extends QueuedLayer implements WaveLayer {
  readonly samplesBefore: number;
  readonly frameSamples: number;
  readonly #form: PooledForm;
  readonly #groups: readonly PlacedGroup[];
  /** Samples that came and are gone. */
  #gone = 0;
  #made = 0;

  constructor(line: Line, form: PooledForm) {
    const { groups, hopSamples } = form;
    const before = Math.max(...groups.map(({ left, stride, taps }) => left * stride + (taps - 1) / 2));
    const behind = Math.max(
      ...groups.map(({ left, width, stride, taps }) => (width - left - 1) * stride + (taps + 1) / 2),
    );
    const bands = groups.reduce((sum, group) => sum + filtersOf(group), 0);
    super(line, {
      retained: before + behind + hopSamples,
      most: Math.floor((line.most + before + behind) / hopSamples) + 2,
      size: wholePanels(bands),
      stride: hopSamples,
    });
    this.#form = form;
    this.samplesBefore = before;
    this.frameSamples = before + behind;
    let band = 0;
    this.#groups = groups.map((group) => {
      const placed = new PlacedGroup(line.machine, group, band, hopSamples / group.stride, this.most);
      band += filtersOf(group);
      return placed;
    });
  }

  run(isLast: boolean): void {
    const { input, output, stride, samplesBefore, frameSamples } = this;
    const total = this.#gone + input.count;
    const behind = frameSamples - samplesBefore;
    const whole = isLast
      ? this.#form.framesOf(total)
      : Math.max(0, Math.floor((total - behind) / stride) + 1);
    const frames = Math.max(0, whole - this.#made);
    if (frames > 0) {
      const wave = { address: input.address, first: this.#gone, total, ended: isLast };
      for (const group of this.#groups) group.run(wave, this.#made, frames, output.end, this.size);
      this.#raise(output.end / 4, frames * this.size);
      output.grow(frames);
      this.#made += frames;
    }
    const gone = Math.min(input.count, Math.max(0, this.#made * stride - samplesBefore - this.#gone));
    input.drop(gone);
    this.#gone += gone;
  }

  override reset(): void {
    super.reset();
    [this.#gone, this.#made] = [0, 0];
  }

  #raise(from: number, count: number): void {
    const { floor } = this.#form;
    if (floor === null) return;
    const { floats } = this.machine;
    for (let i = from; i < from + count; i++) if (floats[i]! < floor) floats[i] = floor;
  }
}

/** Samples that are there. */
interface Wave {
  /** Of the first one. */
  readonly address: number;
  /** Its place in the stream. */
  readonly first: number;
  /** Samples of the stream up to the last one. */
  readonly total: number;
  readonly ended: boolean;
}

/** A group's tables in memory. */
class PlacedGroup {
  readonly #machine: Machine;
  readonly #group: FilterGroup;
  readonly #filters: number;
  readonly #band: number;
  /** Places from one frame to the next. */
  readonly #hop: number;
  readonly #panels: number;
  /** Of a transform; 0: products. */
  readonly #length: number;
  /** Places that a transform yields. */
  readonly #step: number;
  readonly #at: Readonly<
    Record<"passes" | "rows" | "window" | "count" | "spectra" | "scratch" | "out", number>
  >;
  /** Of the scratch, for a convolution alone. */
  readonly #room: number;

  /** @param band Of its first filter. @param most Frames at once. */
  constructor(machine: Machine, group: FilterGroup, band: number, hop: number, most: number) {
    const { taps, stride, width, im, window } = group;
    this.#machine = machine;
    this.#group = group;
    this.#filters = filtersOf(group);
    this.#band = band;
    this.#hop = hop;
    this.#panels = Math.ceil(this.#filters / (im === null ? PANEL : PANEL / 2));
    const places = (most - 1) * hop + width;
    // Long enough for the window of one frame at least: frames often come one by one.
    this.#length = stride > 1 || taps < FEWEST_TAPS ? 0 : 2 ** Math.ceil(Math.log2(width + taps - 1));
    this.#step = this.#length - taps + 1;
    this.#room = this.#length > 0
      ? 2 * this.#length * PANEL * 4
      : wholeVectors((places - 1) * stride + taps) * 16;
    const blocks = this.#length > 0 ? Math.ceil(places / this.#step) : 0;
    const scratch = machine.allocate(
      this.#room / 4 + Math.max(places * (PANEL + PANEL / 2), 2 * this.#length * PANEL),
    );
    const packed = packedTaps(group, this.#panels);
    const passes = this.#length > 0 ? machine.place(passTable(this.#length)) : 0;
    this.#at = {
      passes,
      rows: this.#length > 0
        ? this.#transformed(machine.place(packed), passes, scratch)
        : machine.place(packed),
      window: window === null ? 0 : machine.place(packedWindow(window, this.#filters, width)),
      count: machine.allocate(1),
      spectra: machine.allocate(blocks * this.#length * 2),
      scratch,
      out: machine.allocate(wholePanels(this.#panels * PANEL) * most),
    };
  }

  /** Makes its bands of frames. @param first Of the frames, in the stream. @param out Frames of `size` numbers. */
  run(wave: Wave, first: number, frames: number, out: number, size: number): void {
    const { taps, stride, width, left, reach, im, slope, window } = this.#group;
    const hop = this.#hop;
    const from = first * hop - left;
    const place = Math.max(0, from);
    const sample = place * stride - (taps - 1) / 2;
    const zeros = Math.max(0, -sample);
    const begin = Math.max(0, sample);
    const address = wave.address + (begin - wave.first) * 4;
    const samples = Math.max(0, wave.total - begin);
    const places = (frames - 1) * hop + width - (place - from);
    const last = wave.ended ? (first + frames - 1) * hop + reach - place : places;
    const count = Math.min(places, last);
    const { kernels } = this.#machine;
    const { passes, rows, window: weights, count: counts, spectra, scratch, out: made } = this.#at;
    const [length, step] = [this.#length, this.#step];
    const blocks = length > 0 ? Math.ceil(count / step) : 0;
    this.#machine.setInteger(counts, count);
    if (length > 0) {
      kernels.pooledFiltersSpectra(
        0,
        scratch,
        address,
        samples,
        zeros,
        length,
        step,
        blocks,
        passes,
        spectra,
      );
    }
    const isComplex = im !== null;
    for (let panel = 0; panel < this.#panels; panel++) {
      // deno-fmt-ignore
      kernels.pooledFiltersForward(
        panel, scratch, this.#room, address, samples, zeros, (places - 1) * stride + taps, stride, taps, places, counts,
        spectra, blocks, length, step, passes, rows, this.#panels, Number(isComplex), slope, weights, width, place - from,
        hop, frames, Number(window === null), made,
      );
    }
    kernels.framesOfBands(made, this.#filters, frames, out + this.#band * 4, size * 4);
    this.#machine.multiplications += this.#productsOf(count, frames, blocks);
  }

  /** Without what elementary functions take; a transform of n points takes about `2 n log2 n`. */
  #productsOf(count: number, frames: number, blocks: number): number {
    const { taps, width, im, window } = this.#group;
    const [filters, parts] = [this.#filters, im === null ? 1 : 2];
    const length = this.#length;
    const transform = 2 * length * Math.log2(Math.max(1, length));
    const convolved = length > 0
      ? blocks * (transform + filters * (transform + 4 * length))
      : filters * parts * count * taps;
    return convolved + filters * (count * parts + (window === null ? 0 : frames * width));
  }

  #transformed(packed: number, passes: number, scratch: number): number {
    const rows = this.#machine.allocate(this.#panels * this.#length * PANEL);
    for (let panel = 0; panel < this.#panels; panel++) {
      const { taps } = this.#group;
      this.#machine.kernels.pooledFiltersFactors(panel, scratch, packed, taps, this.#length, passes, rows);
    }
    return rows;
  }
}

function filtersOf({ re, taps }: FilterGroup): number {
  return re.length / taps;
}

/** `[panel][taps][8]`: real and then imaginary parts of four filters, or eight real ones. */
function packedTaps({ re, im, taps }: FilterGroup, panels: number): Float32Array {
  const packed = new Float32Array(panels * taps * PANEL);
  const put = (values: ArrayLike<number>, ofPanel: number, from: number) => {
    for (let i = 0; i < values.length; i++) {
      const [filter, tap] = [Math.floor(i / taps), i % taps];
      packed[(Math.floor(filter / ofPanel) * taps + tap) * PANEL + from + filter % ofPanel] = values[i]!;
    }
  };
  const ofPanel = im === null ? PANEL : PANEL / 2;
  put(re, ofPanel, 0);
  if (im !== null) put(im, ofPanel, PANEL / 2);
  return packed;
}

/** `[eight filters][width][8]`. */
function packedWindow(window: ArrayLike<number>, filters: number, width: number): Float32Array {
  const packed = new Float32Array(wholePanels(filters) * width);
  for (let i = 0; i < filters * width; i++) {
    const [filter, place] = [Math.floor(i / width), i % width];
    packed[(Math.floor(filter / PANEL) * width + place) * PANEL + filter % PANEL] = window[i]!;
  }
  return packed;
}

function wholeVectors(floats: number): number {
  return Math.ceil(floats / 4);
}
