/** Clips in memory as examples to learn from. */
import * as tf from "@tensorflow/tfjs";
import type { Network } from "../models/network_contract.ts";
import { shapeOf } from "../nn/representation.ts";
import { disposeState, frozenState } from "../nn/state.ts";
import type { BatchSource } from "../train/batch_reader.ts";

/** A clip with its class. */
export interface LabelledClip {
  /** Name of its class. */
  readonly label: string;
  /** Samples at full scale 1; all clips are equally long. */
  readonly wave: Float32Array;
}

/** Clips computed at once. */
const CHUNK = 64;

/**
 * Examples for a network with one decision for each clip. What its front-end does before anything is trained is done
 * here, once.
 *
 * @param classes Labels in the order of the network's outputs.
 * @throws {RangeError} If there is no clip, clips differ in length, or a label is none of the classes.
 */
export async function clipSource(
  network: Network,
  clips: readonly LabelledClip[],
  classes: readonly string[],
): Promise<BatchSource> {
  const samples = clips[0]?.wave.length;
  const labels = Int32Array.from(clips, ({ label }) => classes.indexOf(label));
  if (samples === undefined || clips.some(({ wave }) => wave.length !== samples)) {
    throw new RangeError(`Cannot learn from ${clips.length} clips: wanted at least one, all equally long`);
  }
  const strange = labels.indexOf(-1);
  if (strange >= 0) {
    throw new RangeError(
      `Cannot learn from a clip of ${JSON.stringify(clips[strange]!.label)}: wanted one of ${
        classes.join(", ")
      }`,
    );
  }
  const { frozen, representations, framing } = network;
  const frames = framing.frames(samples);
  const shape = shapeOf(representations[frozen]!, frozen === 0 ? samples : frames);
  const size = shape.reduce((product, n) => product * n, 1);
  const features = await cached(network, clips, size);
  const ones = (count: number) => new Int32Array(count).fill(1);
  return {
    count: clips.length,
    names: clips.map((_, row) => `${row}`),
    classes,
    frames: new Int32Array(clips.length).fill(frames),
    labelsOf: (row) => labels.subarray(row, row + 1),
    read(rows, change) {
      const picked = Array.from(rows);
      const values = new Float32Array(picked.length * size);
      picked.forEach((row, i) => {
        const own = values.subarray(i * size, (i + 1) * size);
        own.set(features.subarray(row * size, (row + 1) * size));
        change?.(own, row, i);
      });
      return Promise.resolve({
        clips: picked.length,
        rows: picked,
        features: values,
        shape,
        entry: frozen,
        frames: new Int32Array(picked.length).fill(frames),
        isRagged: false,
        labels: Int32Array.from(picked, (row) => labels[row]!),
        labelLengths: ones(picked.length),
      });
    },
  };
}

/** `[clips, ...shape at the end of the frozen prefix]`. */
async function cached(network: Network, clips: readonly LabelledClip[], size: number): Promise<Float32Array> {
  const features = new Float32Array(clips.length * size);
  const state = frozenState(network);
  for (let start = 0; start < clips.length; start += CHUNK) {
    const waves = clips.slice(start, start + CHUNK).map(({ wave }) => wave);
    const made = tf.tidy(() =>
      tf.clone(network.transform(state, tf.stack(waves.map((w) => tf.tensor1d(w))), MODE, 0, network.frozen))
    );
    features.set(await made.data<"float32">(), start * size);
    made.dispose();
  }
  disposeState(state);
  return features;
}

const MODE = { training: false } as const;
