/** Clips of different lengths in one batch have the frames that each has alone, whatever lies beyond their ends. */
import * as tf from "@tensorflow/tfjs";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { PADDINGS } from "../../../lib/audio/framing.ts";
import { Rng } from "../../../lib/base/random.ts";
import { planSteps } from "../../../lib/frontends/plan.ts";
import { createExamples, openExamples } from "../../../lib/train/example_file_io.ts";
import { openForTest } from "../../support/backends.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { cacheOf } from "../frontends/papers.ts";
import { openChain } from "../../../lib/frontends/open.ts";
import { infoAt, TAKER } from "./takers.ts";

const LENGTHS = [41, 64, 50];

for (const padding of PADDINGS) {
  Deno.test({
    name: `clips of different lengths have the frames that each has alone: ${padding}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await openForTest("wasm");
      await using folder = tempDir();
      const path = `${folder.path}/x`;
      const rng = Rng.fromSeed(padding);
      const waves = LENGTHS.map((length) => Int16Array.from({ length }, () => rng.uniform(-9000, 9000)));
      const entries = waves.map(({ length }, i) => ({ name: `u${i}`, length, labels: [1] }));
      const writer = createExamples(path, infoAt(0), entries);
      waves.forEach((wave) => writer.append(wave));
      writer.finish();

      const stft = { step: "stft", trained: false, n_fft: 24, hop_samples: 6, power_epsilon: 0, padding };
      const chain = await openChain(await planSteps([stft]));
      using source = openExamples(path, { ...TAKER, framing: chain.framing }, () => 0);
      const { features, shape, frames } = await source.read([0, 1, 2]);
      const batch = tf.tensor2d(features, [3, shape[0]!]);
      const together = cacheOf(chain, batch);
      const [, most, bins] = together.shape as [number, number, number];
      const values = await together.data();
      for (const [clip, wave] of waves.entries()) {
        const alone = cacheOf(
          chain,
          tf.tensor2d(Float32Array.from(wave, (x) => x / 32768), [1, wave.length]),
        );
        assertEquals(alone.shape, [1, frames[clip]!, bins]);
        for (const [i, wanted] of (await alone.data()).entries()) {
          assertAlmostEquals(values[clip * most * bins + i]!, wanted, 1e-5);
        }
      }
    },
  });
}
