/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "adam",
  digest: "bd41c7a9a4462f2067ac04314766caf1017145c8aeba4e27cb9b31d006e69af5",
  functions: [
    "adam",
  ],
});
