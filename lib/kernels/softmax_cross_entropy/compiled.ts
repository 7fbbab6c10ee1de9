/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "softmax_cross_entropy",
  digest: "20efa1c029e171285626e2f1474ac34512ad7dd558083c6b6815efed443f73da",
  functions: [
    "crossEntropyForward",
  ],
});
