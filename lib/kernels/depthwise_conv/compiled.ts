/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "depthwise_conv",
  digest: "496ca9821d42e5cee168beba96cde3147ca66866fbf63f0a8b0390300aecfe8f",
  functions: [
    "depthwiseConv",
    "depthwiseConvWeightSums",
  ],
});
