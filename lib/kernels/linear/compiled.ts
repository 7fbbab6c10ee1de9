/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "linear",
  digest: "fc971570638af692aead6523b32c3f3d2817e8dd446d5340cb19e7a7f3275256",
  functions: [
    "linearForward",
    "linearWeightSums",
    "linearWeightGradient",
    "linearInputGradient",
    "columnSums",
  ],
});
