/** {@link framedPower} on WebAssembly: see `assembly/framed_power.ts`. */
import type * as tf from "@tensorflow/tfjs";
import { differentiable, recordsGradients, savedAt } from "../differentiable.ts";
import type { WasmKernels } from "../wasm/runtime.ts";
import { chooseForm, type FramedForm } from "./form.ts";
import type { FramedPowerSizes } from "./types.ts";

const TILE_ROWS = 6;
const PANEL_BINS = 4;
const PANEL_FLOATS = 8;
const PANEL_COLUMNS = 12;
/** Panels at a time: what they need stays in a second-level cache of 1 MiB. */
const MOST_PANELS = 16;
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
  const form = chooseForm(sizes);
  const keep = recordsGradients();
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
  const group = forwardGroup(form, batch);
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
      kernels.run("framedPowerPack", panels, [cos, sin, bins, nFft, rowSamples, panels, products, address]);
    },
  );
  const groups = Math.ceil(batch / group);
  const parts = panelParts(groups, panels, kernels.threads);
  // deno-fmt-ignore
  kernels.run("framedPowerForward", groups * parts, [
    kernels.addressOf(inputs.wave), batch, samples, pad, totalSamples, hopSamples, rowSamples, tiles, frames, bins,
    products, group, parts, wider, packed, spectrum, power, powerEpsilon,
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
  const group = gradientGroup(form, batch);
  const wider = Math.min(MOST_PANELS, Math.ceil(panelsOf(sizes) / (2 * kernels.threads)));
  const sampleRows = Math.ceil(rowSamples / TILE_ROWS) * TILE_ROWS;
  const scratchFloats = products * wider * PANEL_FLOATS * (group * tiles + sampleRows);
  const columns = Math.ceil(rowSamples / PANEL_COLUMNS) * PANEL_COLUMNS;
  const rowFloats = products === 1 ? batch * totalSamples : products * batch * tiles * columns;
  kernels.borrow(rowFloats + TILE_ROWS, (rows) => {
    kernels.view(rows + rowFloats * 4, TILE_ROWS).fill(0);
    // deno-fmt-ignore
    kernels.run("framedPowerRows", batch, [
      kernels.addressOf(wave), batch, samples, pad, totalSamples, rowSamples, tiles, products, rows,
    ], totalSamples * 4);
    // deno-fmt-ignore
    kernels.run("framedPowerGradient", Math.ceil(panelsOf(sizes) / wider), [
      rows, kernels.addressOf(spectrum), kernels.addressOf(dPower), batch, totalSamples, hopSamples, rowSamples,
      tiles, frames, bins, nFft, products, group, wider, dcos.address, dsin.address,
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

/** Clips at a time, so that their tiles fill rows of six with little left over and stay in the second-level cache. */
function forwardGroup(form: FramedForm, batch: number): number {
  if (form.products === 1) return 1;
  const waste = (clips: number) => {
    const rows = clips * form.tiles;
    return Math.ceil(rows / TILE_ROWS) * TILE_ROWS / rows;
  };
  const most = Math.max(1, Math.min(4, batch));
  return Array.from({ length: most }, (_, i) => i + 1).reduce((best, n) =>
    waste(n) <= waste(best) ? n : best
  );
}

/** Clips at a time: about a hundred rows to sum over between loading and storing a tile of sums. */
function gradientGroup(form: FramedForm, batch: number): number {
  return form.products === 1 ? 1 : Math.max(1, Math.min(batch, Math.round(104 / form.tiles)));
}
