/** A trained classifier from waveform to probabilities, with what its front-end and the untrained one see. */
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../base/random.ts";
import { decodeTensors } from "../formats/safetensors.ts";
import type { Network } from "../models/network_contract.ts";
import type { Representation } from "../nn/representation.ts";
import { copied, createState, disposeState } from "../nn/state.ts";
import type { NetworkState } from "../nn/types.ts";
import type { ClipCheckpoint } from "../records/clip_checkpoint.ts";
import { type ClipNetwork, openClipNetwork } from "./clip_network.ts";

/** What a recogniser makes of one clip. */
export interface Heard {
  /** `[classes]` */
  readonly logits: Float32Array;
  /** `[classes]`, their softmax. */
  readonly probabilities: Float32Array;
  /** What the trained front-end sees, before values are levelled out. */
  readonly learned: Float32Array;
  /** The same by the front-end that training started from. */
  readonly initial: Float32Array;
}

/**
 * A checkpoint of a keyword spotter ready to listen, on the backend in use.
 *
 * ```ts
 * import { openRecogniser } from "./lib/mod.ts";
 *
 * using recogniser = await openRecogniser(checkpoint, "tones.safetensors");
 * const { probabilities } = await recogniser.recognise(clips[1]!.wave);
 * console.log(probabilities); // of low and of high
 * ```
 *
 * @param bytes A safetensors file. @param name Names it in errors.
 * @throws {UserError} `bad-file` if the file does not say what it is a checkpoint of, if its clips have no one length, or
 *   if its tensors are not those of the network that it names.
 */
export async function openRecogniser(bytes: Uint8Array, name: string): Promise<Recogniser> {
  return new OpenRecogniser(await openClipNetwork(decodeTensors(bytes, name), name));
}

/** Holds tensors until it is disposed of. */
export interface Recogniser extends Disposable {
  /** What the checkpoint says of itself. */
  readonly checkpoint: ClipCheckpoint;
  /** Frames of a clip. */
  readonly frames: number;
  /** Samples from one frame to the next. */
  readonly hopSamples: number;
  /** What {@link Heard} shows. */
  readonly shown: Representation;
  /** Whether any part of the front-end was trained. */
  readonly learned: boolean;
  /** Listens to one clip. @param wave `[clipSamples]`, full scale 1. @throws {RangeError} On another length. */
  recognise(wave: Float32Array): Promise<Heard>;
}

class OpenRecogniser implements Recogniser {
  readonly checkpoint: ClipCheckpoint;
  readonly frames: number;
  readonly hopSamples: number;
  readonly shown: Representation;
  readonly learned: boolean;
  readonly #network: Network;
  readonly #open: ClipNetwork;
  readonly #state: NetworkState;
  readonly #initial: NetworkState;

  /** @param open Is disposed of with this. */
  constructor(open: ClipNetwork) {
    const { checkpoint, network, state } = open;
    this.checkpoint = checkpoint;
    this.#open = open;
    this.#network = network;
    this.#state = state;
    this.frames = network.framing.frames(checkpoint.clipSamples);
    this.hopSamples = network.framing.hopSamples;
    this.shown = network.representations[network.shown]!;
    this.learned = checkpoint.frontend.trained.length > 0;
    const specs = network.specs.filter(({ group }) => group !== "model");
    this.#initial = createState({ specs }, Rng.fromSeed(0));
  }

  async recognise(wave: Float32Array): Promise<Heard> {
    const { clipSamples } = this.checkpoint;
    if (wave.length !== clipSamples) {
      throw new RangeError(`Cannot recognise ${wave.length} samples: wanted ${clipSamples}`);
    }
    const tensors = tf.tidy(() => {
      const { frozen, shown } = this.#network;
      const mode = { training: false };
      const waves = tf.tensor2d(wave, [1, clipSamples]);
      const features = this.#network.transform(this.#state, waves, mode, 0, frozen);
      const learned = this.#network.transform(this.#state, features, mode, frozen, shown);
      const logits = this.#network.forward(this.#state, learned, mode, shown);
      // Nothing trained: both are the same computation.
      const initial = this.learned
        ? this.#network.transform(this.#initial, features, mode, frozen, shown)
        : learned;
      return [logits, tf.softmax(logits), tf.clone(learned), tf.clone(initial)];
    });
    const [logits, probabilities, learned, initial] = await Promise.all(tensors.map(copied));
    tf.dispose(tensors);
    return { logits: logits!, probabilities: probabilities!, learned: learned!, initial: initial! };
  }

  [Symbol.dispose](): void {
    this.#open[Symbol.dispose]();
    disposeState(this.#initial);
  }
}
