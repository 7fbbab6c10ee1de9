/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "linear",
  digest: "425b9e2f768ec5bd2528a8b5fa6fecaf71ef7e4ea62d9aeeb1e7881a6344be14",
  functions: [
    "linearForward",
    "linearWeightSums",
    "linearWeightGradient",
    "linearInputGradient",
    "columnSums",
  ],
});
