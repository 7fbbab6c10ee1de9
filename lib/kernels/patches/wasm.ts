/** {@link patches} on WebAssembly: see `wasm.as.ts`. */
import type * as tf from "@tensorflow/tfjs";
import { differentiable } from "../operation/differentiable.ts";
import type { CompiledFunction } from "../wasm/compiled_unit.ts";
import type { WasmKernels } from "../wasm/runtime.ts";
import { COMPILED } from "./compiled.ts";
import { type PatchGeometry, patchSizes } from "./types.ts";

export function patchesWasm(kernels: WasmKernels, x: tf.Tensor3D, geometry: PatchGeometry): tf.Tensor4D {
  const { height, width, strideF, strideT } = geometry;
  const [batch, bands, frames] = x.shape;
  const { padF, padT, wideRows, wideFrames, outRows, outFrames } = patchSizes(bands, frames, geometry);
  const run = <T extends tf.Tensor>(
    kernel: CompiledFunction,
    from: tf.Tensor,
    shape: readonly number[],
  ): T => {
    const { tensor, address } = kernels.output<T>(shape);
    // deno-fmt-ignore
    kernels.run(kernel, batch, [
      kernels.addressOf(from), bands, frames, padF, padT, wideRows, wideFrames, height, width, strideF, strideT,
      outRows, outFrames, address,
    ], wideRows * wideFrames * 4);
    return tensor;
  };
  return differentiable<{ x: tf.Tensor }, tf.Tensor4D>(
    { x },
    () => run(COMPILED.patches, x, [batch, outRows, outFrames, height * width]),
    (dy) => ({ x: () => run(COMPILED.patchesBack, dy, x.shape) }),
  );
}
