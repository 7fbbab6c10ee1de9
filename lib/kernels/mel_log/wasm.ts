/** {@link melLog} on WebAssembly: see `wasm.as.ts`. */
import type * as tf from "@tensorflow/tfjs";
import { differentiable, savedAt } from "../operation/differentiable.ts";
import { transposedPanels } from "../matrices/wasm.ts";
import type { WasmKernels } from "../wasm/runtime.ts";
import { COMPILED } from "./compiled.ts";

const PANEL = 8;
/** Partial sums of a gradient: a fixed number, so that results do not depend on the number of threads. */
const SHARES = 8;
/** Room for the numbers that logarithms are computed from; sums want less. */
const SCRATCH_FLOATS = 16;

interface Sizes {
  readonly batch: number;
  readonly frames: number;
  readonly bins: number;
  readonly bands: number;
}

/** Undefined if there are fewer bins than one panel has columns. */
export function melLogWasm(
  kernels: WasmKernels,
  power: tf.Tensor3D,
  melBasis: tf.Tensor2D,
  offset: number,
): tf.Tensor3D | undefined {
  const [batch, frames, bins] = power.shape;
  if (bins < PANEL) return undefined;
  const [bands] = melBasis.shape;
  const sizes = { batch, frames, bins, bands };
  const panels = Math.ceil(bands / PANEL);
  return differentiable(
    { power, melBasis },
    (save) => {
      const shifted = kernels.output([batch, frames, panels * PANEL]);
      const out = kernels.output<tf.Tensor3D>([batch, bands, frames]);
      const packed = transposedPanels(kernels, melBasis, bands, bins);
      // deno-fmt-ignore
      kernels.run(COMPILED.melLogForward, batch, [
        kernels.addressOf(power), frames, bins, packed, bands, offset, shifted.address, out.address,
      ], SCRATCH_FLOATS * 4);
      save(shifted.tensor, power, melBasis);
      return out.tensor;
    },
    (dy, saved) => {
      const [shifted, input, basis] = [savedAt(saved, 0), savedAt(saved, 1), savedAt(saved, 2)];
      const dEnergy = kernels.output([batch, frames, panels * PANEL]);
      kernels.run(COMPILED.melLogEnergyGradient, batch, [
        kernels.addressOf(dy),
        kernels.addressOf(shifted),
        frames,
        bands,
        dEnergy.address,
      ]);
      return {
        power: () => powerGradient(kernels, sizes, dEnergy.address, basis),
        melBasis: () => basisGradient(kernels, sizes, dEnergy.address, input),
      };
    },
  );
}

function powerGradient(kernels: WasmKernels, sizes: Sizes, dEnergy: number, basis: tf.Tensor): tf.Tensor {
  const { batch, frames, bins, bands } = sizes;
  const dPower = kernels.output([batch, frames, bins]);
  kernels.run(COMPILED.melLogPowerGradient, batch, [
    dEnergy,
    kernels.addressOf(basis),
    frames,
    bins,
    bands,
    dPower.address,
  ]);
  return dPower.tensor;
}

function basisGradient(kernels: WasmKernels, sizes: Sizes, dEnergy: number, power: tf.Tensor): tf.Tensor {
  const { batch, frames, bins, bands } = sizes;
  const dBasis = kernels.output([bands, bins]);
  const shares = Math.min(SHARES, batch);
  kernels.borrow(shares * Math.ceil(bands / PANEL) * bins * PANEL, (sums) => {
    const source = kernels.addressOf(power);
    kernels.run(COMPILED.melLogBasisSums, shares, [
      source,
      dEnergy,
      batch,
      shares,
      frames,
      bins,
      bands,
      sums,
    ], SCRATCH_FLOATS * 4);
    kernels.run(COMPILED.melLogBasisGradient, bands, [sums, shares, bins, bands, dBasis.address]);
  });
  return dBasis.tensor;
}
