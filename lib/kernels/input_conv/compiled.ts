/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "input_conv",
  digest: "ffafb1f49a54bd7ffc468eba904e849175c5a57c45f761de58ba2cc4ef86be19",
  functions: [
    "inputConv",
    "inputConvWeightSums",
    "inputConvInputGradient",
  ],
});
