/** Networks with random weights, exported to listen block by block, and what they decide here: for tests. */
import { Rng } from "../../../lib/base/random.ts";
import type { FrontendSpec } from "../../../lib/frontends/contract.ts";
import type { Decision } from "../../../lib/incremental/stream.ts";
import type { ModelSpec } from "../../../lib/models/contract.ts";
import { buildNetwork } from "../../../lib/models/network.ts";
import { disposeState, frozenState } from "../../../lib/nn/state.ts";
import type { Graph } from "../../../lib/onnx/graph.ts";
import { encodeModel } from "../../../lib/onnx/model_file.ts";
import { networkStreamGraph } from "../../../lib/onnx/network_graph.ts";
import type { StreamGraph } from "../../../lib/onnx/stream/streamed.ts";
import type { OnnxCase, OnnxResult } from "../../onnx/onnx_io.ts";
import { streamOf } from "../incremental/streams.ts";
import { CLASSES, randomState, waves } from "./networks.ts";

export const CLIP = 8000;
const RATE = 16000;
/** Streams of a batch. */
const ROWS = 2;
const SECONDS = 1.5;
/** Far above what is tolerated. */
const VARIED = 2e-3;

export interface ExportedStream {
  readonly name: string;
  readonly stream: StreamGraph;
  readonly case: OnnxCase;
  /** Of each stream of the batch: what is decided, by the sample at which its window ends. */
  readonly wanted: readonly ReadonlyMap<number, Answers>[];
}

type Answers = Pick<Decision, "probabilities" | "logits">;

/** @param name Names its files. @param frames Of a block. @param change Of what is written. */
export async function exportedStream(
  folder: string,
  name: string,
  frontend: FrontendSpec,
  model: ModelSpec,
  frames: number,
  change: (graph: Graph) => Graph = (graph) => graph,
): Promise<ExportedStream> {
  const rng = Rng.fromSeed(1).fork(name);
  const network = await buildNetwork(frontend, model, "clip", CLASSES, CLIP);
  const state = randomState(network, rng);
  const all = new Map([...frozenState(network), ...state]);
  const build = (samples: number | null) => buildNetwork(frontend, model, "clip", CLASSES, samples);
  const maker = { build, clipSamples: CLIP, state: all };
  const { stream } = await networkStreamGraph(maker, { frames, isRough: false });
  const path = `${folder}/${name}`;
  Deno.writeFileSync(`${path}.onnx`, encodeModel(change(stream.graph), {}, ""));
  const samples = Math.floor(SECONDS * RATE / stream.blockSamples) * stream.blockSamples;
  const sounds = Array.from({ length: ROWS }, (_, row) => waves(rng.fork(`row ${row}`), 1, samples));
  const wave = new Float32Array(ROWS * samples);
  sounds.forEach((sound, row) => wave.set(sound, row * samples));
  Deno.writeFileSync(`${path}.f32`, new Uint8Array(wave.buffer));
  // Of every frame that it could decide on.
  const own = await streamOf(frontend, model, state, CLIP, network.framing.hopSamples / RATE);
  const wanted = sounds.map((sound) => {
    own.reset();
    const decisions = own.push(sound);
    return new Map(
      decisions.map((decision) => [Math.round(decision.seconds * RATE), decision]),
    );
  });
  disposeState(all);
  checkVaried(name, wanted);
  return {
    name,
    stream,
    case: {
      model: `${path}.onnx`,
      waves: [[`${path}.f32`, ROWS]],
      blocks: { samples: stream.blockSamples, state: stream.stateSize },
    },
    wanted,
  };
}

/** What decides the same over and over shows nothing. @throws {Error} */
function checkVaried(name: string, wanted: ExportedStream["wanted"]): void {
  const all = [...wanted[0]!.values()];
  const [first, last] = [all[0]!.logits, all.at(-1)!.logits];
  if (first.some((value, c) => Math.abs(value - last[c]!) > VARIED * largestOf(first))) return;
  throw new Error(`${name}: its first and its last decision are alike: ${first} and ${last}`);
}

/** Logits may be large; small ones count as they are. */
function largestOf(logits: Float32Array): number {
  return logits.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
}

/**
 * The largest distance of probabilities, and of logits as a share of the largest. @param begun Call before which each stream began.
 * @throws {Error} If it says that it is ready when it is not, or decides what was not decided here.
 */
export function streamDistance(
  { name, stream, wanted }: Pick<ExportedStream, "name" | "stream" | "wanted">,
  { outputs }: OnnxResult,
  begun: readonly number[] = wanted.map(() => 0),
): number {
  const { blockSamples, delaySamples, firstCall } = stream;
  const { probabilities, logits, ready } = outputs[0]!;
  const [calls, rows, classes] = probabilities!.shape as [number, number, number];
  let far = 0;
  let compared = 0;
  for (let call = 0; call < calls; call++) {
    for (let row = 0; row < rows; row++) {
      const own = call - begun[row]!;
      const isReady = own >= firstCall || (own < 0 && call >= firstCall);
      if (ready!.values[call * rows + row] !== Number(isReady)) {
        throw new Error(`${name}: call ${call} says ready ${ready!.values[call * rows + row]}`);
      }
      if (own < firstCall) continue;
      const end = (own + 1) * blockSamples - delaySamples;
      const here = wanted[row]!.get(end);
      if (here === undefined) {
        throw new Error(`${name}: nothing is decided here on what ends at sample ${end}`);
      }
      for (let c = 0; c < classes; c++) {
        const at = (call * rows + row) * classes + c;
        for (
          const apart of [
            Math.abs(here.probabilities[c]! - probabilities!.values[at]!),
            Math.abs(here.logits[c]! - logits!.values[at]!) / largestOf(here.logits),
          ]
        ) far = apart <= far ? far : Number.isNaN(apart) ? Infinity : apart;
      }
      compared++;
    }
  }
  if (compared < 3) throw new Error(`${name}: only ${compared} decisions`);
  return far;
}
