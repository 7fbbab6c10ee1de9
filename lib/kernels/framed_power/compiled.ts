/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "framed_power",
  digest: "3898f3d8116f90fc36bffc7aa29bdfc6047a3dd2ba8341a746ce1defe78e1b3f",
  functions: [
    "framedPowerPack",
    "framedPowerForward",
    "framedPowerRows",
    "framedPowerGradient",
  ],
});
