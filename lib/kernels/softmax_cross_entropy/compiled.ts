/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "softmax_cross_entropy",
  digest: "3fc317c7da4d4891314f0acaa02557a5ca5d587bc7284897f4db5fac4995ffdb",
  functions: [
    "crossEntropyForward",
  ],
});
