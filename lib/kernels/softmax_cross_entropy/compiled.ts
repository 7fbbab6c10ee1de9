/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "softmax_cross_entropy",
  digest: "7669cc0656b8b902e692907fd859f274587e587c0e0daa9993b177197a3b8cac",
  functions: [
    "crossEntropyForward",
  ],
});
