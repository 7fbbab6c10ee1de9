import * as tf from "@tensorflow/tfjs";
import { assertEquals, assertThrows } from "@std/assert";
import { openBackend } from "../../../../lib/backend/backend_io.ts";
import { adam } from "../../../../lib/kernels/adam/op.ts";
import { framedPower } from "../../../../lib/kernels/framed_power/op.ts";
import { linear } from "../../../../lib/kernels/linear/op.ts";
import { melLog } from "../../../../lib/kernels/mel_log/op.ts";
import { sgdMomentum } from "../../../../lib/kernels/sgd_momentum/op.ts";
import { KeptPieces } from "../../../../lib/kernels/wasm/kept.ts";
import { wasmKernels } from "../../../../lib/kernels/wasm/runtime.ts";

await openBackend("wasm", { threads: 1 });
const kernels = wasmKernels()!;

function fakeMemory() {
  const lent = new Map<number, number>();
  let top = 16;
  const pieces = new KeptPieces({
    allocate: (bytes) => {
      const address = top;
      top += bytes;
      lent.set(address, bytes);
      return address;
    },
    release: (address) => {
      assertEquals(lent.delete(address), true, `released what was not lent: ${address}`);
    },
  });
  return { pieces, lent };
}

Deno.test("KeptPieces.piece() writes once for each name and sources, and again after a source is forgotten", () => {
  const { pieces, lent } = fakeMemory();
  const [a, b, c] = [{}, {}, {}];
  const written: string[] = [];
  const piece = (name: string, ...sources: object[]) =>
    pieces.piece(name, sources, () => 8, () => void written.push(name));
  assertEquals(piece("ab", a, b), piece("ab", a, b));
  piece("other ab", a, b);
  piece("ab", a, c);
  piece("ab", b, a);
  assertEquals(written, ["ab", "other ab", "ab", "ab"]);
  assertEquals([pieces.bytes, lent.size], [32, 4]);
  pieces.forget(c);
  assertEquals([pieces.bytes, lent.size], [24, 3]);
  pieces.forget(b);
  pieces.forget(b);
  assertEquals([pieces.bytes, lent.size], [0, 0]);
  piece("ab", a, b);
  assertEquals(written.length, 5);
  pieces.forgetAll();
  assertEquals([pieces.bytes, lent.size], [0, 0]);
});

Deno.test("KeptPieces.piece() keeps nothing when writing fails or memory is full", () => {
  const { pieces, lent } = fakeMemory();
  assertThrows(
    () =>
      pieces.piece("x", [{}], () => 8, () => {
        throw new Error("broken");
      }),
    Error,
    "broken",
  );
  assertEquals([pieces.bytes, lent.size], [0, 0]);
  const allocate = (bytes: number) => {
    throw new RangeError(`no room for ${bytes} bytes`);
  };
  const full = new KeptPieces({ allocate, release: () => {} });
  assertThrows(() => full.piece("x", [{}], () => 8, () => {}), RangeError, "8 bytes");
  assertEquals(full.bytes, 0);
});

Deno.test("KeptPieces.trim() gives back what was asked for longest ago, tables too, and no more than it has to", () => {
  const { pieces, lent } = fakeMemory();
  const source = {};
  const written: string[] = [];
  const piece = (name: string, ...sources: object[]) =>
    pieces.piece(name, sources, () => 8, () => void written.push(name));
  for (const name of ["a", "b"]) piece(name, source);
  piece("table");
  piece("a", source);
  pieces.trim(24);
  assertEquals(pieces.bytes, 24);
  pieces.trim(20);
  for (const name of ["a", "b"]) piece(name, source);
  piece("table");
  assertEquals(written, ["a", "b", "table", "b"]);
  pieces.trim(0);
  assertEquals([pieces.bytes, lent.size], [0, 0]);
  pieces.forget(source);
});

/** Operations that keep something of their weights. */
const OPERATIONS: Readonly<Record<string, { weights: number[][]; run: (w: tf.Tensor[]) => tf.Tensor }>> = {
  framedPower: {
    weights: [[5, 1, 12], [5, 1, 12]],
    run: ([wcos, wsin]) =>
      framedPower(tf.ones([1, 40]), wcos as tf.Tensor3D, wsin as tf.Tensor3D, {
        hopSamples: 4,
        powerEpsilon: 0,
      }),
  },
  melLog: { weights: [[3, 9]], run: ([mel]) => melLog(tf.ones([1, 4, 9]), mel as tf.Tensor2D) },
  linear: { weights: [[3, 9]], run: ([weight]) => linear(tf.ones([2, 9]), weight as tf.Tensor2D) },
};

/** Ways to change a variable to twice its values or nearly so. */
const CHANGES: Readonly<Record<string, (variable: tf.Variable) => void>> = {
  "an assignment": (variable) => tf.tidy(() => variable.assign(variable.mul(2))),
  "a step of gradient descent": (parameter) =>
    inPlace(parameter, (gradient, [velocity]) => {
      const step = { weightDecay: 0, momentum: 0.5, rate: -1 };
      sgdMomentum([{ parameter, velocity: velocity!, gradient, ...step }]);
    }),
  "a step of Adam": (parameter) =>
    inPlace(parameter, (gradient, [average, squareAverage]) => {
      const step = { weightDecay: 0, betas: [0.5, 0.5], eps: 1e-8, step: 1, rate: -1 } as const;
      adam([{ parameter, average: average!, squareAverage: squareAverage!, gradient, ...step }]);
    }),
};

/** Steps by a gradient equal to the parameter; zeros are running arrays. */
function inPlace(parameter: tf.Variable, step: (gradient: tf.Tensor, zeros: tf.Variable[]) => void): void {
  const before = parameter.dataId;
  const gradient = parameter.mul(1);
  const zeros = [0, 1].map(() => tf.tidy(() => tf.variable(tf.zeros(parameter.shape))));
  step(gradient, zeros);
  tf.dispose([gradient, ...zeros]);
  assertEquals(parameter.dataId === before, true, "the step gave the parameter new memory");
}

for (const [name, { weights, run }] of Object.entries(OPERATIONS)) {
  const values = (of: tf.Tensor[]) => tf.tidy(() => Array.from(run(of).dataSync()));
  const draw = () =>
    weights.map((shape) => tf.tidy(() => tf.variable(tf.randomUniform(shape, 0.1, 1, "float32", 3))));

  for (const [change, apply] of Object.entries(CHANGES)) {
    Deno.test(`${name}() uses no weight from before ${change}`, () => {
      const variables = draw();
      values(variables);
      assertEquals(kernels.keptBytes > 0, true);
      for (const variable of variables) {
        const before = values(variables);
        apply(variable);
        const fresh = variables.map((v) => tf.tidy(() => tf.variable(v.mul(1)))); // nothing is kept of these yet
        const after = values(variables);
        assertEquals(after, values(fresh));
        assertEquals(after.every((value, i) => value !== before[i]), true, "the change made no difference");
        tf.dispose(fresh);
      }
      tf.dispose(variables);
      assertEquals(kernels.keptBytes, 0);
    });
  }

  Deno.test(`${name}() keeps the same memory however often it runs, and none when its weights are gone`, () => {
    const tensors = tf.memory().numTensors;
    const variables = draw();
    const shared = variables.map((variable) => tf.reshape(variable, variable.shape)); // the same values
    values(variables);
    const kept = kernels.keptBytes;
    for (let i = 0; i < 10; i++) assertEquals(values(shared), values(variables));
    assertEquals(kernels.keptBytes, kept);
    tf.dispose(variables);
    assertEquals(kernels.keptBytes, kept, "values live on in the other tensors");
    tf.dispose(shared);
    assertEquals([kernels.keptBytes, tf.memory().numTensors], [0, tensors]);
  });
}
