/** What is done to the bands of a batch, against sums written out. */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import type { BandChange } from "../../../lib/augment/contract.ts";
import { openBackend } from "../../../lib/backend/backend_io.ts";
import { Rng } from "../../../lib/base/random.ts";
import { changeBands } from "../../../lib/train/change_bands.ts";

await openBackend("wasm");

const [CLIPS, BANDS, TIME] = [3, 4, 5];
const RNG = Rng.fromSeed(3);
const VALUES = Float32Array.from({ length: CLIPS * BANDS * TIME }, () => RNG.normal() - 5);
const PLAIN: BandChange = { from: null, bands: [], frames: [], fill: "zero" };

function changed(changes: readonly BandChange[], frames?: Int32Array): number[][][] {
  const values = tf.tidy(() =>
    changeBands(tf.tensor3d(VALUES, [CLIPS, BANDS, TIME]), changes, frames).arraySync()
  );
  return values as number[][][];
}

function given(clip: number, band: number, frame: number): number {
  return VALUES[(clip * BANDS + band) * TIME + frame]!;
}

Deno.test("masks hide stretches of each clip by zeros or by its own mean, and leave others to the bit", () => {
  const found = changed([
    PLAIN,
    { ...PLAIN, bands: [[1, 3]], frames: [[4, 5]] },
    { ...PLAIN, bands: [[0, 1]], fill: "mean" },
  ]);
  const mean = Array.from({ length: BANDS * TIME }, (_, i) => given(2, 0, i)).reduce((a, b) => a + b) / 20;
  for (let band = 0; band < BANDS; band++) {
    for (let frame = 0; frame < TIME; frame++) {
      assertEquals(found[0]![band]![frame], given(0, band, frame));
      const isHidden = band === 1 || band === 2 || frame === 4;
      assertEquals(found[1]![band]![frame], isHidden ? 0 : given(1, band, frame));
      if (band === 0) assertAlmostEquals(found[2]![band]![frame]!, mean, 1e-5);
      else assertEquals(found[2]![band]![frame], given(2, band, frame));
    }
  }
});

Deno.test("the mean that hides is that of the clip without what pads it", () => {
  const found = changed([PLAIN, PLAIN, { ...PLAIN, frames: [[0, 1]], fill: "mean" }], Int32Array.of(5, 5, 3));
  let sum = 0;
  for (let band = 0; band < BANDS; band++) {
    for (let frame = 0; frame < 3; frame++) sum += given(2, band, frame);
  }
  assertAlmostEquals(found[2]![0]![0]!, sum / (BANDS * 3), 1e-5);
  assertEquals(found[2]![1]![4], given(2, 1, 4));
});

Deno.test("a warp interpolates between bands, of the clips that are warped alone", () => {
  const found = changed([PLAIN, { ...PLAIN, from: Float32Array.of(0, 0.5, 1.25, 3) }, PLAIN]);
  for (let frame = 0; frame < TIME; frame++) {
    const [a, b, c] = [0, 1, 2].map((band) => given(1, band, frame));
    assertAlmostEquals(found[1]![1]![frame]!, (a! + b!) / 2, 1e-5);
    assertAlmostEquals(found[1]![2]![frame]!, 0.75 * b! + 0.25 * c!, 1e-5);
    assertEquals(found[0]![2]![frame], given(0, 2, frame));
  }
});

Deno.test("gradients pass through what is seen and through the mean, and nothing is left behind", () => {
  const before = tf.memory().numTensors;
  const change: BandChange = {
    from: Float32Array.of(0, 0.5, 1.5, 3),
    bands: [[0, 1]],
    frames: [],
    fill: "mean",
  };
  const gradient = tf.tidy(() =>
    tf.grad((x) => tf.sum(tf.square(changeBands(x as tf.Tensor3D, [change, PLAIN, change]))))(
      tf.tensor3d(VALUES, [CLIPS, BANDS, TIME]),
    ).dataSync()
  );
  assertEquals(gradient.every((value) => Number.isFinite(value) && value !== 0), true);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("changeBands() changes all channels alike, each with means of its own", () => {
  const changes = [{ ...PLAIN, bands: [[0, 1]], fill: "mean" }, PLAIN, {
    ...PLAIN,
    frames: [[1, 2]],
  }] as const;
  const first = tf.tensor3d(VALUES, [CLIPS, BANDS, TIME]);
  const second = tf.mul(first, -2) as tf.Tensor3D;
  const both = changeBands(tf.stack([first, second], 1), changes).arraySync() as number[][][][];
  const alone = [first, second].map((one) => changeBands(one, changes).arraySync() as number[][][]);
  assertEquals(both.map(([own]) => own!), alone[0]!);
  assertEquals(both.map(([, other]) => other!), alone[1]!);
});
