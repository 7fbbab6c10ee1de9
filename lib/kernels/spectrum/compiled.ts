/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "spectrum",
  digest: "5d429489727091e0005c0dcba6ff1fc668606d0e6dd6db7f9e90ae0c4e02288a",
  functions: [
    "spectrumForward",
    "spectrumOfClips",
  ],
});
