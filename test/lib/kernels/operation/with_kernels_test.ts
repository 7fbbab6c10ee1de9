/** An operation with its kernels: what does not fit does not compile, and without a kernel the composite runs. */
import * as tf from "@tensorflow/tfjs";
import { assertEquals, assertStrictEquals } from "@std/assert";
import { withKernels } from "../../../../lib/kernels/operation/with_kernels.ts";
import type { WasmKernels } from "../../../../lib/kernels/wasm/runtime.ts";
import { openForTest } from "../../../support/backends.ts";

Deno.test("withKernels() runs the composite, with all operands, when the backend has no kernels", async () => {
  await openForTest("cpu");
  const given: unknown[] = [];
  const run = withKernels(
    (...operands: [tf.Tensor2D, tf.Tensor2D]) => (given.push(...operands), operands[0]),
    {
      wasm: () => {
        throw new Error("this is not wasm");
      },
    },
  );
  const [x, weight] = [tf.tensor2d([[1, 2]]), tf.tensor2d([[3, 4]])];
  assertStrictEquals(run(x, weight), x);
  assertEquals(given, [x, weight]);
  tf.dispose([x, weight]);
});

Deno.test("withKernels() runs the composite when the kernel does not serve the operands", async () => {
  await openForTest("wasm");
  const composite = (x: tf.Tensor1D) => tf.neg(x);
  const run = withKernels(composite, { wasm: (_, x) => x.size > 1 ? x : undefined });
  const [one, two] = [tf.tensor1d([1]), tf.tensor1d([1, 2])];
  const made = run(one);
  assertEquals([...await made.data()], [-1]);
  assertStrictEquals(run(two), two);
  tf.dispose([one, two, made]);
});

Deno.test("withKernels() takes no kernel of other operands or another result than the composite's", () => {
  const composite = (power: tf.Tensor3D, _basis: tf.Tensor2D) => power;
  const otherResult = (_: WasmKernels, _power: tf.Tensor3D, basis: tf.Tensor2D) => basis;
  const otherOperands = (_: WasmKernels, basis: tf.Tensor2D, _power: tf.Tensor3D) => basis;
  // @ts-expect-error: the composite gives three dimensions
  withKernels(composite, { wasm: otherResult });
  // @ts-expect-error: the composite takes three dimensions first
  withKernels(composite, { wasm: otherOperands });
  // @ts-expect-error: no backend of this name
  withKernels(composite, { cpu: composite });
});
