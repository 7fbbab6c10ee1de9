/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "softmax_cross_entropy",
  digest: "60ba8ab24612c08bdc3f8a00ab93ba9a19e27428a139f0b394f865508f54018a",
  functions: [
    "crossEntropyForward",
  ],
});
