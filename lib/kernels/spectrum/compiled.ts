/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "spectrum",
  digest: "c1294c856fc98a7c010de8c9ceacdc094a80790b4d65322c6e62ea7960f9c660",
  functions: [
    "spectrumForward",
  ],
});
