/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "last_conv",
  digest: "630f884991458aa13588b26344c486a823c8c3da0a9aa3ef683dd68ae93b0e01",
  functions: [
    "lastConv",
    "lastConvBack",
  ],
});
