/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "last_conv",
  digest: "eac18c2c4d01f58ef2663fad239e6d637d00922b519c9dced38934f03226db75",
  functions: [
    "lastConv",
    "lastConvBack",
  ],
});
