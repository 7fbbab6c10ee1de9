/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "wave_filters",
  digest: "245c119bdeccb6915bcc3c8b95807ffc232611fd2eb744df367cc9a74e474d0c",
  functions: [
    "correlateWave",
    "resampleWave",
    "convolveWave",
  ],
});
