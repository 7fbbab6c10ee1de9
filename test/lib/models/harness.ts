/** What the tests of models share: models' values, a loss with gradients, a plain optimizer. */
import * as tf from "@tensorflow/tfjs";
import { softmaxCrossEntropy } from "../../../lib/kernels/softmax_cross_entropy/op.ts";
import type { ModelSpec } from "../../../lib/models/contract.ts";
import type { ForwardMode, NetworkState, TensorSpec } from "../../../lib/nn/types.ts";

/** A model in the original's form, and without dropout. */
export function original(kind: string): ModelSpec {
  return kind === "bc_resnet" ? { kind, dropout: { transition: 0.5, broadcasted: 0.1 } } : { kind };
}

export function plain(kind: string): ModelSpec {
  return kind === "bc_resnet" ? { kind, dropout: { transition: 0, broadcasted: 0 } } : { kind };
}

/** What of a network a step needs. */
interface Trained {
  readonly specs: readonly TensorSpec[];
  forward(state: NetworkState, batch: tf.Tensor, mode: ForwardMode): tf.Tensor;
}

export interface StepResult {
  readonly loss: number;
  /** By the name of each trained tensor. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

export function trainedNames(network: Trained): string[] {
  return network.specs.filter((spec) => spec.trainable).map((spec) => spec.name);
}

/** Loss of a batch and its gradients, in training mode unless told otherwise. */
export async function lossAndGradients(
  network: Trained,
  state: NetworkState,
  features: tf.Tensor,
  labels: readonly number[],
  mode: ForwardMode = { training: true },
): Promise<StepResult> {
  const names = trainedNames(network);
  const { value, grads } = tf.tidy(() =>
    tf.variableGrads(
      () =>
        softmaxCrossEntropy(
          network.forward(state, features, mode) as tf.Tensor2D,
          tf.tensor1d([...labels], "int32"),
        ),
      names.map((name) => state.get(name)!),
    )
  );
  const loss = (await value.data())[0]!;
  const gradients = new Map<string, Float32Array>();
  for (const name of names) {
    gradients.set(name, await grads[state.get(name)!.name]!.data() as Float32Array);
  }
  tf.dispose([value, ...Object.values(grads)]);
  return { loss, gradients };
}

/** Stochastic gradient descent as torch.optim.SGD computes it. */
export class PlainSgd {
  readonly #rate: number;
  readonly #momentum: number;
  readonly #decay: number;
  readonly #velocity = new Map<string, Float32Array>();

  constructor(rate: number, momentum = 0, decay = 0) {
    [this.#rate, this.#momentum, this.#decay] = [rate, momentum, decay];
  }

  async step(state: NetworkState, gradients: ReadonlyMap<string, Float32Array>): Promise<void> {
    for (const [name, gradient] of gradients) {
      const variable = state.get(name)!;
      const values = await variable.data() as Float32Array;
      const before = this.#velocity.get(name);
      const velocity = gradient.map((g, i) =>
        (before === undefined ? 0 : this.#momentum * before[i]!) + g + this.#decay * values[i]!
      );
      this.#velocity.set(name, velocity);
      const moved = tf.tensor(values.map((v, i) => v - this.#rate * velocity[i]!), variable.shape);
      variable.assign(moved);
      moved.dispose();
    }
  }
}
