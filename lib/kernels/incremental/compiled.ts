/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "incremental",
  digest: "92e2e16611f005fb4e63fc2b07de6479f2009c10ff2f485e69eb859153c01747",
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
