/** Written by `deno task kernels:build`: the functions of `wasm.as.ts`, and SHA-256 of what they compile to. */
import { compiledUnit } from "../wasm/compiled_unit.ts";

export const COMPILED = compiledUnit({
  name: "pcen",
  digest: "b8b6e2b2092779827fc7118f8fda6207a271b13d3d59780bd1294ccba6af1f93",
  functions: [
    "pcenForward",
    "pcenBackward",
    "pcenParameterGradients",
  ],
});
