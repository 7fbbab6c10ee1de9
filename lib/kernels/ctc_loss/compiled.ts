/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "ctc_loss",
  digest: "1c010e8776895a2703341977c87f587fb358ea488ff484c0b0df4b9c4734cce8",
  functions: [
    "ctcLoss",
    "sumLosses",
  ],
});
