/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "pooled_filters",
  digest: "ced4499ea2a1ca04835bbe42a09268be4d809362adfcdd9c76c5fad4b52d6772",
  functions: [
    "pooledFiltersSpectra",
    "pooledFiltersFactors",
    "pooledFiltersForward",
    "pooledFiltersGradient",
    "pooledFiltersTapSums",
    "pooledFiltersWindowSums",
  ],
});
