/** The part of an LSTM that goes from frame to frame, on WebAssembly: see `wasm.as.ts`. */
import type * as tf from "@tensorflow/tfjs";
import { differentiable, recordsGradients, savedAt } from "../operation/differentiable.ts";
import { sharesOf, writeFrames } from "../wasm/clips.ts";
import { addShares, transposedPanels } from "../matrices/wasm.ts";
import type { WasmKernels } from "../wasm/runtime.ts";
import { COMPILED } from "./compiled.ts";

const PANEL = 8;
/** Clips that go from frame to frame together, as in the assembly. */
const CLIPS = 6;

/** Undefined if the number of units is no multiple of eight. */
export function lstmRecurrenceWasm(
  kernels: WasmKernels,
  projected: tf.Tensor3D,
  recurrentWeight: tf.Tensor2D,
  bias: tf.Tensor1D,
  validFrames?: Int32Array,
): tf.Tensor3D | undefined {
  const [batch, frames] = projected.shape;
  const units = recurrentWeight.shape[1];
  if (units % PANEL !== 0) return undefined;
  const [gateSize, keep] = [8 * units, recordsGradients()];
  const groups = Math.ceil(batch / CLIPS);
  const scratchBytes = CLIPS * (2 + 4) * units * 4;
  const order = longestFirst(validFrames ?? new Int32Array(batch));
  const prepare = (at: Readonly<Record<"lengths" | "order", number>>) => {
    writeFrames(kernels, at.lengths, validFrames, batch, frames);
    kernels.writeIntegers(at.order, order);
  };
  const pieces = { lengths: batch, order: batch };
  return differentiable<Record<string, tf.Tensor>, tf.Tensor3D>(
    { projected, recurrentWeight, bias },
    (save) => {
      const y = kernels.output<tf.Tensor3D>([batch, frames, 2 * units]);
      const gates = keep ? kernels.output([batch, frames, gateSize]) : undefined;
      const cells = keep ? kernels.output([batch, frames, 2 * units]) : undefined;
      const packed = transposedPanels(kernels, recurrentWeight, gateSize, units);
      kernels.borrowPieces(pieces, (at) => {
        prepare(at);
        // deno-fmt-ignore
        kernels.run(COMPILED.lstmForward, 2 * groups, [
          kernels.addressOf(projected), batch, frames, at.lengths, at.order, units, packed, kernels.addressOf(bias),
          gates?.address ?? 0, cells?.address ?? 0, y.address,
        ], scratchBytes);
      });
      if (gates !== undefined) save(recurrentWeight, gates.tensor, cells!.tensor, y.tensor);
      return y.tensor;
    },
    (dy, saved) => {
      const [weights, gates, cells, y] = [0, 1, 2, 3].map((i) => kernels.addressOf(savedAt(saved, i)));
      const dProjected = kernels.output(projected.shape);
      const [dWeight, dBias] = [kernels.output(recurrentWeight.shape), kernels.output(bias.shape)];
      const [shares, size] = [sharesOf(batch), 4 * units * units];
      const sums = { biasSums: 2 * groups * 4 * units * 2, weightSums: 2 * shares * size };
      kernels.borrowPieces({ ...pieces, ...sums }, (at) => {
        prepare(at);
        // deno-fmt-ignore
        kernels.run(COMPILED.lstmBackward, 2 * groups, [
          kernels.addressOf(dy), batch, frames, at.lengths, at.order, units, weights!, gates!, cells!,
          dProjected.address, at.biasSums,
        ], scratchBytes);
        kernels.run(COMPILED.lstmBiasGradient, 1, [at.biasSums, groups, units, dBias.address]);
        // deno-fmt-ignore
        kernels.run(COMPILED.lstmWeightSums, 2 * shares, [
          dProjected.address, y!, batch, shares, frames, at.lengths, units, at.weightSums,
        ]);
        for (const direction of [0, 1]) {
          const [from, to] = [
            at.weightSums + direction * shares * size * 4,
            dWeight.address + direction * size * 4,
          ];
          addShares(kernels, from, shares, size, to);
        }
      });
      return {
        projected: () => dProjected.tensor,
        recurrentWeight: () => dWeight.tensor,
        bias: () => dBias.tensor,
      };
    },
  );
}

/** Clips from the longest to the shortest, as they come where equal. */
function longestFirst(lengths: Int32Array): Int32Array {
  return Int32Array.from(lengths.keys()).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
}
