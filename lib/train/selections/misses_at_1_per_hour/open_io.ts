/** Listens to a short development stream after each epoch. */
import { disposeState, frozenState } from "../../../nn/state.ts";
import { detCurve, knownWords, pointAtRate } from "../../../stream/det.ts";
import { scoreStream } from "../../../stream/scores_io.ts";
import { readWaves } from "../../../stream/waves_io.ts";
import { decisionHop, windowScorer } from "../../../stream/window_scorer.ts";
import type { OpenSelection } from "../contract.ts";

/** Half of what listens afterwards decides: which of two states is better shows as well, in half the time. */
const DECISIONS_PER_SECOND = 5;
const PER_HOUR = 1;
/** As a rule that hears short words; each state's threshold is its own. */
const SHAPE = { smoothing: 2, patience: 1, refractorySeconds: 0.8 };
const TOLERANCE_SECONDS = 1;
/** Handed on at a time. */
const BLOCK_SECONDS = 10;

/** Share of the stream's words that are missed. */
export const open: OpenSelection = ({ network, classes, sampleRate, clipSamples, stream }) => {
  if (stream === undefined || clipSamples === null) {
    throw new Error(
      "A training whose best state misses the fewest words has clips of one length and a stream",
    );
  }
  const { samples, words: said } = readWaves(stream);
  const words = knownWords(said, classes);
  const hop = decisionHop(network.framing.hopSamples, sampleRate, DECISIONS_PER_SECOND);
  const source = {
    seconds: samples.length / sampleRate,
    blocks: () => blocksOf(samples, BLOCK_SECONDS * sampleRate),
  };
  return Promise.resolve(async (state) => {
    const frozen = frozenState(network);
    try {
      const opened = { network, state: new Map([...frozen, ...state]), classes, sampleRate, clipSamples };
      using scorer = windowScorer(opened, hop);
      const scored = await scoreStream(scorer, source);
      const curve = detCurve({ scored, words }, SHAPE, TOLERANCE_SECONDS);
      return pointAtRate(curve, PER_HOUR, scored.seconds / 3600).missed / Math.max(1, words.length);
    } finally {
      disposeState(frozen);
    }
  });
};

async function* blocksOf(samples: Float32Array, length: number): AsyncGenerator<Float32Array> {
  for (let at = 0; at < samples.length; at += length) yield samples.subarray(at, at + length);
}
