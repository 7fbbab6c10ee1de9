/** Transforms for tests. */
import type { SpectrumForm } from "../../../../lib/kernels/spectrum/pass.ts";

/** nnAudio's, with a periodic Hann window over the whole of centred frames. */
export function formOf(nFft: number, hopSamples: number, changes: Partial<SpectrumForm> = {}): SpectrumForm {
  return {
    nFft,
    frameSamples: nFft,
    hopSamples,
    padding: "reflect",
    window: { name: "hann", samples: nFft, periodic: true },
    conditioning: null,
    isDft: true,
    powerEpsilon: 0,
    root: false,
    mask: null,
    ...changes,
  };
}
