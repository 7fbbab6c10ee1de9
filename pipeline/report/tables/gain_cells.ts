/** Differences to setting A as cells of tables and fields of files. Pure. */
import type { GainInterval } from "../../../lib/records/results.ts";
import { points } from "../text/wording.ts";

/** `+1.0 (-2.1 to +4.0)`, in percentage points; `-`: there is none. */
export function gainText(gain: GainInterval | null): string {
  return gain === null ? "-" : `${points(gain.value)} (${points(gain.low)} to ${points(gain.high)})`;
}

/** Unrounded; nulls where there is none. @param suffix Behind each name. */
export function gainFields(gain: GainInterval | null, suffix = ""): Record<string, number | null> {
  const { value = null, low = null, high = null, p = null, pHolm = null, speakers = null } = gain ?? {};
  const { gained = null, lost = null, p: mcNemar = null } = gain?.discordant ?? {};
  const fields = {
    "": value,
    _low: low,
    _high: high,
    _p: p,
    _p_holm: pHolm,
    _speakers: speakers,
    _gained: gained,
    _lost: lost,
    _mcnemar_p: mcNemar,
  };
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [`gain_over_a${suffix}${name}`, field]),
  );
}

/** The same as columns of a figure's data. */
export function gainRecord({ value, low, high, p, pHolm }: GainInterval) {
  return { value, low, high, p, p_holm: pHolm };
}
