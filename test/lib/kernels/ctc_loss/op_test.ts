/** CTC on every backend: values, gradients, odd sizes, clips that cannot be, wrong shapes. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { Rng } from "../../../../lib/base/random.ts";
import { ctcLoss, type CtcTargets, leastFrames } from "../../../../lib/kernels/ctc_loss/op.ts";
import { onBackends, onEveryBackend, openForTest } from "../../../support/backends.ts";
import { assertNear, checkOp, tensorOf } from "../op_check.ts";
import { type Dense, dense } from "../reference.ts";
import { type CtcCase, ctcLoss as reference, ctcLossByPaths } from "../sequence_reference.ts";

interface Sized extends CtcCase {
  readonly name: string;
  readonly length: number;
  readonly classes: number;
}

const CASES: readonly Sized[] = [
  { name: "two clips", length: 5, classes: 4, labels: [[1, 3], [2]], frames: [5, 3] },
  { name: "repeated labels", length: 5, classes: 3, labels: [[1, 1], [2, 2, 2]], frames: [4, 5] },
  {
    name: "as few frames as the labels need",
    length: 4,
    classes: 4,
    labels: [[1, 2, 3], [3, 3]],
    frames: [3, 3],
  },
  { name: "no labels", length: 3, classes: 3, labels: [[], [1]], frames: [3, 2] },
  { name: "no labels at all", length: 2, classes: 3, labels: [[]], frames: [2] },
  { name: "one frame", length: 1, classes: 2, labels: [[1]], frames: [1] },
  { name: "one frame and no label", length: 1, classes: 2, labels: [[]], frames: [1] },
];

for (const made of CASES) {
  onEveryBackend(`ctcLoss() of ${made.name} sums over all paths`, () => checkCase(made, ctcLossByPaths));
}

onEveryBackend("ctcLoss() of phone-like clips equals the reference", () =>
  checkCase(
    {
      name: "phones",
      length: 19,
      classes: 13,
      labels: [[5, 5, 12, 3, 7], [1, 2, 3, 4, 5, 6, 7, 8], [9]],
      frames: [19, 11, 2],
    },
    reference,
  ));

onBackends(["wasm", "webgpu"], "ctcLoss() keeps its precision over a long clip", async () => {
  const [length, classes] = [1200, 62];
  const rng = Rng.fromSeed("long");
  const labels = [Array.from({ length: 150 }, () => 1 + Math.floor(rng.uniform() * (classes - 1)))];
  const made = { labels, frames: [length] };
  const logits = dense([1, length, classes], () => Math.fround(4 * rng.normal()));
  const { loss, gradient } = await lossAndGradient(logits, made);
  assertNear([loss], reference(logits, made).values, 1e-6, "loss");
  // A central difference for a few logits: thousands of them would take minutes.
  const scale = gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
  for (let i = 0; i < gradient.length; i += 7919) {
    const score = (step: number) => {
      const values = logits.values.slice();
      values[i]! += step;
      return reference({ shape: logits.shape, values }, made).values[0]!;
    };
    const wanted = (score(1e-4) - score(-1e-4)) / 2e-4;
    assert(Math.abs(gradient[i]! - wanted) < 2e-5 * scale, `at ${i} found ${gradient[i]}, wanted ${wanted}`);
  }
});

onEveryBackend(
  "ctcLoss() of a clip that is too short is infinite, with no gradient and none lost",
  async () => {
    const logits = dense([2, 5, 4], ([b, t, c]) => Math.sin(b! + 3 * t! + 7 * c!));
    const made = { labels: [[1, 1, 2], [3]], frames: [3, 4] };
    const { loss, gradient } = await lossAndGradient(logits, made);
    assertEquals(loss, Infinity);
    assert(gradient.subarray(0, 20).every((g) => g === 0), `${gradient}`);
    const alone = await lossAndGradient({ shape: [1, 5, 4], values: logits.values.slice(20) }, {
      labels: [[3]],
      frames: [4],
    });
    assertNear(gradient.subarray(20).map((g) => 2 * g), alone.gradient, 1e-5, "the other clip's gradient");
  },
);

onEveryBackend("ctcLoss() of a logit that is not finite is NaN where it counts", async () => {
  for (const value of [NaN, Infinity]) {
    const logits = dense([1, 3, 4], ([, t, c]) => (t === 1 && c === 2 ? value : 0.5));
    assert(Number.isNaN((await lossAndGradient(logits, { labels: [[1]], frames: [3] })).loss));
  }
  const beyond = dense([1, 3, 4], ([, t]) => (t === 2 ? 1e6 : 0.5));
  const { loss, gradient } = await lossAndGradient(beyond, { labels: [[1]], frames: [2] });
  assert(Number.isFinite(loss));
  assert(gradient.subarray(8).every((g) => g === 0), `${gradient}`);
});

onEveryBackend("ctcLoss() gives the same loss when no gradient is asked for", async () => {
  const logits = dense([1, 4, 3], ([, t, c]) => Math.cos(t! * 5 + c!));
  const made = { labels: [[2, 1]], frames: [4] };
  const x = tensorOf(logits) as tf.Tensor3D;
  const before = tf.memory().numTensors;
  const plain = tf.tidy(() => ctcLoss(x, targetsOf(made)));
  assertEquals(tf.memory().numTensors, before + 1);
  assertEquals((await plain.data())[0], (await lossAndGradient(logits, made)).loss);
  tf.dispose([x, plain]);
});

Deno.test("leastFrames() counts labels and the blanks between equal ones", () => {
  const counts = [[], [4], [4, 4], [4, 5, 4], [4, 4, 4, 5]].map((labels) => leastFrames(labels));
  assertEquals(counts, [1, 1, 3, 3, 6]);
});

Deno.test("ctcLoss() refuses sizes and labels that do not fit, naming them", async () => {
  await openForTest("cpu");
  const logits = tf.zeros([2, 5, 4]) as tf.Tensor3D;
  const good = targetsOf({ labels: [[1, 2], [3]], frames: [5, 4] });
  const attempt = (changes: Partial<CtcTargets>) => () => ctcLoss(logits, { ...good, ...changes });
  assertThrows(
    attempt({ frames: Int32Array.of(6, 4) }),
    RangeError,
    "ctcLoss: a clip has 6 frames, wanted 1 to 5",
  );
  assertThrows(
    attempt({ frames: Int32Array.of(5) }),
    RangeError,
    "ctcLoss: frames has shape [1], wanted [2]",
  );
  assertThrows(
    attempt({ labelLengths: Int32Array.of(3, 0) }),
    RangeError,
    "a clip has 3 labels, wanted 0 to 2",
  );
  assertThrows(
    attempt({ labels: Int32Array.of(1, 4, 1, 1) }),
    RangeError,
    "found 4 as a label, wanted 1 to 3",
  );
  assertThrows(
    attempt({ labels: Int32Array.of(0, 1, 1, 1) }),
    RangeError,
    "found 0 as a label, wanted 1 to 3",
  );
  assertThrows(
    attempt({ labels: Int32Array.of(1, 2, 3) }),
    RangeError,
    "ctcLoss: 3 labels, wanted a whole number",
  );
});

async function checkCase(made: Sized, by: (logits: Dense, made: CtcCase) => Dense): Promise<void> {
  await checkOp({
    name: made.name,
    inputs: { logits: [made.labels.length, made.length, made.classes] },
    op: ({ logits }) => ctcLoss(logits as tf.Tensor3D, targetsOf(made)),
    reference: ({ logits }) => by(logits!, made),
  });
}

/** Labels behind a clip's own are numbers that must not matter. */
function targetsOf({ labels, frames }: CtcCase): CtcTargets {
  const most = Math.max(...labels.map((own) => own.length));
  const rows = labels.flatMap((own) => [...own, ...new Array<number>(most - own.length).fill(-7)]);
  return {
    labels: Int32Array.from(rows),
    labelLengths: Int32Array.from(labels, (own) => own.length),
    frames: Int32Array.from(frames),
  };
}

async function lossAndGradient(
  logits: Dense,
  made: CtcCase,
): Promise<{ readonly loss: number; readonly gradient: Float32Array }> {
  const x = tensorOf(logits);
  const { value, grad } = tf.valueAndGrad((given) => ctcLoss(given as tf.Tensor3D, targetsOf(made)))(x);
  const [loss, gradient] = [(await value.data())[0]!, await grad.data<"float32">()];
  tf.dispose([x, value, grad]);
  return { loss, gradient };
}
