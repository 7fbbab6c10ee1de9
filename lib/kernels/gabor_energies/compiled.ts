/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "gabor_energies",
  digest: "b2f389e41ad4aecc6037658ba78109a0069da15b4fec1761a82faf9998892a12",
  functions: [
    "gaborClips",
    "gaborGains",
    "gaborRows",
    "gaborForward",
    "gaborPoolingSums",
    "gaborFilterSums",
  ],
});
