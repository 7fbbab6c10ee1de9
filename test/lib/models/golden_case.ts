/** A network in the state from which the reference tensors were computed, on whatever backend is open. */
import { assert } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../../lib/base/random.ts";
import type { FrontendSpec } from "../../../lib/frontends/contract.ts";
import { softmaxCrossEntropy } from "../../../lib/kernels/softmax_cross_entropy/op.ts";
import { buildNetwork } from "../../../lib/models/network.ts";
import type { Network } from "../../../lib/models/network_contract.ts";
import { createState, disposeState } from "../../../lib/nn/state.ts";
import type { NetworkState } from "../../../lib/nn/types.ts";
import { Golden } from "../../fixtures/golden/golden.ts";
import { cacheOf } from "../frontends/papers.ts";
import { plain } from "./harness.ts";

export const golden = new Golden();

export type ModelKind = "linear" | "bc_resnet";

export interface GoldenCase {
  readonly network: Network;
  readonly state: NetworkState;
  /** What the network begins with, of the four clips of `input_n` (or `input`). */
  readonly features: tf.Tensor;
  readonly labels: readonly number[];
}

/** `input`: 1 kHz, a chirp, noise, a click in silence. `input_n`: the same with white noise, well-conditioned. */
export function goldenWaves(name: "input" | "input_n" = "input_n"): tf.Tensor2D {
  return tf.tensor2d(golden.array(name).values, [4, 16000], "float32");
}

export async function withGoldenCase(
  kind: ModelKind,
  frontend: FrontendSpec,
  check: (made: GoldenCase) => Promise<void>,
  input: "input" | "input_n" = "input_n",
): Promise<void> {
  const network = await buildNetwork(frontend, plain(kind), "clip", 12, 16000);
  const state = createState(network, Rng.fromSeed(0));
  const folder = initFolder(kind, frontend.kind);
  for (const name of golden.names(folder)) {
    const variable = state.get(name);
    if (variable === undefined) { // a tensor before the network's input, or of the other front-end
      assert(name.startsWith("mel_layer.") || name.startsWith("fastaudio_filter."), name);
      continue;
    }
    const { values, shape } = golden.array(`${folder}/${name}`);
    const tensor = tf.tensor(values, shape, "float32");
    variable.assign(tensor);
    tensor.dispose();
  }
  const waves = goldenWaves(input);
  const features = cacheOf(network, waves);
  try {
    await check({ network, state, features, labels: [...golden.array("labels").values] });
  } finally {
    tf.dispose([waves, features]);
    disposeState(state);
  }
}

/** `linear` starts from the same weights with both front-ends. */
function initFolder(kind: ModelKind, frontend: string): string {
  if (kind === "linear") return "linear/init";
  return frontend === "nnaudio" ? "bcresnet/init" : "bcresnet_fastaudio/init";
}

/** Checks the logits, and their cross entropy, against `FOLDER/logits` and `FOLDER/loss`. */
export async function checkOutput(
  { network, state, features, labels }: GoldenCase,
  folder: string,
  training: boolean,
  tolerance: { readonly logits: number; readonly loss: number },
): Promise<void> {
  const [logits, loss] = tf.tidy(() => {
    const logits = network.forward(state, features, { training }) as tf.Tensor2D;
    return [logits, softmaxCrossEntropy(logits, tf.tensor1d([...labels], "int32"))];
  });
  golden.check(`${folder}/logits`, await logits.data<"float32">(), tolerance.logits);
  golden.check(`${folder}/loss`, await loss.data<"float32">(), tolerance.loss);
  tf.dispose([logits, loss]);
}

/**
 * Checks a gradient of BC-ResNet.
 *
 * In this batch a value before the first relu of block3_1 lies within 1e-7 of zero, and one before the last of block4_3
 * nearly so. With other rounding than PyTorch's they fall on the other side, which moves the gradients of all that lies
 * before them, by percents at block3_1; with the nnAudio front-end cpu rounds as PyTorch does. In batches without such a
 * value every backend is held to PyTorch's digits, in torch_test.ts.
 */
export function checkGradient(folder: string, name: string, gradient: Float32Array): void {
  // Batch norm removes any constant: the true gradient is 0 and both sides hold rounding noise.
  if (name === "conv1.bias") return assert(gradient.every((g) => Math.abs(g) < 1e-5), name);
  const roundsAlike = tf.getBackend() === "cpu" && folder.startsWith("bcresnet/");
  const before = /^(mel_layer|fastaudio_filter|conv1|block[12]_|block3_1\.(conv1x1_1|bn1))/.test(name);
  golden.check(`${folder}/${name}`, gradient, roundsAlike ? 1e-4 : before ? 0.1 : 3e-4);
}
