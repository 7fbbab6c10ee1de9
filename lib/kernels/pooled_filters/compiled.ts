/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "pooled_filters",
  digest: "8e3743b34ea0deee8b14da7e0fcbcc6fe7c958a348919ee9adc4d01dd93daaee",
  functions: [
    "pooledFiltersSpectra",
    "pooledFiltersFactors",
    "pooledFiltersForward",
    "pooledFiltersGradient",
    "pooledFiltersTapSums",
    "pooledFiltersWindowSums",
  ],
});
