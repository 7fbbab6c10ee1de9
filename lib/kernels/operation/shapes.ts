/** Shape checks that name the operation, the operand, what was found and what is wanted. */
import type * as tf from "@tensorflow/tfjs";

/**
 * Checks a shape against a pattern; `null` stands for any size.
 *
 * @throws {RangeError} With both shapes.
 */
export function checkShape(
  operation: string,
  operand: string,
  shape: readonly number[],
  wanted: readonly (number | null)[],
): void {
  const fits = shape.length === wanted.length &&
    wanted.every((size, i) => size === null || size === shape[i]);
  if (fits) return;
  const pattern = wanted.map((size) => size ?? "any").join(", ");
  throw new RangeError(`${operation}: ${operand} has shape [${shape.join(", ")}], wanted [${pattern}]`);
}

/** @throws {RangeError} If the tensor is not of type float32. */
export function checkFloat(operation: string, operand: string, tensor: tf.Tensor): void {
  if (tensor.dtype !== "float32") {
    throw new RangeError(`${operation}: ${operand} is of type ${tensor.dtype}, wanted float32`);
  }
}
