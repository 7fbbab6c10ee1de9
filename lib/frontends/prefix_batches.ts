/** Examples carried through the frozen prefix of a front-end, batch behind batch. */
import * as tf from "@tensorflow/tfjs";
import { fromInt16 } from "../audio/wav.ts";
import type { Samples } from "../kernels/spectrum/batches.ts";
import { disposeState, frozenState } from "../nn/state.ts";
import { openChain } from "./open.ts";
import type { Chain } from "./plan.ts";

/** Examples that are computed together: all are set, then it is started, then finished. */
export interface ExampleBatch {
  /** @param samples Of the example that has this place in the batch: 16-bit integers, or at full scale 1. */
  set(place: number, samples: Samples): void;
  /** Others may compute from here on. The batch before must be finished. */
  start(): void;
  finish(): void | Promise<void>;
  /** Of one example after the other; until the batch behind the next begins. */
  values(): Samples;
}

export interface ExampleBatches extends Disposable {
  /** Whether examples of a batch may have different lengths. */
  readonly takesAnyLengths: boolean;
  /** @param lengths Samples of each, none too short for a frame. */
  batch(lengths: readonly number[]): ExampleBatch;
}

/** On the backend in use. */
export async function openTensors(chain: Chain): Promise<ExampleBatches> {
  const open = await openChain(chain);
  const constants = frozenState(chain);
  let buffer = new Float32Array(0); // of all batches: memory that was never touched costs more than what is computed
  return {
    takesAnyLengths: false,
    batch(lengths) {
      const [length = 0] = lengths;
      const count = lengths.length;
      if (buffer.length < count * length) buffer = new Float32Array(count * length);
      const samples = buffer.subarray(0, count * length);
      let features: tf.Tensor | null = null;
      let values: Float32Array = samples;
      return {
        set(place, own) {
          samples.set(own instanceof Int16Array ? fromInt16(own) : own, place * length);
        },
        start() {
          if (count === 0) return;
          features = tf.tidy(() => {
            const clips = tf.tensor2d(samples, [count, length]);
            return open.transform(constants, clips, { training: false }, 0, open.steps.length);
          });
        },
        async finish() {
          if (features === null) return;
          values = await features.data<"float32">();
          features.dispose();
        },
        values: () => values,
      };
    },
    [Symbol.dispose]: () => disposeState(constants),
  };
}
