/** Decisions over a stream, window by window: each is what the network makes of a clip. */
import * as tf from "@tensorflow/tfjs";
import { type Window, WindowStream } from "../live/windows.ts";
import type { ClipNetwork } from "../live/clip_network.ts";
import type { Scores, StreamScorer } from "./scorer.ts";

/** A network with its values: those of a checkpoint, or of a training under way. */
export type Opened = Omit<ClipNetwork, "checkpoint" | typeof Symbol.dispose>;

/** Windows that go through the network at once. */
const BATCH = 64;

/** From one decision to the next: as near to `perSecond` decisions a second as whole frames allow. */
export function decisionHop(hopSamples: number, sampleRate: number, perSecond: number): number {
  return Math.max(1, Math.round(sampleRate / perSecond / hopSamples)) * hopSamples;
}

/**
 * Behind the stream's end there is half a window of silence, so that a last word comes to the middle of one.
 * @param open Disposed of by its owner. @param hopSamples From one window to the next.
 */
export function windowScorer(open: Opened, hopSamples: number): StreamScorer {
  const { classes, sampleRate, clipSamples } = open;
  return {
    classes,
    sampleRate,
    hopSamples,
    contextSamples: clipSamples,
    async *score(blocks) {
      const stream = new WindowStream(sampleRate, { sampleRate, clipSamples, stepSamples: hopSamples });
      const waiting: Window[] = [];
      for await (const block of withSilence(blocks, clipSamples >> 1)) {
        waiting.push(...stream.push(block).filter(({ end }) => end >= clipSamples));
        while (waiting.length >= BATCH) yield await scored(open, waiting.splice(0, BATCH));
      }
      if (waiting.length > 0) yield await scored(open, waiting);
    },
    [Symbol.dispose]: () => {},
  };
}

/** A stream with silence behind it. */
export async function* withSilence(
  blocks: AsyncIterable<Float32Array>,
  samples: number,
): AsyncGenerator<Float32Array> {
  yield* blocks;
  yield new Float32Array(samples);
}

async function scored(
  { network, state, clipSamples }: Opened,
  windows: readonly Window[],
): Promise<Scores> {
  const waves = new Float32Array(windows.length * clipSamples);
  for (const [i, { samples }] of windows.entries()) waves.set(samples, i * clipSamples);
  const probabilities = tf.tidy(() => {
    const input = tf.tensor2d(waves, [windows.length, clipSamples]);
    return tf.softmax(network.forward(state, input, { training: false }, 0) as tf.Tensor2D);
  });
  const posteriors = (await probabilities.data<"float32">()).slice();
  probabilities.dispose();
  return { firstEnd: windows[0]!.end, posteriors };
}
