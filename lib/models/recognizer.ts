/** Networks that say what is heard in each frame: a front-end, a model's backbone, a bidirectional LSTM, classes. */
import * as tf from "@tensorflow/tfjs";
import { buildSequenceFrontend } from "../frontends/chain.ts";
import type { FrontendSpec } from "../frontends/spec.ts";
import { asMatrix } from "../kernels/standard/matmul.ts";
import { uniformByFanIn } from "../nn/init.ts";
import { stateTensor } from "../nn/state.ts";
import type { ForwardMode, NetworkState, SequenceNetwork, TensorSpec } from "../nn/types.ts";
import { bcResNetBackbone } from "./bc_resnet.ts";
import { HEAD_CHANNELS } from "./bc_resnet/layout.ts";
import { classifierSpec } from "./bc_resnet/specs.ts";
import { bilstm, classifyFrames, HIDDEN } from "./bilstm.ts";
import { modelParameter } from "./parameter.ts";
import type { BcResNetSpec, ModelSpec } from "./spec.ts";

/**
 * @param classes Number of logits of a frame; for connectionist temporal classification the first is the blank.
 * @throws {RangeError} If the sizes do not fit each other.
 */
export function buildRecognizer(
  frontendSpec: FrontendSpec,
  modelSpec: ModelSpec,
  classes: number,
): SequenceNetwork {
  const frontend = buildSequenceFrontend(frontendSpec);
  const body = buildBody(modelSpec, frontendSpec.nMels, classes);
  return {
    specs: [...frontend.specs, ...body.specs],
    input: frontend.input,
    classes,
    forward(state, batch, mode) {
      const bands = frontend.forward(state, batch, mode);
      return body.forward(state, cutToLongest(bands, mode.frames), mode);
    },
    project: (state) => frontend.project(state),
  };
}

interface SequenceBody {
  readonly specs: readonly TensorSpec[];
  /** @param bands `[B, M, T]`. @returns Logits `[B, T, classes]`. */
  forward(state: NetworkState, bands: tf.Tensor3D, mode: ForwardMode): tf.Tensor3D;
}

function buildBody(spec: ModelSpec, nMels: number, classes: number): SequenceBody {
  switch (spec.kind) {
    case "linear":
      return linearBody(nMels, classes);
    case "bc_resnet":
      return bcResNetBody(spec, nMels, classes);
    default:
      spec satisfies never;
      throw new Error(`Unknown model ${JSON.stringify(spec)}`);
  }
}

function linearBody(nMels: number, classes: number): SequenceBody {
  const memory = bilstm(nMels);
  const inputs = 2 * HIDDEN;
  const weight = modelParameter(
    "linearlayer.weight",
    [classes, inputs],
    uniformByFanIn(inputs, classes * inputs),
  );
  const bias = modelParameter("linearlayer.bias", [classes], uniformByFanIn(inputs, classes));
  return {
    specs: [...memory.specs, weight, bias],
    forward(state, bands, mode) {
      const heard = memory.forward(state, tf.transpose(bands, [0, 2, 1]), mode);
      return classifyFrames(heard, stateTensor(state, weight.name), stateTensor(state, bias.name));
    },
  };
}

function bcResNetBody(spec: BcResNetSpec, nMels: number, classes: number): SequenceBody {
  const backbone = bcResNetBackbone(spec, nMels);
  const memory = bilstm(HEAD_CHANNELS);
  const classifier = classifierSpec(classes, 2 * HIDDEN);
  return {
    specs: [...backbone.specs, ...memory.specs, classifier],
    forward(state, bands, mode) {
      const seen = backbone.forward(state, bands, mode);
      const [batch, , frames, channels] = seen.shape;
      const heard = memory.forward(state, tf.reshape(seen, [batch, frames, channels]), mode);
      return classifyFrames(heard, asMatrix(stateTensor(state, classifier.name), classes, 2 * HIDDEN));
    },
  };
}

/** A padded waveform has more frames than its longest clip. */
function cutToLongest(bands: tf.Tensor3D, frames: Int32Array | undefined): tf.Tensor3D {
  const longest = frames?.reduce((most, count) => Math.max(most, count), 0) ?? bands.shape[2];
  return longest < bands.shape[2] ? tf.slice(bands, [0, 0, 0], [-1, -1, longest]) : bands;
}
