/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "mel_log",
  digest: "5361ae820946eeb5bf93c2ad00e53700c92caa5fb5baaad6fe5553af6fdf79e3",
  functions: [
    "melLogForward",
    "melLogEnergyGradient",
    "melLogBasisSums",
    "melLogBasisGradient",
    "melLogPowerGradient",
  ],
});
