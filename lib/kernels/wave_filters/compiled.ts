/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "wave_filters",
  digest: "c1ae3ba33be9a374eeec2ab8363e65167d488f2fae336d6cc86af6160a7d790a",
  functions: [
    "correlateWave",
    "resampleWave",
    "convolveWave",
  ],
});
