/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "linear",
  digest: "29db5a195c322085e0c54c404a0500e6e9527fb1bee5b009db64feedb25924f0",
  functions: [
    "linearForward",
    "linearForwardLong",
    "linearWeightSums",
    "linearWeightGradient",
    "linearInputGradient",
    "columnSums",
  ],
});
