/** One step of Adam, in place. */
import { adamFactors } from "../adam/factors.ts";
import type { AdamUpdate } from "../adam/types.ts";
import { wasmKernels } from "./runtime.ts";

const VALUES_OF_SHARE = 16_384;

/**
 * Rounded as separate operations would be.
 *
 * @param update Of equal shapes.
 * @returns False, with nothing changed, if there are no kernels on the backend in use or another tensor shares the
 *   values: then the caller composes the step of standard operations.
 */
export function adamInPlace(update: AdamUpdate): boolean {
  const { parameter, average, squareAverage, gradient } = update;
  const kernels = wasmKernels();
  if (kernels === undefined) return false;
  if (![parameter, average, squareAverage].every((variable) => kernels.ownsValues(variable))) return false;
  const { weightDecay, keepAverage, addGradient, keepSquare, addSquare, rate, rootScale, eps } = adamFactors(
    update,
  );
  const shares = Math.max(1, Math.ceil(parameter.size / VALUES_OF_SHARE));
  // deno-fmt-ignore
  kernels.run("adam", shares, [
    kernels.addressToChange(parameter), kernels.addressToChange(average), kernels.addressToChange(squareAverage),
    kernels.addressOf(gradient), parameter.size, shares,
    weightDecay, keepAverage, addGradient, keepSquare, addSquare, rate, rootScale, eps,
  ]);
  return true;
}
