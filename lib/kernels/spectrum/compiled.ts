/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "spectrum",
  digest: "aeefdbc568c331003a460b79320840d70cf301cdae240b4d4488f85cc4948637",
  functions: [
    "spectrumForward",
  ],
});
