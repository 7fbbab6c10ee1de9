/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "matrices",
  digest: "c10263ce40b97baf47382654b4c762de4e39044c2e5994bd6183e151cbd007ae",
  functions: [
    "packTransposed",
    "transposeMatrix",
    "addShares",
    "addTapShares",
    "scaleBy",
  ],
});
