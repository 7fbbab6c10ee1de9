/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "spectrum",
  digest: "8ba8b5b590408a35c77bae92cae0dbb7e5efbcb0ed7dfc9ce29b9b16012fe60d",
  functions: [
    "spectrumForward",
  ],
});
