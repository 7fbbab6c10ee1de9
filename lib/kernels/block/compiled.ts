/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "block",
  digest: "8be190acf563f7debbdc061f9f1c09b2dfe7ae86b7ad8c0b7411cc4f0ea1c0e4",
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
