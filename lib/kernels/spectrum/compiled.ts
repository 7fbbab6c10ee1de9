/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "spectrum",
  digest: "e761f05932c4a7b0da718ab3b11dedac12f1546f6f60886a4945d062e0940e71",
  functions: [
    "spectrumForward",
  ],
});
