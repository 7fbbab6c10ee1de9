/** A trained classifier from waveform to probabilities, with what its front-end and the untrained one see. */
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../base/errors.ts";
import { Rng } from "../base/random.ts";
import { frameCount } from "../audio/framing.ts";
import type { TensorFile } from "../formats/safetensors.ts";
import { buildFrontend, type Frontend } from "../frontends/chain.ts";
import { applyPrefix } from "../frontends/prefix.ts";
import { type FrontendSpec, type PrefixSpec, prefixSpec } from "../frontends/spec.ts";
import { buildNetwork, createState, disposeState, type ModelSpec } from "../models/network.ts";
import type { Network, NetworkState } from "../nn/types.ts";
import { stateFrom } from "../train/checkpoint.ts";
import { assignValues } from "../train/snapshot.ts";

/** What a checkpoint says of itself. */
export interface CheckpointHead {
  readonly classes: readonly string[];
  readonly frontend: FrontendSpec;
  readonly model: ModelSpec;
  readonly clipSamples: number;
}

export interface Heard {
  /** `[classes]` */
  readonly logits: Float32Array;
  /** `[classes]`, their softmax. */
  readonly probabilities: Float32Array;
  /** Bands by the trained front-end and by the one that training started from, before normalisation; `[n_mels, frames]`. */
  readonly learned: Float32Array;
  readonly initial: Float32Array;
}

/** @throws {UserError} `bad-file` if the file does not say what it is a checkpoint of. */
export function checkpointHead({ metadata }: TensorFile, name: string): CheckpointHead {
  const { classes, frontend, model, clip_samples } = metadata;
  if (classes === undefined || frontend === undefined || model === undefined || clip_samples === undefined) {
    throw new UserError(
      "bad-file",
      `Cannot listen with ${name}: it does not say its classes, front-end, model and length of clips. Take a checkpoint ` +
        `of a training on words that this program made.`,
    );
  }
  return {
    classes: JSON.parse(classes),
    frontend: JSON.parse(frontend),
    model: JSON.parse(model),
    clipSamples: Number(clip_samples),
  };
}

/** Computes on the backend in use when it was made. Holds tensors until it is disposed of. */
export class Recogniser implements Disposable {
  readonly head: CheckpointHead;
  /** Frames of a clip. */
  readonly frames: number;
  readonly #prefix: PrefixSpec;
  readonly #network: Network;
  readonly #state: NetworkState;
  readonly #view: Frontend;
  readonly #initial: NetworkState;

  /** @throws {UserError} `bad-file` if the tensors are not those of the network that the file names. */
  constructor(file: TensorFile, name: string) {
    this.head = checkpointHead(file, name);
    const { frontend, model, classes, clipSamples } = this.head;
    this.frames = frameCount(clipSamples, frontend);
    this.#prefix = prefixSpec(frontend);
    this.#network = buildNetwork(frontend, model, classes.length, clipSamples);
    const values = stateFrom(this.#network.specs, file, name);
    this.#state = createState(this.#network, Rng.fromSeed(0));
    assignValues(this.#state, values);
    this.#view = buildFrontend({ ...frontend, normalise: "none" }, clipSamples);
    this.#initial = createState(this.#view, Rng.fromSeed(0));
  }

  /** Whether any part of the front-end was trained. */
  get learned(): boolean {
    const { stft, mel } = this.head.frontend.trainable;
    return stft || mel;
  }

  /** @param wave `[clipSamples]`, full scale 1. @throws {RangeError} On another length. */
  async recognise(wave: Float32Array): Promise<Heard> {
    const { clipSamples } = this.head;
    if (wave.length !== clipSamples) {
      throw new RangeError(`Cannot recognise ${wave.length} samples: wanted ${clipSamples}`);
    }
    const tensors = tf.tidy(() => {
      const features = applyPrefix(this.#prefix, tf.tensor2d(wave, [1, clipSamples]));
      const mode = { training: false };
      const logits = this.#network.forward(this.#state, features, mode);
      const learned = this.#view.forward(this.#state, features, mode);
      // Nothing trained: both are the same computation.
      const initial = this.learned ? this.#view.forward(this.#initial, features, mode) : learned;
      return [logits, tf.softmax(logits), tf.clone(learned), tf.clone(initial)];
    });
    const arrays = await Promise.all(tensors.map((tensor) => tensor.data<"float32">()));
    tf.dispose(tensors);
    // slice: a backend may go on using its own array
    const [logits, probabilities, learned, initial] = arrays.map((array) => array.slice()) as Float32Array[];
    return { logits: logits!, probabilities: probabilities!, learned: learned!, initial: initial! };
  }

  [Symbol.dispose](): void {
    disposeState(this.#state);
    disposeState(this.#initial);
  }
}
