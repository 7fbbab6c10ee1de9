/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "lstm",
  digest: "287401dc1d115b0e2bb64315045aa2edb2e8e3f39c129a10b3388078f8b38d9d",
  functions: [
    "lstmForward",
    "lstmBackward",
    "lstmBiasGradient",
    "lstmWeightSums",
  ],
});
