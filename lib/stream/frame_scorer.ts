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
  const endOf = ({ seconds }: Decision) => Math.round(seconds * sampleRate);
  const scoresOf = (decisions: readonly Decision[]): Scores => {
    const posteriors = new Float32Array(decisions.length * classes.length);
    for (const [i, { probabilities }] of decisions.entries()) {
      posteriors.set(probabilities, i * classes.length);
    }
    return { firstEnd: endOf(decisions[0]!), posteriors };
  };
  return {
    classes,
    sampleRate,
    hopSamples,
    contextSamples: clipSamples,
    async *score(blocks) {
      stream.reset();
      for await (const block of withSilence(blocks, clipSamples >> 1)) {
        const decisions = stream.push(block);
        if (decisions.length > 0) yield scoresOf(decisions);
      }
      // The last one may come before its time.
      const left = stream.flush().filter((decision) => (endOf(decision) - clipSamples) % hopSamples === 0);
      if (left.length > 0) yield scoresOf(left);
    },
    [Symbol.dispose]: () => {},
  };
}
