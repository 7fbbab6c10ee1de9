/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "sgd_momentum",
  digest: "4a2b4e883d6b2ead8283344c252e847b8f09f7e710a8a41a6aa0f64dade31f41",
  functions: [
    "sgdMomentum",
  ],
});
