/** {@link pcen} on WebAssembly: see `wasm.as.ts`. */
import type * as tf from "@tensorflow/tfjs";
import { differentiable, recordsGradients } from "../operation/differentiable.ts";
import { writeFrames } from "../wasm/clips.ts";
import type { WasmKernels } from "../wasm/runtime.ts";
import { COMPILED } from "./compiled.ts";
import { PARAMETERS, type PcenParameters } from "./types.ts";

export function pcenWasm(
  kernels: WasmKernels,
  energy: tf.Tensor3D,
  parameters: PcenParameters,
  epsilon: number,
  validFrames?: Int32Array,
): tf.Tensor3D {
  const [batch, bands, frames] = energy.shape;
  const keep = recordsGradients();
  const rowBytes = Math.ceil(frames / 4) * 16;
  const tensors = PARAMETERS.map((name) => parameters[name]);
  const withLengths = (
    pieces: Record<"sums", number>,
    use: (at: Record<"lengths" | "sums", number>) => void,
  ) =>
    kernels.borrowPieces({ lengths: batch, ...pieces }, (at) => {
      writeFrames(kernels, at.lengths, validFrames, batch, frames);
      use(at);
    });
  return differentiable<Record<string, tf.Tensor>, tf.Tensor3D>(
    { energy, ...parameters },
    (save) => {
      const y = kernels.output<tf.Tensor3D>(energy.shape);
      const mean = keep ? kernels.output(energy.shape) : undefined;
      withLengths({ sums: 0 }, ({ lengths }) => {
        // deno-fmt-ignore
        kernels.run(COMPILED.pcenForward, batch, [
          kernels.addressOf(energy), bands, frames, lengths, ...tensors.map((x) => kernels.addressOf(x)), epsilon,
          mean?.address ?? 0, y.address,
        ], 3 * rowBytes);
      });
      if (mean !== undefined) save(energy, mean.tensor, ...tensors);
      return y.tensor;
    },
    (dy, saved) => {
      const [source, mean, ...of] = saved.map((x) => kernels.addressOf(x));
      const dEnergy = kernels.output(energy.shape);
      const [gain, bias, power, smoothing] = PARAMETERS.map(() => kernels.output([bands]));
      withLengths({ sums: 2 * batch * PARAMETERS.length * bands }, ({ lengths, sums }) => {
        // deno-fmt-ignore
        kernels.run(COMPILED.pcenBackward, batch, [
          kernels.addressOf(dy), source!, mean!, bands, frames, lengths, ...of, epsilon, dEnergy.address, sums,
        ], 4 * rowBytes);
        // deno-fmt-ignore
        kernels.run(COMPILED.pcenParameterGradients, PARAMETERS.length, [
          sums, batch, bands, gain!.address, bias!.address, power!.address, smoothing!.address,
        ]);
      });
      return {
        energy: () => dEnergy.tensor,
        gain: () => gain!.tensor,
        bias: () => bias!.tensor,
        power: () => power!.tensor,
        smoothing: () => smoothing!.tensor,
      };
    },
  );
}
