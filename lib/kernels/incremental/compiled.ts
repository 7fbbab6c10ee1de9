/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "incremental",
  digest: "7c68cb098ad40710daf00a0570d91e77be80bf770a4ca4ea0a193c5cce293be4",
  functions: [
    "denseRows",
    "depthwiseFrames",
    "framePatches",
    "meanRows",
    "addFrames",
    "framesOfBands",
    "powerRows",
  ],
});
