/** {@link adam} of one parameter on WebAssembly, in place. */
import { ownAll, sharesOfValues } from "../optimizer_step/wasm.ts";
import type { WasmKernels } from "../wasm/runtime.ts";
import { COMPILED } from "./compiled.ts";
import { adamFactors } from "./factors.ts";
import type { AdamUpdate } from "./types.ts";

/**
 * Rounded as separate operations would be.
 *
 * @returns False, with nothing changed, if another tensor shares the values.
 */
export function adamWasm(kernels: WasmKernels, update: AdamUpdate): boolean {
  const { parameter, average, squareAverage, gradient } = update;
  if (!ownAll(kernels, [parameter, average, squareAverage])) return false;
  const { weightDecay, keepAverage, addGradient, keepSquare, addSquare, rate, rootScale, eps } = adamFactors(
    update,
  );
  const shares = sharesOfValues(parameter.size);
  // deno-fmt-ignore
  kernels.run(COMPILED.adam, shares, [
    kernels.addressToChange(parameter), kernels.addressToChange(average), kernels.addressToChange(squareAverage),
    kernels.addressOf(gradient), parameter.size, shares,
    weightDecay, keepAverage, addGradient, keepSquare, addSquare, rate, rootScale, eps,
  ]);
  return true;
}
