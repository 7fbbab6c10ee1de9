/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "pcen",
  digest: "c0228138aafaf58dd084b1385caec57daebb0f48cc71b4a71cb5f59a1fc9b75f",
  functions: [
    "pcenForward",
    "pcenBackward",
    "pcenParameterGradients",
  ],
});
