/** What figures of views have in common. Pure. */
import type { View } from "../../../lib/frontends/contract.ts";
import type { Figure } from "../../../lib/plots/spec.ts";

/** A figure that does not know yet which run and step it is of. */
export type ViewFigure = Omit<Figure, "id" | "runs">;

export type Filters = Extract<View, { readonly type: "filters" }>;
export type Kernels = Extract<View, { readonly type: "kernels" }>;
export type BandValues = Extract<View, { readonly type: "values" }>;

/** Null for what is not there. Four significant digits: enough for any drawing of these data. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? rounded(value) : null;
}

export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
