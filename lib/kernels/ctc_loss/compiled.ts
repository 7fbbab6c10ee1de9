/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "ctc_loss",
  digest: "cc7a4575e5c45178c8cfa9ec4c7be4b127f69d4a956018fe965b90d1d6b0397a",
  functions: [
    "ctcLoss",
    "sumLosses",
  ],
});
