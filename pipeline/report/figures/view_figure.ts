/** What figures of views have in common. Pure. */
import type { View } from "../../../lib/frontends/contract.ts";
import type { HeatAxis } from "../../../lib/plots/heat_map.ts";
import type { Figure } from "../../../lib/plots/spec.ts";
import { quantile } from "./drawn_clip.ts";

/** A figure that does not know yet which run and step it is of. */
export type ViewFigure = Omit<Figure, "id" | "runs">;

export type Filters = Extract<View, { readonly type: "filters" }>;
export type Kernels = Extract<View, { readonly type: "kernels" }>;
export type BandValues = Extract<View, { readonly type: "values" }>;

/** Of this share of the first distance of two bins all others must be. */
const EVEN = 1e-3;

/**
 * The axis of a map's bins: frequency where they are evenly spaced, else their numbers.
 * @param name Of what is along it, as `frequency`. @param hz Where the rows or columns are, ascending.
 */
export function binAxis(name: string, hz: ArrayLike<number>): HeatAxis {
  const last = hz.length - 1;
  const step = last > 0 ? (hz[last]! - hz[0]!) / last : 1000;
  const isEven = Array.from(hz).every((at, k) => Math.abs(at - hz[0]! - k * step) <= EVEN * step);
  if (!isEven) return { title: `${name} (number of the bin)`, range: [-0.5, last + 0.5] };
  return { title: `${name} (kHz)`, range: [(hz[0]! - step / 2) / 1000, (hz[last]! + step / 2) / 1000] };
}

/** Where the colours of differences end, but for the few largest; 0: there is no difference to draw. */
export function mostOf(differences: readonly number[]): number {
  const sizes = differences.map(Math.abs);
  return quantile(sizes, SHOWN_SHARE) || quantile(sizes, 1);
}

const SHOWN_SHARE = 0.999;

/** Null for what is not there. Four significant digits: enough for any drawing of these data. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? rounded(value) : null;
}

export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
