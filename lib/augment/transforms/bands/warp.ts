/**
 * A longer or shorter vocal tract: the axis of bands is warped for each clip, by pieces that are straight and meet, as
 * Jaitly and Hinton (2013) warp that of frequency. Up to `until` of the axis it is stretched by the factor, behind that
 * it goes straight to the end, which stays where it is: no two bands change their order.
 */
import { z } from "zod";
import { range, share } from "../ranges.ts";

export const schema = z.strictObject({
  p: share,
  /** Above 1: higher, as of a shorter tract. */
  range: range(0.5, 2),
  until: z.number().gt(0).lt(1),
});

/** `[bands]`: where each band is looked up, ascending from 0 to `bands - 1`. */
export function lookedUp(factor: number, until: number, bands: number): Float32Array {
  const last = bands - 1;
  // The knee lies at `knee` of the warped axis and at `knee / factor` of the original one.
  const knee = until * Math.min(1, factor) * last;
  const source = knee / factor;
  return Float32Array.from(
    { length: bands },
    (_, band) => band <= knee ? band / factor : source + (last - source) * (band - knee) / (last - knee),
  );
}
