/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "framed_power",
  digest: "b350d47c4e37514134f5511c7c2be715fd91ac6595c2e77339cdda0ef640bba8",
  functions: [
    "framedPowerPack",
    "framedPowerForward",
    "framedPowerRows",
    "framedPowerGradient",
  ],
});
