/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "block",
  digest: "14b5d182ea2dd9ff2cd2a65d2962509e1040cc78ef2d99e58b71a479869e6688",
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
