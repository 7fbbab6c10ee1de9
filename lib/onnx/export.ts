/** A checkpoint as a model of ONNX. */
import { blamingFile } from "../base/blame.ts";
import { UserError } from "../base/errors.ts";
import { loadKind } from "../base/kinds.ts";
import { Rng } from "../base/random.ts";
import type { TensorFile } from "../formats/safetensors.ts";
import { buildNetwork } from "../models/network.ts";
import { createState, frozenState } from "../nn/state.ts";
import { parseCheckpoint } from "../records/checkpoint.ts";
import { TASKS } from "../tasks/kinds.ts";
import { stateFrom } from "../train/checkpoint.ts";
import { assignValues } from "../train/snapshot.ts";
import { rangesOn } from "./calibrate.ts";
import type { Graph } from "./graph.ts";
import { halved } from "./half.ts";
import { encodeModel, OPSET } from "./model_file.ts";
import { networkGraph, type NetworkMaker, networkStreamGraph } from "./network_graph.ts";
import { calibrated, quantised, type Range } from "./quantise.ts";
import { asJsonTexts, metadataTexts } from "./metadata.ts";
import { type StreamFacts, streamFacts } from "./stream/facts.ts";

/** Where a model comes from, for its metadata. */
export interface Provenance {
  /** Name of the training. */
  readonly run: string;
  /** What it is found by. */
  readonly runId: string;
  /** Which of its states; `file`: what a file has. */
  readonly checkpoint: string;
  /** Of the checkpoint's file. */
  readonly sha256: string;
}

/** What the model computes in; the front-end is in float32. */
export const DTYPES = ["float32", "float16"] as const;
export type Dtype = typeof DTYPES[number];

/** Clips that ranges of a model's values are taken from. */
export interface Calibration {
  readonly clips: readonly Float32Array[];
  readonly onClip: (done: number) => void;
}

/** As what a checkpoint leaves. */
export interface ExportForm {
  readonly dtype: Dtype;
  /** Null: nothing is quantised. */
  readonly calibration: Calibration | null;
  /** Whether it listens block by block, and how many frames a call takes (null: those of a decision). */
  readonly streaming: { readonly frames: number | null } | null;
}

export interface Exported {
  readonly bytes: Uint8Array;
  /** What the file says of itself. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Why it takes clips of one length only; null: it takes any. */
  readonly reason: string | null;
  /** How it listens; null: it takes clips. */
  readonly stream: StreamFacts | null;
}

/**
 * Computes on the backend in use.
 * @param name Names the checkpoint in errors.
 * @throws {UserError} `bad-file` for a checkpoint that does not say what it is; `usage` for what ONNX cannot express.
 */
export async function exportOnnx(
  file: TensorFile,
  name: string,
  from: Provenance,
  { dtype, calibration, streaming }: ExportForm,
): Promise<Exported> {
  const said = parseCheckpoint(file.metadata, name);
  if (said === null) {
    throw new UserError(
      "bad-file",
      `Cannot export ${name} as ONNX: it does not say its front-end, model and classes. Take a checkpoint of a training ` +
        `that this program made.`,
    );
  }
  const { task, frontend, model, classes, clipSamples, operatingPoint } = said;
  const { head } = await loadKind(TASKS, task, "task");
  const build = (samples: number | null) =>
    blamingFile(name, () => buildNetwork(frontend, model, head, classes.length, samples));
  const network = await build(clipSamples);
  const own = createState(network, Rng.fromSeed(0)); // every value is replaced
  assignValues(own, stateFrom(network.specs, file, name));
  const state = new Map([...own, ...frozenState(network)]);
  const maker: NetworkMaker = { clipSamples, build, state };
  const { hopSamples } = network.framing;
  const made = streaming === null ? await ofClips(maker) : await ofBlocks(maker, {
    hopSamples,
    sampleRate: said.sampleRate,
    frames: streaming.frames,
    hopSeconds: operatingPoint?.hopSeconds ?? null,
  });
  for (const variable of state.values()) variable.dispose();
  const metadata = {
    ...asJsonTexts(file.metadata),
    ...metadataTexts({
      hop_samples: hopSamples,
      input_samples: made.inputSamples,
      least_samples: made.leastSamples,
      run: from.run,
      run_id: from.runId,
      checkpoint: from.checkpoint,
      checkpoint_sha256: from.sha256,
      dtype,
      quantised: calibration === null ? null : "int8",
      opset: OPSET,
      streaming: made.stream,
    }),
  };
  const written = calibration !== null
    ? quantised(made.graph, await rangesOf(made, calibration))
    : dtype === "float16"
    ? halved(made.graph)
    : made.graph;
  const { reason, stream } = made;
  return {
    bytes: encodeModel(written, metadata, aboutText(from, classes, stream)),
    metadata,
    reason,
    stream,
  };
}

/** A graph, and what is told of it. */
interface Made {
  readonly graph: Graph;
  /** The graph whose input is a clip. */
  readonly clip: Graph;
  /** Values of it that others of the graph are over time, by these. */
  readonly origins: ReadonlyMap<string, string>;
  readonly inputSamples: number | null;
  readonly leastSamples: number;
  readonly reason: string | null;
  readonly stream: StreamFacts | null;
}

async function ofClips(maker: NetworkMaker): Promise<Made> {
  const { graph, clipSamples, leastSamples, reason } = await networkGraph(maker);
  const none = { origins: new Map(), stream: null };
  return { graph, clip: graph, inputSamples: clipSamples, leastSamples, reason, ...none };
}

/** As listeners have it where nothing else was chosen. */
const HOP_SECONDS = 0.1;

interface Blocks {
  readonly hopSamples: number;
  /** In Hz. */
  readonly sampleRate: number;
  /** Of a call; null: near {@link hopSeconds}. */
  readonly frames: number | null;
  /** From one decision to the next, where that was chosen. */
  readonly hopSeconds: number | null;
}

async function ofBlocks(maker: NetworkMaker, blocks: Blocks): Promise<Made> {
  const { hopSamples, sampleRate, hopSeconds } = blocks;
  const near = Math.max(1, Math.round((hopSeconds ?? HOP_SECONDS) * sampleRate / hopSamples));
  const size = { frames: blocks.frames ?? near, isRough: blocks.frames === null };
  const { clip, stream } = await networkStreamGraph(maker, size);
  const { graph, origins, blockSamples } = stream;
  const counts = { inputSamples: blockSamples, leastSamples: blockSamples };
  return { graph, clip, origins, ...counts, reason: null, stream: streamFacts(stream, sampleRate) };
}

async function rangesOf(
  { graph, clip, origins }: Made,
  { clips, onClip }: Calibration,
): Promise<ReadonlyMap<string, Range>> {
  const originOf = (name: string) => origins.get(name) ?? name;
  const names = calibrated(graph);
  const ranges = await rangesOn(clip, [...new Set(names.map(originOf))], clips, onClip);
  return new Map(names.map((name) => [name, ranges.get(originOf(name))!]));
}

function aboutText(
  { run, checkpoint }: Provenance,
  classes: readonly string[],
  stream: StreamFacts | null,
): string {
  const input = stream === null
    ? "waveforms in"
    : `blocks of ${stream.block_samples} samples in, one after the other`;
  const state = checkpoint === "file" ? run : `The ${checkpoint} state of ${run}`;
  return `${state}: ${input}, one of ${classes.length} classes out. ` +
    `What it is in full is in the metadata, each value as JSON.`;
}
