import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { Rng } from "../../../../lib/base/random.ts";
import { chooseForm } from "../../../../lib/kernels/framed_power/form.ts";
import { framedPower } from "../../../../lib/kernels/framed_power/op.ts";
import { linear } from "../../../../lib/kernels/linear/op.ts";
import { melLog } from "../../../../lib/kernels/mel_log/op.ts";
import { softmaxCrossEntropy } from "../../../../lib/kernels/softmax_cross_entropy/op.ts";
import { sgdMomentum } from "../../../../lib/kernels/sgd_momentum/op.ts";
import { sgdMomentumWasm } from "../../../../lib/kernels/sgd_momentum/wasm.ts";
import { installWasmKernels } from "../../../../lib/kernels/wasm/install_io.ts";
import { wasmKernels } from "../../../../lib/kernels/wasm/runtime.ts";
import { assertNear, checkOp } from "../op_check.ts";
import { dense } from "../reference.ts";
import * as reference from "../reference.ts";

/** Workers live as long as the process, so resources of a test are not all its own. */
function onKernels(name: string, body: () => void | Promise<void>): void {
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await installWasmKernels(tf, { threads: 2 });
      assert(wasmKernels() !== undefined);
      await body();
    },
  });
}

Deno.test("chooseForm() takes minimal filtering for windows of three whole hops only", () => {
  const choice = (nFft: number, hopSamples: number, frames: number) =>
    [true, false].map((isDifferentiated) =>
      chooseForm({ nFft, hopSamples, frames }, isDifferentiated).products
    );
  assertEquals(choice(480, 160, 101), [8, 4]);
  assertEquals(choice(480, 160, 3), [8, 4]);
  assertEquals(choice(480, 160, 2), [1, 4], "two frames are less work directly than six");
  assertEquals(choice(480, 160, 1), [1, 1]);
  assertEquals(choice(512, 160, 101), [1, 1]);
  assertEquals(choice(480, 240, 101), [1, 1]);
  assertEquals(choice(30, 10, 101), [1, 1], "rows of 10 samples are not whole vectors");
});

for (
  const [what, batch, samples, nFft, hopSamples, bins] of [
    ["F(6,3), a last tile of one frame", 2, 96, 24, 8, 13],
    ["F(6,3), more clips than a group", 39, 96, 24, 8, 4],
    ["F(6,3), one tile", 2, 32, 24, 8, 5],
    ["frames directly", 2, 90, 20, 8, 11],
    ["frames directly, an odd hop", 2, 47, 9, 3, 5],
    ["one frame, one bin", 1, 13, 24, 16, 1],
  ] as const
) {
  onKernels(`framedPower() equals its reference by ${what}`, () =>
    checkOp({
      name: what,
      inputs: { wave: [batch, samples], wcos: [bins, 1, nFft], wsin: [bins, 1, nFft] },
      constant: ["wave"],
      op: ({ wave, wcos, wsin }) =>
        framedPower(wave as tf.Tensor2D, wcos as tf.Tensor3D, wsin as tf.Tensor3D, {
          hopSamples,
          powerEpsilon: 1e-3,
        }),
      reference: ({ wave, wcos, wsin }) => reference.framedPower(wave!, wcos!, wsin!, hopSamples, 1e-3),
    }));
}

onKernels(
  "framedPower() keeps 2e-5 of the largest amplitude when differentiated, 1e-6 when not",
  async () => {
    const rng = Rng.fromSeed("paper");
    const uniform = (shape: number[]) => dense(shape, () => Math.fround(rng.uniform(-1, 1)));
    const [wave, wcos, wsin] = [uniform([1, 4000]), uniform([7, 1, 480]), uniform([7, 1, 480])];
    const wanted = reference.framedPower(wave, wcos, wsin, 160, 0).values.map(Math.sqrt);
    const tensors = [wave, wcos, wsin].map(({ shape, values }) =>
      tf.tensor(Float32Array.from(values), [...shape])
    );
    const power = (w: tf.Tensor, c: tf.Tensor, s: tf.Tensor) =>
      framedPower(w as tf.Tensor2D, c as tf.Tensor3D, s as tf.Tensor3D, { hopSamples: 160, powerEpsilon: 0 });
    const [w, c, s] = tensors as [tf.Tensor, tf.Tensor, tf.Tensor];
    const alone = power(w, c, s);
    assertNear((await alone.data()).map(Math.sqrt), wanted, 1e-6, "amplitudes");
    const gradients = tf.grads((c, s) => {
      const differentiated = power(w, c!, s!);
      assertNear(differentiated.dataSync<"float32">().map(Math.sqrt), wanted, 2e-5, "amplitudes");
      return differentiated;
    })([c, s]);
    tf.dispose([...tensors, alone, ...gradients]);
  },
);

for (
  const [batch, frames, bins, bands] of [[2, 5, 9, 3], [3, 13, 8, 8], [1, 1, 17, 11], [9, 7, 10, 1]] as const
) {
  onKernels(
    `melLog() equals its reference for [${batch}, ${frames}, ${bins}] and ${bands} bands`,
    () =>
      checkOp({
        name: "melLog",
        inputs: { power: [batch, frames, bins], basis: [bands, bins] },
        positive: ["power", "basis"],
        op: ({ power, basis }) => melLog(power as tf.Tensor3D, basis as tf.Tensor2D),
        reference: ({ power, basis }) => reference.melLog(power!, basis!),
      }),
  );
}

onKernels("melLog() gives what Math.log gives over the whole range", async () => {
  const values = Float32Array.from({ length: 600 }, (_, i) => 10 ** (i / 8 - 37));
  const bank = tf.eye(8);
  const at = async (xs: readonly number[]) => {
    const y = tf.tidy(() => melLog(tf.tensor3d([...xs, ...Array(8).fill(1)].slice(0, 8), [1, 1, 8]), bank));
    const result = await y.data();
    y.dispose();
    return result;
  };
  const offset = Math.fround(1e-10);
  for (let i = 0; i < values.length; i += 8) {
    const wanted = Array.from(values.subarray(i, i + 8), (x) => Math.log(Math.fround(x + offset)));
    const found = await at([...values.subarray(i, i + 8)]);
    for (const [lane, w] of wanted.entries()) {
      assert(Math.abs(found[lane]! - w) <= 2e-7 * Math.max(1, Math.abs(w)), `log of ${values[i + lane]}`);
    }
  }
  for (
    const [x, log] of [[-1e-9, NaN], [-1, NaN], [NaN, NaN], [-offset, -Infinity], [
      Infinity,
      Infinity,
    ]] as const
  ) {
    assertEquals((await at([x]))[0], log, String(x));
  }
  bank.dispose();
});

for (const [batch, inner, out] of [[3, 9, 5], [1, 8, 1], [25, 30, 12], [7, 16, 13]] as const) {
  onKernels(`linear() equals its reference for [${batch}, ${inner}] to ${out}`, () =>
    checkOp({
      name: "linear",
      inputs: { x: [batch, inner], weight: [out, inner], bias: [out] },
      op: ({ x, weight, bias }) => linear(x as tf.Tensor2D, weight as tf.Tensor2D, bias as tf.Tensor1D),
      reference: ({ x, weight, bias }) => reference.linear(x!, weight!, bias),
    }));
}

onKernels("softmaxCrossEntropy() equals its reference", () =>
  checkOp({
    name: "softmaxCrossEntropy",
    inputs: { logits: [3, 5] },
    op: ({ logits }) => softmaxCrossEntropy(logits as tf.Tensor2D, tf.tensor1d([4, 0, 2], "int32")),
    reference: ({ logits }) => reference.softmaxCrossEntropy(logits!, [4, 0, 2]),
  }));

onKernels("softmaxCrossEntropy() is finite for far apart logits and NaN if one is not finite", async () => {
  const loss = async (row: number[]) => {
    const y = tf.tidy(() => softmaxCrossEntropy(tf.tensor2d([row]), tf.tensor1d([0], "int32")));
    const [value] = await y.data();
    y.dispose();
    return value!;
  };
  assertEquals(await loss([0, 1000, -1000]), 1000);
  for (const bad of [NaN, Infinity, -Infinity]) assert(Number.isNaN(await loss([0, bad, 1])), String(bad));
});

onKernels("sgdMomentumWasm() steps as separate operations would, and refuses shared values", async () => {
  const [p, v, g] = [[1, -2, 3, 0.5, 7], [0, 1, 0, -1, 2], [0.1, 0.2, -0.3, 4, 5]].map((x) =>
    Float32Array.from(x)
  ) as [Float32Array, Float32Array, Float32Array];
  const parameter = tf.tidy(() => tf.variable(tf.tensor1d(p)));
  const velocity = tf.tidy(() => tf.variable(tf.tensor1d(v)));
  const gradient = tf.tensor1d(g);
  const update = { parameter, velocity, gradient, weightDecay: 0.25, momentum: 0.5, rate: 0.125 };
  assertEquals(sgdMomentumWasm(wasmKernels()!, update), true);
  const f = Math.fround;
  const vNext = p.map((x, i) => f(f(v[i]! * 0.5) + f(g[i]! + f(x * 0.25))));
  assertEquals(await velocity.data(), vNext);
  assertEquals(await parameter.data(), p.map((x, i) => f(x - f(vNext[i]! * 0.125))));
  const sharing = parameter.reshape([1, 5]);
  assertEquals(sgdMomentumWasm(wasmKernels()!, update), false);
  const wrong = tf.tensor1d([1]);
  sharing.dispose();
  assertThrows(() => sgdMomentum([{ ...update, gradient: wrong }]), Error, "gradient and parameter");
  tf.dispose([parameter, velocity, gradient, wrong]);
});

onKernels("kernels leave no memory behind over many calls", () => {
  const { wasm } = tf.backend() as unknown as {
    wasm: { _malloc(bytes: number): number; _free(p: number): void };
  };
  const step = () =>
    tf.tidy(() => {
      const [wave, wcos, wsin] = [tf.ones([3, 96]), tf.ones([5, 1, 24]), tf.ones([5, 1, 24])];
      tf.grads((c, s) =>
        tf.sum(framedPower(wave as tf.Tensor2D, c as tf.Tensor3D, s as tf.Tensor3D, {
          hopSamples: 8,
          powerEpsilon: 0,
        }))
      )([wcos, wsin]);
    });
  const top = () => {
    const address = wasm._malloc(1 << 20) >>> 0; // a large piece comes from the first gap that can hold it
    wasm._free(address);
    return address;
  };
  for (let i = 0; i < 3; i++) step();
  const [tensors, before] = [tf.memory().numTensors, top()];
  for (let i = 0; i < 200; i++) step();
  assertEquals([tf.memory().numTensors, top()], [tensors, before]);
});
