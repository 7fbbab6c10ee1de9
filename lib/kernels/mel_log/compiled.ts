/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "mel_log",
  digest: "3675c66caf2f03d2e0fedc036315ec8d6c8cada3bb75085add796da4db7ef307",
  functions: [
    "melLogForward",
    "melLogEnergyGradient",
    "melLogBasisSums",
    "melLogBasisGradient",
    "melLogPowerGradient",
  ],
});
