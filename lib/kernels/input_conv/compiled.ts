/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "input_conv",
  digest: "d10da31bb8f854f38e1833dee62c767400a4b86a40a427654c3c2b4e0c4b4fe3",
  functions: [
    "inputConv",
    "inputConvWeightSums",
    "inputConvInputGradient",
  ],
});
