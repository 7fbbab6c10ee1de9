/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "block",
  digest: "19931c18cf651bb2b32199e89670cddfc29f5deb328301c6c2803160cac0d46b",
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
