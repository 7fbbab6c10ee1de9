/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "lstm",
  digest: "428aea57361fd5d2c858d7486a4813eb3535d5e88978193dc6ed76ef4ec7f27a",
  functions: [
    "lstmForward",
    "lstmBackward",
    "lstmBiasGradient",
    "lstmWeightSums",
  ],
});
