/** {@link sgdMomentum} of one parameter on WebAssembly, in place, for updates with momentum. */
import { ownAll, sharesOfValues } from "../optimizer_step/wasm.ts";
import type { WasmKernels } from "../wasm/runtime.ts";
import { COMPILED } from "./compiled.ts";
import type { SgdUpdate } from "./types.ts";

/**
 * Rounded as separate operations would be.
 *
 * @returns False, with nothing changed, without momentum or if another tensor shares the values.
 */
export function sgdMomentumWasm(kernels: WasmKernels, update: SgdUpdate): boolean {
  const { parameter, velocity, gradient, weightDecay, momentum, rate } = update;
  if (velocity === undefined || !ownAll(kernels, [parameter, velocity])) return false;
  const shares = sharesOfValues(parameter.size);
  // deno-fmt-ignore
  kernels.run(COMPILED.sgdMomentum, shares, [
    kernels.addressToChange(parameter), kernels.addressToChange(velocity), kernels.addressOf(gradient),
    parameter.size, shares, weightDecay, momentum, rate,
  ]);
  return true;
}
