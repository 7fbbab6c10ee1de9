/** Groups of Gabor filters that are computed as seldom and as short as their frequencies and widths allow. Pure. */
import type { GaborBands } from "../../../audio/gabor.ts";

export interface FilterGroup {
  /** The first filter, and the one behind the last. */
  readonly from: number;
  readonly to: number;
  /** Samples from one position to the next. */
  readonly stride: number;
  /** Of each filter, odd. */
  readonly taps: number;
  /** Of a pooling window, in positions; odd. */
  readonly width: number;
  /** Factor from widths of the whole window to those of this one. */
  readonly ofWhole: number;
}

export interface Grouping {
  readonly groups: number;
  /** Taps in standard deviations of a group's widest filter. */
  readonly tapsOfWidth: number;
  /** Positions are at most so many half periods of a group's highest filter apart. */
  readonly strideFactor: number;
  readonly hopSamples: number;
  readonly poolSamples: number;
}

/**
 * As in EfficientLEAF, which follows its filters from step to step; here groups stay as the start has them, so that
 * shapes are known before any tensor is, on every backend. In training filters hardly move.
 */
export function groupsOf(
  { centres, widths }: GaborBands,
  { groups, tapsOfWidth, strideFactor, hopSamples, poolSamples }: Grouping,
): FilterGroup[] {
  const edge = (group: number) => Math.floor(group * centres.length / groups);
  return Array.from({ length: groups }, (_, group) => {
    const [from, to] = [edge(group), edge(group + 1)];
    const most = Math.max(1, Math.PI / Math.max(...centres.subarray(from, to)) * strideFactor);
    let stride = 1;
    for (let next = 2; next <= Math.min(most, hopSamples); next++) if (hopSamples % next === 0) stride = next;
    const width = odd(Math.floor(poolSamples / stride + 0.5));
    return {
      from,
      to,
      stride,
      taps: odd(Math.floor(Math.max(...widths.subarray(from, to)) * tapsOfWidth)),
      width,
      ofWhole: poolSamples / stride / width,
    };
  });
}

function odd(n: number): number {
  return n + 1 - n % 2;
}
