/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "framed_power",
  digest: "5a4606f5e37017179004dfbd8d9a509e2b56e122aaecb0e4373913ed3ce41fa0",
  functions: [
    "framedPowerPack",
    "framedPowerForward",
    "framedPowerRows",
    "framedPowerGradient",
  ],
});
