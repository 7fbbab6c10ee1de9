/** Step from waves to a masked spectrum, with the STFT's kernels as parameters. */
import type * as tf from "@tensorflow/tfjs";
import { dftBasis } from "../audio/dft_basis.ts";
import { binCount } from "../audio/framing.ts";
import { stateTensor } from "../nn/state.ts";
import type { TensorSpec } from "../nn/types.ts";
import { type FrontendSpec, powerEpsilonOf, spectrumOf } from "./spec.ts";
import { spectrum } from "./spectrum.ts";
import type { Step } from "./step.ts";

/** Wave `[B, samples]` to power or magnitude `[B, T, bins]`. */
export function spectrumStep(spec: FrontendSpec): Step {
  const { nFft, hopSamples, mask } = spec;
  const options = { hopSamples, powerEpsilon: powerEpsilonOf(spec), spectrum: spectrumOf(spec), mask };
  const shape = [binCount(nFft), 1, nFft];
  const kernel = (name: "wcos" | "wsin"): TensorSpec => ({
    name: `${KERNEL_FOLDER[spec.kind]}.${name}`,
    shape,
    role: "parameter",
    group: "stft",
    trainable: spec.trainable.stft,
    init: () => dftBasis(nFft)[name],
  });
  const [wcos, wsin] = [kernel("wcos"), kernel("wsin")];
  return {
    specs: [wcos, wsin],
    apply: (state, x) =>
      spectrum(x as tf.Tensor2D, stateTensor(state, wcos.name), stateTensor(state, wsin.name), options),
    project: () => {},
  };
}

/** Where the original's modules keep the kernels. */
const KERNEL_FOLDER = { nnaudio: "mel_layer.stft", fastaudio: "mel_layer" } as const;
