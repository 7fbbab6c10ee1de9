/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "linear",
  digest: "c0348ba240bae3ca16be8acda1ada79c10e9060b6ac643c1b3a9e92c277c590a",
  functions: [
    "linearForward",
    "linearForwardLong",
    "linearWeightSums",
    "linearWeightGradient",
    "linearInputGradient",
    "columnSums",
  ],
});
