/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "lstm",
  digest: "8c4c85b59c1fc685785cf5e1b7f74c3562813b5a17aae7fd6cf26a638af4181b",
  functions: [
    "lstmForward",
    "lstmBackward",
    "lstmBiasGradient",
    "lstmWeightSums",
  ],
});
