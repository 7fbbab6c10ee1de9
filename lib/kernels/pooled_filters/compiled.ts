/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "pooled_filters",
  digest: "143198c473967da218b21835cb171408e8cac90babb3e426aa1cbc93faa006d2",
  functions: [
    "pooledFiltersSpectra",
    "pooledFiltersFactors",
    "pooledFiltersForward",
    "pooledFiltersGradient",
    "pooledFiltersTapSums",
    "pooledFiltersWindowSums",
  ],
});
