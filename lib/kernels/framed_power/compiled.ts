/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "framed_power",
  digest: "20f575a0e7789c737ce0bdf5b083423fbc0b7e4eaabb2295171b8a6b0c39a405",
  functions: [
    "framedPowerPack",
    "framedPowerForward",
    "framedPowerRows",
    "framedPowerGradient",
  ],
});
