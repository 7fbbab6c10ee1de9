import * as tf from "@tensorflow/tfjs";
import { assertEquals, assertThrows } from "@std/assert";
import { sumOf } from "../../../../lib/kernels/standard/sum_of.ts";
import { onEveryBackend } from "../../../support/backends.ts";

onEveryBackend("sumOf() adds up as many tensors as there are, and so do its gradients", async () => {
  for (const count of [1, 7, 8, 13, 14, 40]) {
    const tensors = Array.from({ length: count }, (_, i) => tf.tensor1d([i + 1, 2]));
    const sum = tf.tidy(() => sumOf(tensors));
    assertEquals([...await sum.data()], [count * (count + 1) / 2, 2 * count], `${count} tensors`);
    const gradients = tf.tidy(() => tf.grads((...xs: tf.Tensor[]) => tf.sum(sumOf(xs)))(tensors));
    for (const gradient of gradients) assertEquals([...await gradient.data()], [1, 1]);
    tf.dispose([sum, ...tensors, ...gradients]);
  }
});

Deno.test("sumOf() refuses to add up nothing", () => {
  assertThrows(() => sumOf([]), RangeError, "found none");
});
