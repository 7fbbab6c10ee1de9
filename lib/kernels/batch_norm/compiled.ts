/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "batch_norm",
  digest: "bcd329da746c7d30bfcf19dd7066f913b2bb44479c7cf256da983a017265032d",
  functions: [
    "normFinish",
    "normFixed",
    "normBackFinish",
    "normSums",
    "normRelu",
    "normReluBackSums",
    "normReluBack",
    "channelSums",
  ],
});
