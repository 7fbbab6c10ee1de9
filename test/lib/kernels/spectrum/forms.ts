/** Transforms for tests. */
import { PADDINGS } from "../../../../lib/audio/framing.ts";
import { WINDOWS } from "../../../../lib/audio/windows.ts";
import type { Rng } from "../../../../lib/base/random.ts";
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

/** Of any window, frame, padding and conditioning, for clips of at least 36 samples. */
export function drawnForm(rng: Rng): SpectrumForm {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(rng.uniform(0, values.length))]!;
  const whole = (least: number, most: number) => Math.floor(rng.uniform(least, most + 1));
  const nFft = 2 * pick([8, 15, 16, 20, 24, 30, 32, 36]);
  const frameSamples = pick([nFft, nFft - 1, whole(8, nFft)]);
  const samples = pick([frameSamples, whole(5, frameSamples)]);
  return formOf(nFft, whole(1, frameSamples), {
    frameSamples,
    padding: pick(PADDINGS),
    window: { name: pick(WINDOWS), samples, periodic: pick([true, false]) },
    conditioning: pick([null, {
      scale: pick([1, 32768]),
      removeDc: pick([true, false]),
      preemphasis: pick([0, 0.97]),
      energy: pick([true, false]),
    }]),
  });
}
