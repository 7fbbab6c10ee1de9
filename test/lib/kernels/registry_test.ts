/** The list of kernels: what does not fit does not compile, and without a kernel the composite runs. */
import * as tf from "@tensorflow/tfjs";
import { assertEquals, assertStrictEquals } from "@std/assert";
import { runOperation } from "../../../lib/kernels/registry.ts";
import { openForTest } from "../../support/backends.ts";

Deno.test("runOperation() runs the composite, with all operands, when the backend has no kernels", async () => {
  await openForTest("cpu");
  const [x, weight] = [tf.tensor2d([[1, 2]]), tf.tensor2d([[3, 4]])];
  const given: unknown[] = [];
  const y = runOperation("linear", (...operands) => (given.push(...operands), operands[0]), x, weight);
  assertStrictEquals(y, x);
  assertEquals(given, [x, weight]);
  tf.dispose([x, weight]);
});

Deno.test("runOperation() takes neither an unknown operation nor a composite of another signature", () => {
  const wrong = (_: tf.Tensor3D, basis: tf.Tensor2D) => basis;
  const never = (power: tf.Tensor3D, basis: tf.Tensor2D) => {
    // @ts-expect-error: no operation of this name
    runOperation("convolve", wrong, power, basis);
    // @ts-expect-error: melLog gives three dimensions
    runOperation("melLog", wrong, power, basis, 0);
  };
  assertEquals(typeof never, "function"); // the type checker is what tests it
});
