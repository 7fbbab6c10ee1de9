/** Mean and spread of a few values. Pure. */
import type { MeanStd } from "../../../lib/records/results.ts";

/** @param values At least one. */
export function meanStd(values: readonly number[]): MeanStd {
  const n = values.length;
  const mean = values.reduce((sum, v) => sum + v, 0) / n;
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, std: n > 1 ? Math.sqrt(squares / (n - 1)) : null, n };
}
