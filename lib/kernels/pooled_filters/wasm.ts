/** {@link pooledFilters} on WebAssembly: see `wasm.as.ts`. */
import type * as tf from "@tensorflow/tfjs";
import { packTransposed } from "../matrices/wasm.ts";
import { differentiable, recordsGradients } from "../operation/differentiable.ts";
import { passTable } from "../spectrum/tables.ts";
import type { WasmKernels } from "../wasm/runtime.ts";
import { COMPILED } from "./compiled.ts";
import {
  PANEL,
  type PooledFiltersForm,
  type PooledFiltersOperands,
  type PooledFiltersSizes,
  trainedOf,
} from "./types.ts";

/** Partial sums of a gradient over clips: a fixed number, so that results do not depend on that of threads. */
const SHARES = 4;
/** Below so many taps products of matrices are as fast as transforms. */
const FEWEST_TAPS = 32;
/** A transform of five times the taps and more, of factors 2 alone. */
const TRANSFORM_OF_TAPS = 5;

/** How panels are convolved. */
interface Convolution {
  /** Of a transform; 0: by products of matrices. */
  readonly length: number;
  /** Positions that a transform yields. */
  readonly step: number;
  readonly blocks: number;
}

export function pooledFiltersWasm(kernels: WasmKernels, operands: PooledFiltersOperands): tf.Tensor3D {
  const { wave, taps, window, form, sizes, counts } = operands;
  const work = new Work(kernels, form, sizes, counts);
  const keep = recordsGradients();
  const trained = trainedOf(operands);
  return differentiable<Record<string, tf.Tensor>, tf.Tensor3D>(
    trained,
    (save) => {
      const spectra = work.spectra(wave);
      const out = work.forward(wave, spectra, taps, window);
      if (keep) save(wave, ...Object.values(trained), ...(spectra === null ? [] : [spectra]));
      else spectra?.dispose();
      return out;
    },
    (dOut, saved) => {
      const [whole, rows, ...others] = saved;
      const weights = window && others[0]!;
      const spectra = work.transforms ? others.at(-1)! : null;
      const [dTaps, dWindow] = work.gradient(whole!, spectra, rows!, weights, dOut);
      return { taps: () => dTaps, ...(dWindow !== null && { window: () => dWindow }) };
    },
  );
}

class Work {
  readonly #kernels: WasmKernels;
  readonly #form: PooledFiltersForm;
  readonly #sizes: PooledFiltersSizes;
  readonly #counts: Int32Array;
  readonly #convolution: Convolution;
  readonly #panels: number;

  constructor(kernels: WasmKernels, form: PooledFiltersForm, sizes: PooledFiltersSizes, counts: Int32Array) {
    this.#kernels = kernels;
    this.#form = form;
    this.#sizes = sizes;
    this.#counts = counts;
    this.#convolution = convolutionOf(form, sizes);
    this.#panels = sizes.rows / PANEL;
  }

  /** Whether panels are convolved by transforms. */
  get transforms(): boolean {
    return this.#convolution.length > 0;
  }

  /** Of all blocks of all clips; null: products need none. */
  spectra(wave: tf.Tensor): tf.Tensor | null {
    const { batch, samples, before } = this.#sizes;
    const { length, step, blocks } = this.#convolution;
    if (!this.transforms) return null;
    const spectra = this.#kernels.output([batch, blocks, length, 2]);
    this.#withPasses((passes) => {
      const args = [
        this.#kernels.addressOf(wave),
        samples,
        before,
        length,
        step,
        blocks,
        passes,
        spectra.address,
      ];
      this.#kernels.run(COMPILED.pooledFiltersSpectra, batch, args, length * 2 * PANEL * 4);
    });
    return spectra.tensor;
  }

  forward(
    wave: tf.Tensor,
    spectra: tf.Tensor | null,
    taps: tf.Tensor,
    window: tf.Tensor | null,
  ): tf.Tensor3D {
    const { rectifier, stride, hop, left, frames } = this.#form;
    const { batch, samples, before, total, taps: length, positions, width, filters } = this.#sizes;
    const { length: transform, step, blocks } = this.#convolution;
    const kernels = this.#kernels;
    const out = kernels.output<tf.Tensor3D>([batch, filters, frames]);
    this.#withTables(taps, window, ({ passes, packed, weights, lengths }) => {
      // deno-fmt-ignore
      kernels.run(COMPILED.pooledFiltersForward, batch * this.#panels, [
        this.#room, kernels.addressOf(wave), samples, before, total, stride, length, positions, lengths,
        spectra === null ? 0 : kernels.addressOf(spectra), blocks, transform, step, passes, packed, this.#panels,
        Number(rectifier === "energy"), slopeOf(rectifier), weights, width, left, hop, frames, Number(window === null),
        out.address,
      ], this.#scratch);
    });
    return out.tensor;
  }

  gradient(
    wave: tf.Tensor,
    spectra: tf.Tensor | null,
    taps: tf.Tensor,
    window: tf.Tensor | null,
    dOut: tf.Tensor,
  ): [tf.Tensor, tf.Tensor | null] {
    const { rectifier, stride, hop, left, frames } = this.#form;
    const { batch, samples, before, total, taps: length, positions, width, filters } = this.#sizes;
    const { length: transform, step, blocks } = this.#convolution;
    const kernels = this.#kernels;
    const shares = Math.min(SHARES, batch);
    const dTaps = kernels.output(taps.shape);
    const dWindow = window && kernels.output(window.shape);
    const form = Number(rectifier === "energy") + 2 * Number(window === null);
    const pieces = {
      sums: shares * this.#panels * (transform || length) * PANEL,
      windowSums: window === null ? 0 : shares * wholePanels(filters) * width * PANEL,
    };
    this.#withTables(taps, window, ({ passes, packed, weights, lengths }) => {
      kernels.borrowPieces(pieces, ({ sums, windowSums }) => {
        // deno-fmt-ignore
        kernels.run(COMPILED.pooledFiltersGradient, shares * this.#panels, [
          this.#room, kernels.addressOf(wave), batch, samples, before, total, stride, length, positions, lengths,
          spectra === null ? 0 : kernels.addressOf(spectra), blocks, transform, step, passes, packed, this.#panels,
          shares, slopeOf(rectifier), weights, width, left, hop, frames, form, kernels.addressOf(dOut), sums, windowSums,
        ], this.#scratch);
        const rows = transform || length;
        const ofTaps = [sums, shares, this.#panels, length, transform, passes, dTaps.address];
        kernels.run(COMPILED.pooledFiltersTapSums, this.#panels, ofTaps, rows * 2 * PANEL * 4);
        if (dWindow === null) return;
        const ofWindow = [windowSums, shares, filters, width, dWindow.address];
        kernels.run(COMPILED.pooledFiltersWindowSums, filters, ofWindow);
      });
    });
    return [dTaps.tensor, dWindow && dWindow.tensor];
  }

  /** Bytes of scratch for a convolution: two buffers of a transform, or the padded clip. */
  get #room(): number {
    const { length } = this.#convolution;
    return length > 0 ? 2 * length * PANEL * 4 : Math.ceil(this.#sizes.total / 4) * 16;
  }

  get #scratch(): number {
    return this.#room + this.#sizes.positions * (PANEL + PANEL / 2) * 4;
  }

  /** What kernels read beside waves and spectra, as addresses. */
  #withTables(
    taps: tf.Tensor,
    window: tf.Tensor | null,
    use: (tables: Readonly<Record<"passes" | "packed" | "weights" | "lengths", number>>) => void,
  ): void {
    const kernels = this.#kernels;
    const { taps: length, rows, filters, width, batch } = this.#sizes;
    const { length: transform } = this.#convolution;
    const pieces = {
      panels: rows * length,
      factors: rows * transform,
      weights: window === null ? 0 : wholePanels(filters) * width * PANEL,
      lengths: batch,
    };
    this.#withPasses((passes) =>
      kernels.borrowPieces(pieces, ({ panels, factors, weights, lengths }) => {
        packTransposed(kernels, taps, rows, length, panels);
        if (transform > 0) {
          const args = [panels, length, transform, passes, factors];
          kernels.run(COMPILED.pooledFiltersFactors, this.#panels, args, transform * 2 * PANEL * 4);
        }
        if (window !== null) packTransposed(kernels, window, filters, width, weights);
        kernels.writeIntegers(lengths, this.#counts);
        use({ passes, packed: transform > 0 ? factors : panels, weights, lengths });
      })
    );
  }

  #withPasses(use: (passes: number) => void): void {
    const { length } = this.#convolution;
    if (length === 0) return use(0);
    const table = passTable(length);
    this.#kernels.borrow(table.length, (passes) => {
      this.#kernels.view(passes, table.length).set(table);
      use(passes);
    });
  }
}

function convolutionOf({ stride }: PooledFiltersForm, { taps, positions }: PooledFiltersSizes): Convolution {
  if (stride > 1 || taps < FEWEST_TAPS) return { length: 0, step: 0, blocks: 0 };
  const wanted = Math.min(TRANSFORM_OF_TAPS * taps, positions + taps - 1);
  const length = 2 ** Math.ceil(Math.log2(wanted));
  const step = length - taps + 1;
  return { length, step, blocks: Math.ceil(positions / step) };
}

function slopeOf(rectifier: PooledFiltersForm["rectifier"]): number {
  return rectifier === "energy" ? 0 : rectifier.slope;
}

function wholePanels(columns: number): number {
  return Math.ceil(columns / PANEL);
}
