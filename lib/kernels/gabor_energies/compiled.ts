/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "gabor_energies",
  digest: "94d6a582c21858e5126e1ea85839f661280a4b1086fe29c8101c9e72ee406de5",
  functions: [
    "gaborClips",
    "gaborGains",
    "gaborRows",
    "gaborForward",
    "gaborPoolingSums",
    "gaborFilterSums",
  ],
});
