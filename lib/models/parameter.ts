/** Parameters of models. */
import type { TensorSpec } from "../nn/types.ts";

/** A trained parameter of a model. */
export function modelParameter(
  name: string,
  shape: readonly number[],
  init: TensorSpec["init"],
): TensorSpec {
  return { name, shape, role: "parameter", group: "model", trainable: true, init };
}
