/** The gradient of trained kernels is divided among all who may help, to the same bytes. */
import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../../../lib/base/random.ts";
import { COMPILED } from "../../../../lib/kernels/framed_power/compiled.ts";
import { framedPowerWasm } from "../../../../lib/kernels/framed_power/wasm.ts";
import { installWasmKernels } from "../../../../lib/kernels/wasm/install_io.ts";
import { type WasmKernels, wasmKernels } from "../../../../lib/kernels/wasm/runtime.ts";

const SIZES = { batch: 5, samples: 1600, frames: 11, bins: 41, nFft: 480, hopSamples: 160, pad: 240 };

function tensor(name: string, ...shape: number[]): tf.Tensor {
  const rng = Rng.fromSeed(name);
  return tf.tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => rng.normal()), shape);
}

Deno.test("a guest beside one thread gets a chunk of the gradient, which is the same bytes", async () => {
  await installWasmKernels(tf, { threads: 1 });
  const kernels = wasmKernels()!;
  const wave = tensor("wave", SIZES.batch, SIZES.samples) as tf.Tensor2D;
  const of = (name: string) => tensor(name, SIZES.bins, 1, SIZES.nFft) as tf.Tensor3D;
  const gradientWith = (seats: number) => {
    const chunks: number[] = [];
    const run: WasmKernels["run"] = (compiled, count, ...rest) => {
      if (compiled === COMPILED.framedPowerGradient) chunks.push(count);
      kernels.run(compiled, count, ...rest);
    };
    const seated = new Proxy(kernels, {
      get: (target, key: keyof WasmKernels) => {
        const value = key === "seats" ? seats : key === "run" ? run : target[key];
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const gradients = tf.tidy(() =>
      tf.grads((cos, sin) =>
        framedPowerWasm(seated, wave, cos as tf.Tensor3D, sin as tf.Tensor3D, SIZES, 1e-10)
      )([
        of("cos"),
        of("sin"),
      ]).map((gradient) => gradient.dataSync().slice())
    );
    return { chunks, gradients };
  };
  const alone = gradientWith(1);
  assertEquals(alone.chunks, [1]);
  for (const seats of [2, 3]) {
    const { chunks, gradients } = gradientWith(seats);
    assertEquals([chunks, gradients], [[seats], alone.gradients]);
  }
});
