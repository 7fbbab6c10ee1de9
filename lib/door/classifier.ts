/** A keyword spotter in memory: built, trained, asked, and written as a checkpoint. */
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../base/random.ts";
import { encodeTensors } from "../formats/safetensors.ts";
import type { FrontendSpec } from "../frontends/contract.ts";
import type { ModelSpec } from "../models/contract.ts";
import { buildNetwork } from "../models/network.ts";
import type { Network } from "../models/network_contract.ts";
import { copied, countTrainable, createState, disposeState } from "../nn/state.ts";
import type { NetworkState } from "../nn/types.ts";
import { checkpointMetadata } from "../records/checkpoint.ts";
import { KWS } from "../tasks/kws/kind.ts";
import { work } from "../tasks/kws/work.ts";
import { stateTensors } from "../train/checkpoint.ts";
import { train } from "../train/loop.ts";
import { learnerOf, type Objective, objectiveOf } from "../train/objective.ts";
import { openOptimizer } from "../train/optimizer.ts";
import { ADAM } from "../train/optimizers/adam/kind.ts";
import { assignValues, copyValues } from "../train/snapshot.ts";
import { clipSource, type LabelledClip } from "./clips.ts";

/** What a classifier is made of. */
export interface ClassifierOptions {
  /** See `makeFrontend`. */
  readonly frontend: FrontendSpec;
  /** Its kind and values, as `{ kind: "bc_resnet" }`. */
  readonly model: ModelSpec;
  /** Labels in the order of the outputs. */
  readonly classes: readonly string[];
  /** Length of every clip. */
  readonly clipSamples: number;
  /** Of the initial values and of all that training draws. */
  readonly seed: number;
}

/** How a classifier learns: by Adam. */
export interface LearningOptions {
  /** How often all clips are gone through. */
  readonly epochs: number;
  /** Clips of one step. */
  readonly batchSize: number;
  /** Learning rate of the model. */
  readonly rate: number;
  /** Learning rate of the front-end's trained parts. */
  readonly frontendRate: number;
}

/** How an epoch went. */
export interface EpochFigures {
  /** From 1. */
  readonly epoch: number;
  /** Mean cross entropy over the clips learnt from. */
  readonly loss: number;
  /** Mean cross entropy over the clips for validation, after the epoch. */
  readonly validationLoss: number;
  /** Share of the clips for validation that was told right. */
  readonly validationAccuracy: number;
}

/** Holds tensors until it is disposed of. */
export interface Classifier extends Disposable {
  /** Number of values that training changes. */
  readonly parameters: number;
  /**
   * Learns, and keeps the epoch with the lowest validation loss. @throws {RangeError} If clips are not as they should
   * be, or the loss is no longer finite.
   */
  learn(
    clips: readonly LabelledClip[],
    validation: readonly LabelledClip[],
    options: LearningOptions,
  ): AsyncGenerator<EpochFigures>;
  /** Loss and accuracy on clips. @throws {RangeError} If clips are not as they should be. */
  evaluate(clips: readonly LabelledClip[]): Promise<{ readonly loss: number; readonly accuracy: number }>;
  /** `[classes]` for each clip, row by row. @throws {RangeError} If clips are not as they should be. */
  logits(clips: readonly LabelledClip[]): Promise<Float32Array>;
  /** A safetensors file with the names and shapes of the PyTorch modules, that says what it is. */
  checkpoint(): Promise<Uint8Array>;
}

/**
 * A keyword spotter with random weights, on the backend in use.
 *
 * ```ts
 * import { createClassifier } from "./lib/mod.ts";
 *
 * const classes = ["low", "high"];
 * const clips = Array.from({ length: 8 }, (_, i) => {
 *   const pitch = i % 2 === 0 ? 0.05 : 0.5;
 *   return { label: classes[i % 2]!, wave: new Float32Array(8000).map((_, n) => 0.3 * Math.sin(pitch * n + i)) };
 * });
 * const model = { kind: "linear" };
 * using classifier = await createClassifier({ frontend, model, classes, clipSamples: 8000, seed: 0 });
 * const learning = { epochs: 3, batchSize: 4, rate: 0.001, frontendRate: 0.0001 };
 * for await (const { epoch, validationAccuracy } of classifier.learn(clips, clips, learning)) {
 *   console.log(epoch, validationAccuracy);
 * }
 * console.log((await classifier.evaluate(clips)).accuracy); // 1
 * const checkpoint = await classifier.checkpoint();
 * ```
 *
 * @throws {UserError} `bad-config` for kinds or values that are not known. @throws {RangeError} If the sizes do not fit.
 */
export async function createClassifier(options: ClassifierOptions): Promise<Classifier> {
  const { frontend, model, classes, clipSamples, seed } = options;
  const network = await buildNetwork(frontend, model, "clip", classes.length, clipSamples);
  return new OpenClassifier(options, network, createState(network, Rng.fromSeed(seed).fork("init")));
}

class OpenClassifier implements Classifier {
  readonly #options: ClassifierOptions;
  readonly #network: Network;
  readonly #state: NetworkState;
  /** Epochs learnt to what the state is. */
  #epoch = 0;

  constructor(options: ClassifierOptions, network: Network, state: NetworkState) {
    this.#options = options;
    this.#network = network;
    this.#state = state;
  }

  get parameters(): number {
    return countTrainable(this.#network);
  }

  async *learn(
    clips: readonly LabelledClip[],
    validation: readonly LabelledClip[],
    { epochs, batchSize, rate, frontendRate }: LearningOptions,
  ): AsyncGenerator<EpochFigures> {
    const objective = await this.#objective(clips, validation, batchSize);
    const state = this.#state;
    const group = { lr: frontendRate, weightDecay: 0, clipNorm: null };
    const schedule = { kind: "constant" } as const;
    const optimizer = await openOptimizer(
      {
        rule: ADAM,
        schedule,
        model: { ...group, lr: rate },
        stft: group,
        mel: group,
        parts: Object.fromEntries(this.#options.frontend.trained.map((part) => [part, group])),
      },
      this.#network.specs,
      state,
    );
    const rng = Rng.fromSeed(this.#options.seed);
    try {
      for await (const event of train({ objective, state, optimizer, schedule, epochs, rng })) {
        if (event.type === "failed") {
          throw new RangeError(
            `Cannot learn on: the loss is ${event.failure.loss} in epoch ${event.failure.epoch}`,
          );
        }
        if (event.type === "step") continue;
        const { epoch, loss, validationLoss, validationAccuracy } = event.record;
        yield { epoch, loss, validationLoss, validationAccuracy };
        if (epoch < epochs) continue;
        const best = event.snapshot.best!;
        assignValues(state, best.state);
        this.#epoch = best.epoch;
      }
    } finally {
      optimizer.dispose();
    }
  }

  async evaluate(
    clips: readonly LabelledClip[],
  ): Promise<{ readonly loss: number; readonly accuracy: number }> {
    const objective = await this.#objective(clips, clips, clips.length);
    return objective.validate(this.#state);
  }

  async logits(clips: readonly LabelledClip[]): Promise<Float32Array> {
    const source = await clipSource(this.#network, clips, this.#options.classes);
    const { features, shape, clips: count } = await source.read([...clips.keys()]);
    const made = tf.tidy(() =>
      this.#network.forward(this.#state, tf.tensor(features, [count, ...shape]), { training: false })
    );
    const values = await copied(made);
    made.dispose();
    return values;
  }

  async checkpoint(): Promise<Uint8Array> {
    const { frontend, model, classes, clipSamples } = this.#options;
    const record = {
      task: KWS,
      epoch: this.#epoch,
      classes,
      frontend,
      model,
      sampleRate: frontend.sample_rate,
      clipSamples,
    };
    const values = await copyValues(this.#state);
    return encodeTensors(stateTensors(this.#network.specs, values), checkpointMetadata(record));
  }

  [Symbol.dispose](): void {
    disposeState(this.#state);
  }

  async #objective(
    clips: readonly LabelledClip[],
    validating: readonly LabelledClip[],
    batchSize: number,
  ): Promise<Objective> {
    const { classes } = this.#options;
    const train = await clipSource(this.#network, clips, classes);
    const validation = validating === clips ? train : await clipSource(this.#network, validating, classes);
    const sampling = { sampler: "shuffle", clipsPerEpoch: null, batchSize };
    return objectiveOf(learnerOf(this.#network, work), work, { train, validation, ...sampling });
  }
}
