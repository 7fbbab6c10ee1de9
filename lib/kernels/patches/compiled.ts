/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "patches",
  digest: "a78f357fb5ee5b7052cbcc1e161d0944571763f07a56fd576f269e25390cdd5c",
  functions: [
    "patches",
    "patchesBack",
  ],
});
