/** The range of frequencies that bands are spread over. Pure. */
import type { Problem } from "../base/kinds.ts";
import type { FrontendContext } from "./contract.ts";

/** What does not fit the sample rate. */
export function rangeProblems(
  { f_min_hz, f_max_hz }: { readonly f_min_hz: number; readonly f_max_hz: number },
  { sampleRate }: Pick<FrontendContext, "sampleRate">,
): Problem[] {
  const most = sampleRate / 2;
  if (f_min_hz < f_max_hz && f_max_hz <= most) return [];
  const wanted = `f_min_hz < f_max_hz <= ${most} (half the sample rate)`;
  return [{ path: ["frontend", "f_max_hz"], message: `wanted ${wanted}, found ${f_min_hz} and ${f_max_hz}` }];
}
