/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "mel_log",
  digest: "a4b549cfa503b0c7188afcb549cf6696aeebe3818683aabea444927d8e7df928",
  functions: [
    "melLogForward",
    "melLogEnergyGradient",
    "melLogBasisSums",
    "melLogBasisGradient",
    "melLogPowerGradient",
  ],
});
