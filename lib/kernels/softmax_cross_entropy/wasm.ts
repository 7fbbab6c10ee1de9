/** {@link softmaxCrossEntropy} on WebAssembly: see `wasm.as.ts`. */
import type * as tf from "@tensorflow/tfjs";
import { scaled } from "../matrices/wasm.ts";
import { differentiable, savedAt } from "../operation/differentiable.ts";
import type { WasmKernels } from "../wasm/runtime.ts";
import { COMPILED } from "./compiled.ts";

export function softmaxCrossEntropyWasm(
  kernels: WasmKernels,
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
): tf.Scalar {
  const [batch, classes] = logits.shape;
  return differentiable(
    { logits },
    (save) => {
      const loss = kernels.output<tf.Scalar>([]);
      const gradient = kernels.output(logits.shape);
      // deno-fmt-ignore
      kernels.run(COMPILED.crossEntropyForward, 1, [
        kernels.addressOf(logits), kernels.addressOf(labels), batch, classes, loss.address, gradient.address,
      ]);
      save(gradient.tensor);
      return loss.tensor;
    },
    (dy, saved) => ({ logits: () => scaled(kernels, savedAt(saved, 0), dy) }),
  );
}
