import { assert, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../../../lib/base/random.ts";
import { adamComposite } from "../../../../lib/kernels/adam/composite.ts";
import { adam, type AdamUpdate } from "../../../../lib/kernels/adam/op.ts";
import { adamWasm } from "../../../../lib/kernels/adam/wasm.ts";
import { installWasmKernels } from "../../../../lib/kernels/wasm/install_io.ts";
import { wasmKernels } from "../../../../lib/kernels/wasm/runtime.ts";

/** Workers live as long as the process, so resources of a test are not all its own. */
function onKernels(name: string, body: () => Promise<void>): void {
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await installWasmKernels(tf, { threads: 2 });
      await body();
    },
  });
}

// One value, no whole vector, vectors and a rest, several shares.
for (const size of [1, 3, 4, 11, 40_001]) {
  onKernels(`adamWasm() makes the bytes of its composite of ${size} values`, async () => {
    const [mine, composed] = [updateOf(size), updateOf(size)];
    for (let step = 1; step <= 3; step++) {
      assert(adamWasm(wasmKernels()!, { ...mine, step }));
      adamComposite({ ...composed, step });
    }
    for (const name of ["parameter", "average", "squareAverage"] as const) {
      assertEquals(await mine[name].data(), await composed[name].data(), name);
    }
    disposeOf(mine, composed);
  });
}

onKernels("adam() leaves other tensors with the parameter's values as they were", async () => {
  const [update, alone] = [updateOf(5), updateOf(5)];
  const sharing = update.parameter.reshape([1, 5]);
  const before = await sharing.data();
  assertEquals(adamWasm(wasmKernels()!, update), false);
  adam([update]);
  adam([alone]);
  assertEquals(await sharing.data(), before);
  assertEquals(await update.parameter.data(), await alone.parameter.data());
  sharing.dispose();
  disposeOf(update, alone);
});

onKernels("adam() refuses arrays of another shape, naming them", async () => {
  const [update, longer] = [updateOf(3), updateOf(4)];
  for (const name of ["gradient", "average", "squareAverage"] as const) {
    assertThrows(() => adam([{ ...update, [name]: longer[name] }]), Error, `adam: ${name} and parameter`);
  }
  disposeOf(update, longer);
  await Promise.resolve();
});

function updateOf(size: number): AdamUpdate {
  const values = (name: string) => {
    const rng = Rng.fromSeed(name);
    return tf.tensor1d(Float32Array.from({ length: size }, () => rng.normal()));
  };
  const [parameter, average, squareAverage] = tf.tidy(() => [
    tf.variable(values("parameter"), true),
    tf.variable(values("average"), false),
    tf.variable(values("square").square(), false),
  ]) as [tf.Variable, tf.Variable, tf.Variable];
  return {
    parameter,
    average,
    squareAverage,
    gradient: values("gradient"),
    weightDecay: 0.01,
    betas: [0.9, 0.999],
    eps: 1e-8,
    rate: 0.1,
    step: 1,
  };
}

function disposeOf(...updates: readonly AdamUpdate[]): void {
  for (const { parameter, average, squareAverage, gradient } of updates) {
    tf.dispose([parameter, average, squareAverage, gradient]);
  }
}
