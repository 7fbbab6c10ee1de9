/** The same examples as waves and as what is cached of them. */
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../../lib/base/random.ts";
import { without } from "../../../lib/frontends/plan.ts";
import type { Network } from "../../../lib/models/network_contract.ts";
import { disposeState, frozenState } from "../../../lib/nn/state.ts";
import type { NetworkState } from "../../../lib/nn/types.ts";
import { createExamples } from "../../../lib/train/example_file_io.ts";

export const CLASSES = ["<blank>", "a", "b"];

/**
 * Noise of these lengths in two files that the network takes in: `wave`, and `cached`, as far as nothing is trained,
 * computed of each wave on its own.
 */
export async function writeWaves(
  folder: string,
  network: Network,
  lengths: readonly number[],
): Promise<void> {
  const rng = Rng.fromSeed("waves");
  const waves = lengths.map((length) => Int16Array.from({ length }, () => Math.round(6000 * rng.normal())));
  const [first] = lengths;
  const about = {
    classes: CLASSES,
    sampleRate: 16000,
    clipSamples: lengths.every((length) => length === first) ? first! : null,
  };
  const entry = (i: number, length: number) => ({ name: `u${i}`, length, labels: [1 + i % 2] });
  const frozen = frozenState(network);
  for (const [name, point] of [["wave", 0], ["cached", network.frozen]] as const) {
    const writer = createExamples(
      `${folder}/${name}`,
      {
        ...about,
        steps: network.steps.slice(0, point).map((spec) => without(spec, ["module"])),
        representation: network.representations[point]!,
      },
      lengths.map((length, i) => entry(i, point === 0 ? length : network.framing.frames(length))),
    );
    for (const wave of waves) {
      if (point === 0) writer.append(wave);
      else writer.append(await cached(network, frozen, wave));
    }
    writer.finish();
  }
  disposeState(frozen);
}

async function cached(network: Network, frozen: NetworkState, wave: Int16Array): Promise<Float32Array> {
  const features = tf.tidy(() => {
    const samples = tf.tensor2d(Float32Array.from(wave, (sample) => sample / 32768), [1, wave.length]);
    return network.transform(frozen, samples, { training: false }, 0, network.frozen);
  });
  const values = (await features.data<"float32">()).slice();
  features.dispose();
  return values;
}
