/** A clip's graph as one that listens block by block. */
import { READY, STATE, STATE_NEXT } from "../answers.ts";
import { type Graph, withoutUnused } from "../graph.ts";
import { Streamer } from "./streamer.ts";

export interface StreamGraph {
  readonly graph: Graph;
  /** Samples of a call. */
  readonly blockSamples: number;
  /** Numbers of the state, of one stream. */
  readonly stateSize: number;
  /** From the end of the clip that is decided on to the end of the block. */
  readonly delaySamples: number;
  /** The first call, from 0, that has heard a whole clip. */
  readonly firstCall: number;
  /** Values that are others of the clip's graph with more steps, by their names. */
  readonly origins: ReadonlyMap<string, string>;
}

/**
 * The same network over a stream: of a stream of one long clip, what it would make of the last frames of all that was heard. Each call
 * takes the next block and the state that the call before gave, at the beginning zeros; nothing is computed twice.
 *
 * Each value of the clip's graph becomes the next block of it, from which follows what must be kept: what convolutions see
 * of the time before, what waits until a longer way has come as far, the frames of the clip that is decided on.
 *
 * @param graph Of clips of `clipSamples`; its one input is the wave. @param blockSamples Of a call: whole steps of all that
 *   there is.
 * @throws {NeedsWholeClip} If something can't be computed before a clip's end. @throws {UnevenBlock}
 */
export function streamed(graph: Graph, clipSamples: number, blockSamples: number): StreamGraph {
  const streamer = new Streamer(graph, blockSamples);
  const { memory } = streamer;
  const span = streamer.run();
  const firstCall = Math.max(0, Math.ceil(span / blockSamples) - 1);
  const isReady = memory.node("answer", "Where", [
    memory.earlier(2, 1, 1, () => firstCall),
    memory.constant([0], []),
    memory.constant([1], []),
  ]);
  const axis = memory.integers([1]);
  memory.nodes.push({
    type: "Squeeze",
    inputs: [isReady, axis],
    outputs: [READY],
    attributes: {},
    part: "answer",
  });
  const nodes = memory.whole();
  const [wave] = graph.inputs;
  const [batch] = wave!.shape!;
  const stateSize = memory.size;
  const state = { type: "float32", shape: [batch!, stateSize] } as const;
  return {
    graph: withoutUnused({
      ...graph,
      inputs: [
        { ...wave!, shape: [batch!, blockSamples], about: "the next samples, at full scale 1" },
        { ...state, name: STATE, about: "what the call before gave, zeros where a stream begins" },
      ],
      outputs: [
        ...graph.outputs,
        { name: READY, type: "float32", shape: [batch!], about: "1 where a whole clip was heard, else 0" },
        { ...state, name: STATE_NEXT, about: "for the next call" },
      ],
      nodes,
      initializers: memory.initializers,
    }),
    blockSamples,
    stateSize,
    delaySamples: span - clipSamples,
    firstCall,
    origins: memory.origins,
  };
}
