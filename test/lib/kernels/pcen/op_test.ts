/** Per-channel energy normalisation on every backend: its reference, the original classes, edges of what comes in. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../../../lib/base/random.ts";
import { readTensors } from "../../../../lib/formats/safetensors_io.ts";
import { pcen, type PcenParameters } from "../../../../lib/kernels/pcen/op.ts";
import { onEveryBackend } from "../../../support/backends.ts";
import { assertNear, checkOp } from "../op_check.ts";
import * as reference from "../reference.ts";

const references = readTensors(
  new URL("../../../fixtures/pcen/references.safetensors", import.meta.url).pathname,
);
/** Of results, every so many-th value is kept. */
const STEP = 13;

type Named = Record<string, tf.Tensor>;

for (
  const [batch, bands, frames, epsilon] of [
    [2, 3, 9, 1e-3],
    [1, 1, 1, 1e-6],
    [3, 2, 4, 1],
    [2, 2, 67, 1e-3],
    [1, 2, 131, 1e-12],
  ] as const
) {
  onEveryBackend(`pcen() equals its reference for [${batch}, ${bands}, ${frames}]`, () =>
    checkOp({
      name: `pcen ${frames}`,
      inputs: {
        energy: [batch, bands, frames],
        ...{ gain: [bands], bias: [bands], power: [bands], smoothing: [bands] },
      },
      positive: ["energy", "gain", "bias", "power", "smoothing"],
      op: ({ energy, ...curve }) => pcen(energy as tf.Tensor3D, curve as Named as Curve, epsilon),
      reference: ({ energy, ...curve }) => reference.pcen(energy!, curve as never, epsilon),
    }));
}

/** Of the original's parameters, what the operation is told. */
const ORIGINALS: Readonly<Record<string, { epsilon: number; told(x: Named): Named }>> = {
  pcen_leaf: {
    epsilon: 1e-12,
    told: ({ s, alpha, delta, r }) => ({
      gain: alpha!,
      bias: delta!,
      power: tf.reciprocal(r!),
      smoothing: s!,
    }),
  },
  pcen_logs: {
    epsilon: 1e-6,
    told: ({ s, alpha, delta, r }) => ({
      gain: tf.exp(alpha!),
      bias: tf.exp(delta!),
      power: tf.exp(r!),
      smoothing: tf.exp(s!),
    }),
  },
};

for (const [name, { epsilon, told }] of Object.entries(ORIGINALS)) {
  onEveryBackend(`pcen() gives the values and gradients of EfficientLEAF's class: ${name}`, async () => {
    const names = ["s", "alpha", "delta", "r"];
    const operands = [energies(), ...names.map((n) => tf.tensor1d(kept(`${name}/init/${n}`)))];
    const cotangent = tf.tensor3d(kept(`${name}/cotangent`), [4, 40, 101]);
    const { value, grads } = tf.valueAndGrads((energy, ...rest) =>
      pcen(
        energy as tf.Tensor3D,
        told(Object.fromEntries(rest.map((x, i) => [names[i]!, x]))) as Curve,
        epsilon,
      )
    )(operands, cotangent);
    // Float32 against float64 of the original itself: 3e-7 to 1e-6.
    assertNear(sparse(await value.data<"float32">()), kept(`${name}/out`), 3e-6, "values");
    const [dEnergy, ...others] = grads as [tf.Tensor, ...tf.Tensor[]];
    assertNear(sparse(await dEnergy.data<"float32">()), kept(`${name}/grad/input`), 3e-6, "energy");
    for (const [i, n] of names.entries()) {
      assertNear(await others[i]!.data(), kept(`${name}/grad/${n}`), 5e-6, n);
    }
    tf.dispose([...operands, cotangent, value, ...grads]);
  });
}

onEveryBackend("pcen() gives librosa's values where a frame of 1 stands for librosa's start", async () => {
  const y = tf.tidy(() => {
    const seconds = 0.4 * 16000 / 160; // time_constant in frames
    const smoothing = (Math.sqrt(1 + 4 * seconds ** 2) - 1) / (2 * seconds ** 2);
    const started = tf.concat([tf.ones([4, 40, 1]), energies()], 2) as tf.Tensor3D;
    const all = pcen(started, curveOf(40, { gain: 0.98, bias: 2, power: 0.5, smoothing }), 1e-6);
    return tf.slice(all, [0, 0, 1], [4, 40, 101]);
  });
  assertNear(sparse(await y.data<"float32">()), kept("librosa"), 3e-6, "values");
  y.dispose();
});

const PAPER = { gain: 0.98, bias: 2, power: 0.5, smoothing: 0.025 };

for (
  const [what, at, changes] of [
    ["silence", () => 0, {}],
    ["one frame", undefined, {}],
    ["a mean that stays", undefined, { smoothing: 0 }],
    ["no mean", undefined, { smoothing: 1 }],
    ["energies of 1e20", () => 1e20, {}],
    ["energies from 1e-30 to 1e20", (t: number) => 10 ** (t % 51 - 30), {}],
    ["silence, then 1e6", (t: number) => t < 9 ? 0 : 1e6, {}],
    ["the smallest bias", (t: number) => t % 3, { bias: 1e-12 }],
    ["nothing taken off", undefined, { gain: 0 }],
  ] as const
) {
  onEveryBackend(`pcen() and its gradients are finite and right for ${what}`, async () => {
    const frames = what === "one frame" ? 1 : 53;
    const rng = Rng.fromSeed(what);
    const values = Float32Array.from({ length: frames }, (_, t) => at?.(t) ?? rng.uniform(0, 2));
    const curve = { ...PAPER, ...changes };
    const energy = tf.tensor3d(values, [1, 1, frames]);
    const { value, grads } = gradients(energy, curve);
    const dense = (x: number) => ({ shape: [1], values: Float64Array.of(Math.fround(x)) });
    const wanted = reference.pcen(
      { shape: [1, 1, frames], values: Float64Array.from(values) },
      {
        gain: dense(curve.gain),
        bias: dense(curve.bias),
        power: dense(curve.power),
        smoothing: dense(curve.smoothing),
      },
      Math.fround(1e-6),
    ).values;
    for (const [t, y] of (await value.data()).entries()) {
      assertAlmostEquals(y, wanted[t]!, 3e-5 * wanted[t]! + 1e-37, `frame ${t}`);
    }
    for (const gradient of grads) assert((await gradient.data()).every(Number.isFinite), what);
    tf.dispose([energy, value, ...grads]);
  });
}

onEveryBackend("pcen() of a minute is finite, and so are its gradients", async () => {
  const rng = Rng.fromSeed("minute");
  const frames = 6000;
  const loud = (t: number) => Math.floor(t / 500) % 2 === 0 ? 1 : 1e-6;
  const values = Float32Array.from({ length: frames }, (_, t) => loud(t) * rng.uniform(0, 1) ** 4);
  const energy = tf.tensor3d(values, [1, 1, frames]);
  const { value, grads } = gradients(energy, PAPER);
  const column = (x: number) => ({ shape: [1], values: Float64Array.of(Math.fround(x)) });
  const wanted = reference.pcen(
    { shape: [1, 1, frames], values: Float64Array.from(values) },
    {
      gain: column(0.98),
      bias: column(2),
      power: column(0.5),
      smoothing: column(0.025),
    },
    1e-6,
  );
  assertNear(await value.data(), wanted.values, 1e-5, "values");
  for (const gradient of grads) assert((await gradient.data()).every(Number.isFinite));
  tf.dispose([energy, value, ...grads]);
  assertEquals(tf.memory().numTensors, 0);
});

type Curve = { readonly [Name in keyof PcenParameters]: tf.Tensor1D };

function curveOf(bands: number, { gain, bias, power, smoothing }: Record<keyof Curve, number>): Curve {
  const all = (x: number) => tf.fill([bands], x) as tf.Tensor1D;
  return { gain: all(gain), bias: all(bias), power: all(power), smoothing: all(smoothing) };
}

/** Of the sum of all values, with regard to energies and all parameters. */
function gradients(energy: tf.Tensor3D, curve: Record<keyof Curve, number>) {
  const tensors = curveOf(energy.shape[1], curve);
  const operands = [energy, tensors.gain, tensors.bias, tensors.power, tensors.smoothing];
  const found = tf.valueAndGrads((e, gain, bias, power, smoothing) =>
    pcen(e as tf.Tensor3D, { gain, bias, power, smoothing } as Curve, 1e-6)
  )(operands);
  tf.dispose(operands.slice(1));
  return found;
}

function energies(): tf.Tensor3D {
  return tf.tensor3d(kept("energy"), [4, 40, 101]);
}

function kept(name: string): Float32Array {
  const found = references.tensors.get(name);
  assert(found !== undefined, name);
  return found!.data as Float32Array;
}

function sparse(values: Float32Array): Float32Array {
  return values.filter((_, i) => i % STEP === 0);
}
