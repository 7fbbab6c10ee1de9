/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "mel_log",
  digest: "ff601df6d748a02207f245b6d79c62c243c819a0cc79ee5e946bb7791a65eb74",
  functions: [
    "melLogForward",
    "melLogEnergyGradient",
    "melLogBasisSums",
    "melLogBasisGradient",
    "melLogPowerGradient",
  ],
});
