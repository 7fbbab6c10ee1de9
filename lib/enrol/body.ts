/**
 * The frozen body of a trained classifier: all of its network but the linear layer that it ends with. What that layer
 * takes in is a clip's embedding.
 */
import * as tf from "@tensorflow/tfjs";
import { sha256 } from "@noble/hashes/sha2.js";
import { UserError } from "../base/errors.ts";
import { canonicalJson } from "../base/json.ts";
import { Rng } from "../base/random.ts";
import { decodeTensors, elementCount, encodeTensors } from "../formats/safetensors.ts";
import { buildNetwork } from "../models/network.ts";
import type { Network } from "../models/network_contract.ts";
import { copied, createState, disposeState, frozenState } from "../nn/state.ts";
import type { NetworkState, TensorSpec } from "../nn/types.ts";
import { checkpointMetadata } from "../records/checkpoint.ts";
import { type ClipCheckpoint, clipCheckpoint } from "../records/clip_checkpoint.ts";
import { stateFrom, stateTensors } from "../train/checkpoint.ts";
import { assignValues, type Values } from "../train/snapshot.ts";

/** A linear layer over embeddings. */
export interface Head {
  /** `[classes, size]`, row by row. */
  readonly weight: Float32Array;
  /** `[classes]`. */
  readonly bias: Float32Array;
}

/** Holds tensors until it is disposed of. */
export interface EnrolBody extends Disposable {
  /** What the file says of itself. */
  readonly checkpoint: ClipCheckpoint;
  /** Numbers of an embedding. */
  readonly size: number;
  /** Tells one body from another, whatever its head: 16 hexadecimal digits. */
  readonly digest: string;
  /** As it was trained. */
  readonly head: Head;
  /** @param waves `[clipSamples]` each, full scale 1. @returns `[waves, size]`. @throws {RangeError} On another length. */
  embed(waves: readonly Float32Array[]): Promise<Float32Array>;
  /** A checkpoint of this body with another head. */
  withHead(classes: readonly string[], head: Head): Uint8Array<ArrayBuffer>;
}

/** Clips computed at once. */
const CHUNK = 50;
/** By how much logits may differ from the head's product with the embedding, relative to the largest: float32. */
const TOLERANCE = 1e-3;
const DIGEST_DIGITS = 16;

/**
 * @param bytes A safetensors file. @param name Names it in errors.
 * @throws {UserError} `bad-file` as `openRecogniser` does, and if the network does not end with a linear layer.
 */
export async function openBody(bytes: Uint8Array, name: string): Promise<EnrolBody> {
  const file = decodeTensors(bytes, name);
  const checkpoint = clipCheckpoint(file, name);
  const { frontend, model, classes, clipSamples } = checkpoint;
  const build = (outputs: number) => buildNetwork(frontend, model, "clip", outputs, clipSamples);
  const network = await build(classes.length);
  const values = stateFrom(network.specs, file, name);
  const layer = layerOf(network, await build(classes.length + 1), classes.length);
  if (layer === undefined) throw notLinear(name, model.kind);
  const own = network.specs.filter((spec) => spec !== layer.weight && spec !== layer.bias);
  const size = elementCount(layer.weight.shape) / classes.length;
  const head = {
    weight: values.get(layer.weight.name)!,
    bias: layer.bias === undefined ? new Float32Array(classes.length) : values.get(layer.bias.name)!,
  };
  const parts = { checkpoint, layer, size, head, own, values };
  const isFrontendAlone = own.every(({ group }) => group !== "model");
  const open = isFrontendAlone
    ? new OpenBody(parts, network, values, "input")
    : new OpenBody(parts, await build(size), withIdentity(values, layer, size), "logits");
  try {
    await checkLinear(open, network, values, name);
    return open;
  } catch (error) {
    open[Symbol.dispose]();
    throw error;
  }
}

interface Layer {
  readonly weight: TensorSpec;
  /** Absent: it has none. */
  readonly bias: TensorSpec | undefined;
}

interface Parts {
  readonly checkpoint: ClipCheckpoint;
  readonly layer: Layer;
  readonly size: number;
  readonly head: Head;
  /** Of the body. */
  readonly own: readonly TensorSpec[];
  readonly values: Values;
}

/** The tensors whose sizes follow from the number of classes: whatever model it is, its last layer. */
function layerOf(network: Network, wider: Network, classes: number): Layer | undefined {
  const sized = network.specs.filter(({ shape }, i) => wider.specs[i]?.shape.join() !== shape.join());
  const weight = sized.find(({ shape }) => shape[0] === classes && shape.length > 1);
  const bias = sized.find(({ shape }) => shape[0] === classes && shape.length === 1);
  const found = [weight, bias].filter((spec) => spec !== undefined);
  return weight === undefined || found.length < sized.length ? undefined : { weight, bias };
}

/** A head that gives out what it takes in. */
function withIdentity(values: Values, { weight, bias }: Layer, size: number): Values {
  const identity = new Float32Array(size * size);
  for (let i = 0; i < size; i++) identity[i * size + i] = 1;
  return new Map([
    ...values,
    [weight.name, identity],
    ...(bias === undefined ? [] : [[bias.name, new Float32Array(size)] as const]),
  ]);
}

class OpenBody implements EnrolBody {
  readonly checkpoint: ClipCheckpoint;
  readonly size: number;
  readonly digest: string;
  readonly head: Head;
  readonly #parts: Parts;
  readonly #network: Network;
  readonly #state: NetworkState;
  readonly #taken: "input" | "logits";

  /** @param taken What an embedding is: the network's logits, or what its model takes in, one value behind the other. */
  constructor(parts: Parts, network: Network, values: Values, taken: "input" | "logits") {
    this.#parts = parts;
    this.#network = network;
    this.#state = stateOf(network, values);
    this.#taken = taken;
    this.checkpoint = parts.checkpoint;
    this.size = parts.size;
    this.head = parts.head;
    this.digest = digestOf(parts);
  }

  async embed(waves: readonly Float32Array[]): Promise<Float32Array> {
    const { clipSamples } = this.checkpoint;
    const strange = waves.find(({ length }) => length !== clipSamples);
    if (strange !== undefined) {
      throw new RangeError(`Cannot embed ${strange.length} samples: wanted ${clipSamples}`);
    }
    const made = new Float32Array(waves.length * this.size);
    for (let start = 0; start < waves.length; start += CHUNK) {
      const chunk = waves.slice(start, start + CHUNK);
      const flat = new Float32Array(chunk.length * clipSamples);
      chunk.forEach((wave, i) => flat.set(wave, i * clipSamples));
      const embedded = tf.tidy(() => this.#forward(tf.tensor2d(flat, [chunk.length, clipSamples])));
      made.set(await copied(embedded), start * this.size);
      embedded.dispose();
    }
    return made;
  }

  withHead(classes: readonly string[], { weight, bias }: Head): Uint8Array<ArrayBuffer> {
    const { layer, own, values, checkpoint: { operatingPoint: _, ...checkpoint } } = this.#parts;
    const { weight: { name, shape: [, ...rest] } } = layer;
    const specs = [
      ...own,
      { name, shape: [classes.length, ...rest] },
      ...(layer.bias === undefined ? [] : [{ name: layer.bias.name, shape: [classes.length] }]),
    ];
    const all = new Map([
      ...values,
      [name, weight],
      ...(layer.bias === undefined ? [] : [[layer.bias.name, bias] as const]),
    ]);
    return encodeTensors(stateTensors(specs, all), checkpointMetadata({ ...checkpoint, classes }));
  }

  [Symbol.dispose](): void {
    disposeState(this.#state);
  }

  #forward(waves: tf.Tensor): tf.Tensor {
    const mode = { training: false };
    if (this.#taken === "logits") return this.#network.forward(this.#state, waves, mode, 0);
    const input = this.#network.transform(this.#state, waves, mode, 0, this.#network.steps.length);
    return tf.reshape(input, [waves.shape[0]!, this.size]);
  }
}

function stateOf(network: Network, values: Values): NetworkState {
  const own = createState(network, Rng.fromSeed(0));
  assignValues(own, values);
  return new Map([...frozenState(network), ...own]);
}

function digestOf({ own, values, checkpoint: { frontend, model, sampleRate, clipSamples } }: Parts): string {
  const what = canonicalJson({ frontend, model, sampleRate, clipSamples });
  return sha256(encodeTensors(stateTensors(own, values), { what })).toHex().slice(0, DIGEST_DIGITS);
}

/** Nothing of a model is taken for granted: its logits have to be the product that a new head takes the place of. */
async function checkLinear(
  body: EnrolBody,
  network: Network,
  values: Values,
  name: string,
): Promise<void> {
  const { head: { weight, bias }, size, checkpoint: { clipSamples, model } } = body;
  const rng = Rng.fromSeed(0);
  const wave = new Float32Array(clipSamples).map(() => 0.1 * rng.normal());
  const embedding = await body.embed([wave]);
  const state = stateOf(network, values);
  const made = tf.tidy(() =>
    tf.clone(network.forward(state, tf.tensor2d(wave, [1, clipSamples]), { training: false }, 0))
  );
  const logits = await copied(made);
  made.dispose();
  disposeState(state);
  const most = logits.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
  const isLinear = logits.every((logit, row) => {
    let sum = bias[row]!;
    for (let i = 0; i < size; i++) sum += weight[row * size + i]! * embedding[i]!;
    return Math.abs(sum - logit) <= TOLERANCE * most;
  });
  if (!isLinear) throw notLinear(name, model.kind);
}

function notLinear(name: string, kind: string): UserError {
  return new UserError(
    "bad-file",
    `Cannot enrol words on ${name}: its model ${kind} does not end with a linear layer, wanted one that does. Take ` +
      `another checkpoint.`,
  );
}
