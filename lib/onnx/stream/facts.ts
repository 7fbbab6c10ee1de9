/** How a model of ONNX listens to a stream: what its metadata say of it. */
import { STATE, STATE_NEXT } from "../answers.ts";
import type { StreamGraph } from "./streamed.ts";

/** In its file form, as JSON of the key `streaming`. */
export interface StreamFacts {
  /** Samples that each call takes. */
  readonly block_samples: number;
  /** From one decision to the next: of a block. */
  readonly hop_seconds: number;
  /**
   * From the end of the clip that is decided on to the end of the block: what front-end and model wait for. Call n, from
   * 0, is about what ends `(n + 1) block_samples - delay_samples` samples behind the stream's beginning.
   */
  readonly delay_samples: number;
  /** The first call, from 0, by which a whole clip has been heard. */
  readonly first_decision: number;
  /** What is taken over from call to call. */
  readonly states: readonly {
    readonly input: string;
    readonly output: string;
    /** Of each stream: the tensor is `[batch, size]`. */
    readonly size: number;
    /** What all of it is where a stream begins. */
    readonly initial: number;
  }[];
}

export function streamFacts(
  { blockSamples, delaySamples, firstCall, stateSize }: StreamGraph,
  sampleRate: number,
): StreamFacts {
  return {
    block_samples: blockSamples,
    hop_seconds: blockSamples / sampleRate,
    delay_samples: delaySamples,
    first_decision: firstCall,
    states: [{ input: STATE, output: STATE_NEXT, size: stateSize, initial: 0 }],
  };
}
