/** Decisions over a stream, each new frame computed once. */
import type { Decision, NetworkStream } from "../incremental/stream.ts";
import type { Scores, StreamScorer } from "./scorer.ts";
import { withSilence } from "./window_scorer.ts";

/** What of a network is said besides its stream. */
interface Listening {
  readonly classes: readonly string[];
  readonly clipSamples: number;
}

/** As `windowScorer` has it, with half a window of silence behind the stream's end. @param stream Used by nobody else. */
export function frameScorer({ classes, clipSamples }: Listening, stream: NetworkStream): StreamScorer {
  const { sampleRate } = stream;
  const hopSamples = Math.round(stream.hopSeconds * sampleRate);
  const delaySamples = Math.round(stream.delaySeconds * sampleRate);
  const windowEnd = ({ seconds }: Decision) => Math.round(seconds * sampleRate);
  const scoresOf = (decisions: readonly Decision[]): Scores => {
    const posteriors = new Float32Array(decisions.length * classes.length);
    for (const [i, { probabilities }] of decisions.entries()) {
      posteriors.set(probabilities, i * classes.length);
    }
    // Frames of a window may see what comes behind it, so that it is decided on later.
    return { firstEnd: windowEnd(decisions[0]!) + delaySamples, posteriors };
  };
  return {
    classes,
    sampleRate,
    hopSamples,
    contextSamples: clipSamples + delaySamples,
    async *score(blocks) {
      stream.reset();
      for await (const block of withSilence(blocks, clipSamples >> 1)) {
        const decisions = stream.push(block);
        if (decisions.length > 0) yield scoresOf(decisions);
      }
      // The last one may come before its time.
      const left = stream.flush().filter((decision) =>
        (windowEnd(decision) - clipSamples) % hopSamples === 0
      );
      if (left.length > 0) yield scoresOf(left);
    },
    [Symbol.dispose]: () => {},
  };
}
