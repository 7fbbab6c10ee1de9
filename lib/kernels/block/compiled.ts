/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "block",
  digest: "65fedff7b41c9882289bd5f77ed4f2fb46c35ddc11e3fdd55502b24026e48ee9",
  functions: [
    "blockTaps",
    "blockTapsGradient",
    "blockFrequency",
    "blockTime",
    "blockOut",
    "blockBackOut",
    "blockWeightGradient",
    "blockBackTime",
    "blockBackFrequency",
  ],
});
