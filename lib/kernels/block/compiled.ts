/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "block",
  digest: "14134e5e9c6d41011819445de82417500c12e2d6b700ecccecd81991474e2c70",
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
