/** A trained network as a graph of ONNX: from the wave to probabilities. */
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../base/errors.ts";
import type { Head } from "../models/contract.ts";
import type { Network } from "../models/network_contract.ts";
import type { NetworkState } from "../nn/types.ts";
import { LOG_PROBABILITIES, LOGITS, PROBABILITIES, WAVEFORM } from "./answers.ts";
import type { Graph, Port } from "./graph.ts";
import { KERNELS } from "./kernels/table.ts";
import { OPERATIONS } from "./operations/table.ts";
import { type Called, record, type Tape } from "./record/tape.ts";
import { simplified } from "./simplify.ts";
import { streamed, type StreamGraph } from "./stream/streamed.ts";
import { NeedsWholeClip, UnevenBlock } from "./stream/streamer.ts";
import { callAt, calledName, type Write } from "./write/call.ts";
import { DependsOnLength, framingOf, type Lengths } from "./write/lengths.ts";
import { type Value, Writer } from "./write/writer.ts";

export interface NetworkGraph {
  readonly graph: Graph;
  /** Samples that every clip must have; null: any number from {@link leastSamples}. */
  readonly clipSamples: number | null;
  readonly leastSamples: number;
  /** Why clips of one length only; null where they are of any. */
  readonly reason: string | null;
}

export interface NetworkMaker {
  /** Of the clips that the network was trained on; null: of any length. */
  readonly clipSamples: number | null;
  /** The network for clips of so many samples (null: of any length). @throws {RangeError} If there is none. */
  build(samples: number | null): Promise<Network>;
  /** Its tensors, those of the frozen prefix among them. */
  readonly state: NetworkState;
}

/** Batches that passes are written down with: two sizes show where they count. */
const BATCHES = [2, 3] as const;
/** Frames of the shortest clip that is written down: any kernel of a model finds as many as it sees. */
const SOME_FRAMES = 40;

/** @throws {UserError} `usage` for what cannot be written, with the reason. */
export async function networkGraph(maker: NetworkMaker): Promise<NetworkGraph> {
  const { clipSamples } = maker;
  const network = await maker.build(clipSamples);
  const least = leastSamples(network);
  try {
    const graph = await graphOf(maker, network, await anyLengths(maker, network));
    return { graph, clipSamples: null, leastSamples: least, reason: null };
  } catch (error) {
    if (!(error instanceof DependsOnLength)) throw error;
    if (clipSamples !== null) {
      const graph = await graphOf(maker, network, fixedLength(network, clipSamples));
      return { graph, clipSamples, leastSamples: clipSamples, reason: error.message };
    }
    throw new UserError(
      "usage",
      `Cannot export as ONNX: ${error.message} depends on a clip's length in a way that a graph cannot follow, and the ` +
        `network takes clips of any length. Export it as safetensors.`,
      { cause: error },
    );
  }
}

/** How a stream is cut into blocks. */
export interface BlockSize {
  /** Frames of the front-end that a call makes. */
  readonly frames: number;
  /** Whether it may be the next number that the network's strides over time go into. */
  readonly isRough: boolean;
}

/**
 * The network as one that listens block by block, to one stream or to several at once.
 * @returns The graph of clips of one length too, of which this one is made.
 * @throws {UserError} `usage` for what can't be computed before a clip's end, or not in such blocks.
 */
export async function networkStreamGraph(
  maker: NetworkMaker,
  { frames, isRough }: BlockSize,
): Promise<{ readonly clip: Graph; readonly stream: StreamGraph }> {
  const { clipSamples } = maker;
  if (clipSamples === null) {
    throw new UserError(
      "usage",
      "Cannot export a model that listens block by block: the network takes sentences whole, as its LSTM reads them " +
        "backwards too. Export it for whole clips.",
    );
  }
  const network = await maker.build(clipSamples);
  const { hopSamples } = network.framing;
  const clip = await graphOf(maker, network, fixedLength(network, clipSamples), true);
  for (let own = frames;;) {
    try {
      return { clip, stream: streamed(clip, clipSamples, own * hopSamples) };
    } catch (error) {
      if (error instanceof NeedsWholeClip) {
        throw new UserError(
          "usage",
          `Cannot export a model that listens block by block: found ${error.message}, which only a whole clip has. ` +
            `Export it for whole clips.`,
          { cause: error },
        );
      }
      if (!(error instanceof UnevenBlock)) throw error;
      const stride = error.stepSamples / hopSamples;
      if (!isRough || !Number.isInteger(stride)) {
        throw new UserError(
          "usage",
          `Cannot export a model that listens in blocks of ${frames} frames: wanted a multiple of ${stride}, as it reads ` +
            `every ${stride} frames together.`,
          { cause: error },
        );
      }
      own = Math.ceil(own / stride) * stride;
    }
  }
}

function leastSamples({ framing }: Network): number {
  let samples = 1;
  while (framing.frames(samples) === 0) samples++;
  return samples;
}

/** @throws {DependsOnLength} If tensors have other shapes at other lengths. */
async function anyLengths({ build, clipSamples }: NetworkMaker, network: Network): Promise<Lengths> {
  const { framing } = network;
  const { hopSamples: hop } = framing;
  let some = leastSamples(network);
  while (framing.frames(some) < SOME_FRAMES) some += hop;
  const samples = [some, some, some + 3 * hop + 5, some + 8 * hop + 2];
  if (clipSamples !== null) {
    const shapes = ({ specs }: Network) => JSON.stringify(specs.map(({ name, shape }) => [name, shape]));
    for (const length of samples) {
      if (shapes(await build(length)) !== shapes(network)) {
        throw new DependsOnLength("the size of its weights");
      }
    }
  }
  return {
    batch: samples.map((_, i) => BATCHES[i % 2]!),
    samples,
    frames: samples.map((length) => framing.frames(length)),
    framing: framingOf(framing.frames, hop),
  };
}

function fixedLength({ framing }: Network, samples: number): Lengths {
  const all = BATCHES.map(() => samples);
  return {
    batch: BATCHES,
    samples: all,
    frames: all.map((length) => framing.frames(length)),
    framing: { offset: 0, hop: framing.hopSamples },
  };
}

/** @param isStream Whether clips are to come block by block. */
async function graphOf(
  maker: NetworkMaker,
  whole: Network,
  lengths: Lengths,
  isStream = false,
): Promise<Graph> {
  const tapes: Tape[] = [];
  for (const [i, samples] of lengths.samples.entries()) {
    const network = await maker.build(maker.clipSamples === null ? null : samples);
    tapes.push(
      recordedAt(
        samples,
        maker.clipSamples,
        () => recorded(network, maker.state, lengths.batch[i]!, samples),
      ),
    );
  }
  const writer = new Writer(WAVEFORM, lengths, isStream);
  const logits = written(tapes, writer);
  writer.part = "answer";
  const outputs = answers(writer, logits, whole.head);
  const [batch, samples] = [BATCH, lengths.samples.length > BATCHES.length ? "samples" : lengths.samples[0]!];
  return simplified({
    name: "network",
    inputs: [{ name: WAVEFORM, type: "float32", shape: [batch, samples], about: "samples at full scale 1" }],
    outputs: outputs.map(({ name, about }) => ({
      name,
      about,
      type: "float32",
      shape: whole.head === "clip" ? [batch, whole.classes] : [batch, "frames", whole.classes],
    })),
    nodes: writer.nodes,
    initializers: writer.initializers,
  });
}

const BATCH = "batch";

/** @throws {DependsOnLength} If a network made for clips of one length cannot compute with others. */
function recordedAt(samples: number, clipSamples: number | null, record: () => Tape): Tape {
  try {
    return record();
  } catch (error) {
    if (clipSamples === null || samples === clipSamples || !(error instanceof Error)) throw error;
    throw new DependsOnLength("what it computes", { cause: error });
  }
}

/** Two stages: the front-end, and the model. */
function recorded(network: Network, state: NetworkState, batch: number, samples: number): Tape {
  const mode = { training: false };
  const end = network.steps.length;
  const wave = tf.tidy(() => tf.mul(tf.sin(tf.range(0, batch * samples)), 0.1).reshape([batch, samples]));
  try {
    return record(wave, [
      (x) => network.transform(state, x, mode, 0, end),
      (bands) => network.forward(state, bands, mode, end),
    ], (composite) => OPERATIONS.has(composite));
  } finally {
    wave.dispose();
  }
}

/** Writes all steps. @returns What comes out of the last. */
function written(tapes: readonly Tape[], writer: Writer): Value {
  const [first] = tapes as [Tape];
  const values = new Map<number, Value>([[first.input, writer.input()]]);
  for (let place = 0; place < Math.max(...tapes.map(({ steps }) => steps.length)); place++) {
    const call = callAt(tapes, place, (id) => values.get(id)!);
    writer.part = place < first.ends[0]! ? "frontend" : "model";
    const made = writeOf(call.called)(writer, call);
    first.steps[place]!.outputs.forEach(({ id }, i) => values.set(id, made[i] ?? made[0]!));
  }
  return values.get(first.output)!;
}

/** @throws {UserError} `usage` for a kernel that is in no table. */
function writeOf(called: Called): Write {
  const write = typeof called === "string" ? KERNELS[called] : OPERATIONS.get(called);
  if (write !== undefined) return write;
  throw new UserError(
    "usage",
    `Cannot export as ONNX: the network computes ${calledName(called)}, for which there is no node in ` +
      `lib/onnx/kernels/table.ts. Export it as safetensors, or add a line there.`,
  );
}

function answers(writer: Writer, logits: Value, head: Head): Pick<Port, "name" | "about">[] {
  const plain = writer.plain(logits);
  const named = (type: string, name: string, axis: number | null) => {
    const attributes = axis === null ? {} : { axis: { int: axis } };
    writer.nodes.push({ type, inputs: [plain], outputs: [name], attributes, part: "answer" });
  };
  if (head === "clip") {
    named("Softmax", PROBABILITIES, 1);
    named("Identity", LOGITS, null);
    return [
      { name: PROBABILITIES, about: "of each class, summing to 1" },
      { name: LOGITS, about: "before the softmax" },
    ];
  }
  named("LogSoftmax", LOG_PROBABILITIES, 2);
  return [{
    name: LOG_PROBABILITIES,
    about: "natural logs, of each class in each frame; class 0 is the blank of CTC",
  }];
}
