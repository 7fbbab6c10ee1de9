/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "spectrum",
  digest: "92ab347ab45042dc4b8671fb3d41cf98f3a865593d5964541c4893ee4f5d140b",
  functions: [
    "spectrumForward",
    "spectrumOfClips",
  ],
});
