/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "ctc_loss",
  digest: "1528f039dfec678ab9f726b616a33e4df5303e5e85f7f386e399a5bee4548136",
  functions: [
    "ctcLoss",
    "sumLosses",
  ],
});
