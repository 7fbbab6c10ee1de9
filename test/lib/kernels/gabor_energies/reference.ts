/** Pooled Gabor energies by their definition, in float64. */
import { gaborFrameCount, gaborLimits, samplesBefore } from "../../../../lib/audio/gabor.ts";
import type { GaborForm } from "../../../../lib/kernels/gabor_energies/op.ts";
import { within } from "../../../../lib/kernels/gabor_energies/plan.ts";
import { type Dense, dense, get } from "../reference.ts";

/** @param wave `[B, samples]`. @param parameters `[M]` each. @returns `[B, M, T]`. */
export function gaborReference(
  wave: Dense,
  parameters: { readonly centres: Dense; readonly widths: Dense; readonly pooling: Dense },
  form: Omit<GaborForm, "cut">,
): Dense {
  const [batch, samples] = wave.shape as [number, number];
  const { taps, hopSamples } = form;
  const half = (taps - 1) / 2;
  const limits = gaborLimits(taps);
  const bands = parameters.centres.values.length;
  const count = gaborFrameCount(samples, { ...form });
  const counted = form.frames === "centred" ? count * hopSamples : samples;
  const energies = dense([batch, bands, counted], ([b, m, n]) => {
    const centre = within(get(parameters.centres, m!), limits.centres);
    const width = within(get(parameters.widths, m!), limits.widths);
    let [re, im] = [0, 0];
    for (let t = Math.max(-half, n! - samples + 1); t <= Math.min(half, n!); t++) {
      const weighted = get(wave, b!, n! - t) * Math.exp(-0.5 * (t / width) ** 2) /
        (Math.sqrt(2 * Math.PI) * width);
      re += weighted * Math.cos(centre * t);
      im += weighted * Math.sin(centre * t);
    }
    return re * re + im * im;
  });
  const before = samplesBefore(samples, { ...form });
  return dense([batch, bands, count], ([b, m, k]) => {
    const pooling = within(get(parameters.pooling, m!), limits.pooling);
    let sum = 0;
    for (let t = -half; t <= half; t++) {
      const at = hopSamples * k! - before + half + t;
      if (at < 0 || at >= counted) continue;
      sum += Math.exp(-0.5 * (t / (half * pooling)) ** 2) * get(energies, b!, m!, at);
    }
    return sum;
  });
}
