/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "pooled_filters",
  digest: "281d277d619010d608c66f13ac8f152ad3b8b80a0a54de3758a150056f5a6469",
  functions: [
    "pooledFiltersSpectra",
    "pooledFiltersFactors",
    "pooledFiltersForward",
    "pooledFiltersGradient",
    "pooledFiltersTapSums",
    "pooledFiltersWindowSums",
  ],
});
