/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "mel_log",
  digest: "0331519f396f726f473f3e4670a09aa078558b723e4317925a98ea897a07bff1",
  functions: [
    "melLogForward",
    "melLogEnergyGradient",
    "melLogBasisSums",
    "melLogBasisGradient",
    "melLogPowerGradient",
  ],
});
