/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "batch_norm",
  digest: "e3059674961e9ef1fed777a802aaec47a7e73a5360c41f1cd1f744d3742708bf",
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
