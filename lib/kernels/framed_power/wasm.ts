/** {@link framedPower} on WebAssembly: see `wasm.as.ts`. */
import type * as tf from "@tensorflow/tfjs";
import { differentiable, recordsGradients, savedAt } from "../operation/differentiable.ts";
import type { WasmKernels } from "../wasm/runtime.ts";
import { COMPILED } from "./compiled.ts";
import { chooseForm, type FramedForm } from "./form.ts";
import type { FramedPowerSizes } from "./types.ts";

const TILE_ROWS = 6;
const PANEL_BINS = 4;
const PANEL_FLOATS = 8;
const PANEL_COLUMNS = 12;
/** Panels at a time: what they need stays in a second-level cache of 1 MiB. */
const MOST_PANELS = 16;
/** Of six clips of a second, six frames a tile, or of two, two frames a tile. */
const MOST_TILES = 102;
/** Chunks for each of several threads, and the least that is worth a chunk. */
const [PARTS_OF_THREAD, FEWEST_PANELS] = [2, 8];

export function framedPowerWasm(
  kernels: WasmKernels,
  wave: tf.Tensor2D,
  wcos: tf.Tensor3D,
  wsin: tf.Tensor3D,
  sizes: FramedPowerSizes,
  powerEpsilon: number,
): tf.Tensor3D {
  const keep = recordsGradients();
  const form = chooseForm(sizes, keep);
  return differentiable(
    { wcos, wsin },
    (save) => {
      const spectrum = keep
        ? kernels.output([sizes.batch, sizes.frames, panelsOf(sizes) * PANEL_FLOATS])
        : undefined;
      const power = kernels.output<tf.Tensor3D>([sizes.batch, sizes.frames, sizes.bins]);
      forward(
        kernels,
        form,
        sizes,
        { wave, wcos, wsin },
        spectrum?.address ?? 0,
        power.address,
        powerEpsilon,
      );
      if (spectrum !== undefined) save(wave, spectrum.tensor);
      return power.tensor;
    },
    (dy, saved) => {
      const [dcos, dsin] = gradient(kernels, form, sizes, savedAt(saved, 0), savedAt(saved, 1), dy);
      return { wcos: () => dcos, wsin: () => dsin };
    },
  );
}

function forward(
  kernels: WasmKernels,
  form: FramedForm,
  sizes: FramedPowerSizes,
  inputs: { readonly wave: tf.Tensor; readonly wcos: tf.Tensor; readonly wsin: tf.Tensor },
  spectrum: number,
  power: number,
  powerEpsilon: number,
): void {
  const { batch, samples, pad, hopSamples, frames, bins, nFft } = sizes;
  const { products, rowSamples, tiles, totalSamples } = form;
  const panels = panelsOf(sizes);
  const group = clipsAtATime(form, batch);
  const whole = Math.floor(batch / group);
  const wider = MOST_PANELS;
  const scratchFloats = totalSamples + TILE_ROWS * hopSamples +
    products * group * tiles * (wider * PANEL_FLOATS + (products === 1 ? 0 : rowSamples));
  const { wcos, wsin } = inputs;
  const packedFloats = products * panels * rowSamples * PANEL_FLOATS;
  const packed = kernels.kept(
    `framedPower ${products} ${rowSamples}`,
    [wcos, wsin],
    packedFloats,
    (address) => {
      const [cos, sin] = [kernels.addressOf(wcos), kernels.addressOf(wsin)];
      kernels.run(COMPILED.framedPowerPack, panels, [
        cos,
        sin,
        bins,
        nFft,
        rowSamples,
        panels,
        products,
        address,
      ]);
    },
  );
  // The clips that are left make two groups, so that two threads end together.
  const groups = whole + Math.min(2, batch - whole * group);
  const parts = panelParts(groups, panels, kernels.threads);
  // deno-fmt-ignore
  kernels.run(COMPILED.framedPowerForward, groups * parts, [
    kernels.addressOf(inputs.wave), batch, samples, pad, totalSamples, hopSamples, rowSamples, tiles, frames, bins,
    products, group, whole, parts, wider, packed, spectrum, power, powerEpsilon,
  ], scratchFloats * 4);
}

function gradient(
  kernels: WasmKernels,
  form: FramedForm,
  sizes: FramedPowerSizes,
  wave: tf.Tensor,
  spectrum: tf.Tensor,
  dPower: tf.Tensor,
): [tf.Tensor, tf.Tensor] {
  const { batch, samples, pad, hopSamples, frames, bins, nFft } = sizes;
  const { products, rowSamples, tiles, totalSamples } = form;
  const dcos = kernels.output([bins, 1, nFft]);
  const dsin = kernels.output([bins, 1, nFft]);
  const group = clipsAtATime(form, batch);
  const panels = panelsOf(sizes);
  const shares = Math.min(panels, kernels.seats); // each reads all rows: one for a thread or guest, and no more
  const wider = Math.ceil(panels / shares);
  const sampleRows = Math.ceil(rowSamples / TILE_ROWS) * TILE_ROWS;
  const scratchFloats = products * wider * PANEL_FLOATS * (group * tiles + sampleRows);
  const columns = Math.ceil(rowSamples / PANEL_COLUMNS) * PANEL_COLUMNS;
  const rowFloats = products === 1 ? batch * totalSamples : products * batch * tiles * columns;
  kernels.borrow(rowFloats + TILE_ROWS, (rows) => {
    kernels.view(rows + rowFloats * 4, TILE_ROWS).fill(0);
    // deno-fmt-ignore
    kernels.run(COMPILED.framedPowerRows, batch, [
      kernels.addressOf(wave), batch, samples, pad, totalSamples, rowSamples, tiles, products, rows,
    ], totalSamples * 4);
    // deno-fmt-ignore
    kernels.run(COMPILED.framedPowerGradient, shares, [
      rows, kernels.addressOf(spectrum), kernels.addressOf(dPower), batch, totalSamples, hopSamples, rowSamples,
      tiles, frames, bins, nFft, products, group, shares, dcos.address, dsin.address,
    ], scratchFloats * 4);
  });
  return [dcos.tensor, dsin.tensor];
}

function panelsOf(sizes: FramedPowerSizes): number {
  return Math.ceil(sizes.bins / PANEL_BINS);
}

/** Parts of the panels, where clips alone do not keep all threads busy; each part transforms its clips again. */
function panelParts(groups: number, panels: number, threads: number): number {
  if (threads === 1) return 1;
  return Math.max(
    1,
    Math.min(Math.ceil(PARTS_OF_THREAD * threads / groups), Math.floor(panels / FEWEST_PANELS)),
  );
}

/** So that tiles fill rows of six, and what belongs to them stays in the second-level cache. */
function clipsAtATime(form: FramedForm, batch: number): number {
  return form.products === 1 ? 1 : Math.max(1, Math.min(batch, Math.floor(MOST_TILES / form.tiles)));
}
