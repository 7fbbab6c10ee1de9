/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "input_conv",
  digest: "c41649559fafaec5221a20e934cbc8feefa9fa69808b6aa50b4ad3a2d2c841a3",
  functions: [
    "inputConv",
    "inputConvWeightSums",
    "inputConvInputGradient",
  ],
});
