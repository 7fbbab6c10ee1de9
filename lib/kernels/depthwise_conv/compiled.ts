/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "depthwise_conv",
  digest: "1a80c87d73ca9eac2f400e583956af88bee3272f1b5babe54d874eb9ea72b257",
  functions: [
    "depthwiseConv",
    "depthwiseConvWeightSums",
  ],
});
