/** Opens a network as a stream. */
import { UserError } from "../base/errors.ts";
import { loadKind } from "../base/kinds.ts";
import { schemaProblem } from "../base/schema_problem.ts";
import type { FrontendSpec } from "../frontends/contract.ts";
import { planSteps } from "../frontends/plan.ts";
import type { ModelSpec } from "../models/contract.ts";
import { MODELS } from "../models/kinds.ts";
import { bandsOf } from "../nn/representation.ts";
import { disposeState, frozenState } from "../nn/state.ts";
import type { NetworkState } from "../nn/types.ts";
import { layWindowedFrontend } from "./frontend.ts";
import { Line } from "./layers/line.ts";
import { Machine } from "./layers/machine.ts";
import { MODEL_STREAMS } from "./models/kinds.ts";
import { WindowReadout } from "./readout.ts";
import { LaidStream, type NetworkStream } from "./stream.ts";
import { valuesOf } from "./values.ts";

/** Which network listens, and how. */
export interface StreamOptions {
  readonly frontend: FrontendSpec;
  readonly model: ModelSpec;
  /** Number of logits. */
  readonly classes: number;
  /** Length of the clips that it was trained on: of a window. */
  readonly clipSamples: number;
  /** From one decision to the next, rounded to whole frames, at least one. */
  readonly hopSeconds: number;
}

/** Samples that are taken in at once at most: longer blocks are cut. */
const CHUNK_SAMPLES = 2048;

/**
 * @param state Has the network's tensors; it is read now and not needed later.
 * @param kernels The compiled kernels as a file, for memory of one thread.
 * @throws {UserError} `bad-config` for kinds or values that are not known, or that cannot be computed frame by frame.
 */
export async function openStream(
  options: StreamOptions,
  state: NetworkState,
  kernels: Uint8Array<ArrayBuffer>,
): Promise<NetworkStream> {
  const { frontend, model, classes, clipSamples, hopSeconds } = options;
  const chain = await planSteps(frontend.steps);
  const frozen = frozenState(chain);
  try {
    const all: NetworkState = new Map([...frozen, ...state]);
    const tensors = await valuesOf(all);
    const machine = await Machine.open(kernels);
    const line = new Line(machine, 1, CHUNK_SAMPLES);
    const { wave, last } = await layWindowedFrontend(line, chain, all, tensors, clipSamples);
    const { channels, bands } = bandsOf("a model", chain.representations.at(-1)!);
    const frames = chain.framing.frames(clipSamples);
    const streamed = (await loadKind(MODEL_STREAMS, model.kind, "model over a stream")).stream(
      await configOf(model),
      { channels, bands, frames },
      classes,
      tensors,
    );
    const layersBefore = last.layers.length;
    streamed.lay(last);
    const windowFrames = last.layers.slice(layersBefore).reduce(
      (count, { stride }) => Math.ceil(count / stride),
      frames,
    );
    const { readout } = streamed;
    const size = readout.weight.length / classes / (readout.over === "mean" ? 1 : windowFrames);
    const end = last.end(windowFrames);
    return new LaidStream({
      machine,
      line,
      wave,
      ...(last === line
        ? { queue: end, windowFrames, whole: null }
        : { queue: line.end(frames), windowFrames: frames, whole: { line: last, end } }),
      readout: new WindowReadout(machine, end, readout, windowFrames, size, classes),
      sampleRate: frontend.sample_rate,
      clipSamples,
      stepFrames: Math.max(1, Math.round(hopSeconds * frontend.sample_rate / line.stride)),
      chunkSamples: CHUNK_SAMPLES,
    });
  } finally {
    disposeState(frozen);
  }
}

async function configOf(model: ModelSpec): Promise<ModelSpec> {
  const { schema } = await loadKind(MODELS, model.kind, "model");
  const { data, error } = schema.safeParse(model);
  if (error === undefined) return data;
  throw new UserError("bad-config", `Cannot build ${model.kind}: ${schemaProblem(error)}.`);
}
