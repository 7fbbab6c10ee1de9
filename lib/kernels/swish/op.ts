/** Swish, also called SiLU: `x sigmoid(x)` (Ramachandran et al. 2017). */
import type * as tf from "@tensorflow/tfjs";
import { checkFloat } from "../operation/shapes.ts";
import { swishComposite } from "./composite.ts";

/** @param x Any shape. @returns The same shape. */
export function swish<T extends tf.Tensor>(x: T): T {
  checkFloat("swish", "x", x);
  return swishComposite(x);
}
