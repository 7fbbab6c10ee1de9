import * as tf from "@tensorflow/tfjs";
import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { openBackend } from "../../../../lib/backend/backend_io.ts";
import { sha256 } from "../../../../lib/base/digest.ts";
import { Rng } from "../../../../lib/base/random.ts";
import { openChain } from "../../../../lib/frontends/open.ts";
import { planSteps } from "../../../../lib/frontends/plan.ts";
import { ctcLoss } from "../../../../lib/kernels/ctc_loss/op.ts";
import { framedPower } from "../../../../lib/kernels/framed_power/op.ts";
import { gaborEnergies } from "../../../../lib/kernels/gabor_energies/op.ts";
import { linear } from "../../../../lib/kernels/linear/op.ts";
import { melLog } from "../../../../lib/kernels/mel_log/op.ts";
import { pcen } from "../../../../lib/kernels/pcen/op.ts";
import { pooledFilters } from "../../../../lib/kernels/pooled_filters/op.ts";
import { softmaxCrossEntropy } from "../../../../lib/kernels/softmax_cross_entropy/op.ts";
import { body as clipBody } from "../../../../lib/models/bc_resnet/heads/clip.ts";
import { buildNetwork } from "../../../../lib/models/network.ts";
import { createState, frozenState } from "../../../../lib/nn/state.ts";
import { nnAudio } from "../../frontends/papers.ts";
import { original } from "../../models/harness.ts";

const [BATCH, SAMPLES, N_FFT, HOP, BINS, BANDS, CLASSES] = [19, 2400, 480, 160, 37, 20, 12];

/** Digest of loss and gradients of both models, front-end included, on so many threads. */
async function digestOfStep(threads: number): Promise<string> {
  await openBackend("wasm", { threads });
  const rng = Rng.fromSeed("threads");
  const draw = (shape: number[], low: number) =>
    tf.tensor(
      Float32Array.from({ length: shape.reduce((n, m) => n * m) }, () => rng.uniform(low, 1)),
      shape,
    );
  const wave = draw([BATCH, SAMPLES], -1) as tf.Tensor2D;
  const labels = tf.tensor1d(Int32Array.from({ length: BATCH }, (_, i) => i % CLASSES), "int32");
  const variables = [draw([BINS, 1, N_FFT], -1), draw([BINS, 1, N_FFT], -1), draw([BANDS, BINS], 0)]
    .map((t) => tf.variable(t));
  const [wcos, wsin, mel] = variables as unknown as [tf.Tensor3D, tf.Tensor3D, tf.Tensor2D];
  const input = { channels: 1, bands: BANDS, frames: null };
  const body = clipBody(
    {
      kind: "bc_resnet",
      edition: "heung",
      width: 1,
      dropout: { transition: 0.5, broadcasted: 0.1 },
      lstm_norm: false,
      padding: "same",
    },
    input,
    CLASSES,
  );
  const state = createState({ specs: body.specs } as never, rng.fork("state"));
  const features = () => melLog(framedPower(wave, wcos, wsin, { hopSamples: HOP, powerEpsilon: 0 }), mel);
  const frames = features().shape[2];
  const weight = tf.variable(draw([CLASSES, BANDS * frames], -1)) as unknown as tf.Tensor2D;
  const classified = (logits: () => tf.Tensor) => () => softmaxCrossEntropy(logits() as tf.Tensor2D, labels);
  const losses = [
    classified(() => linear(tf.reshape(features(), [BATCH, BANDS * frames]), weight)),
    classified(() => body.forward(state, features(), { training: true, dropout: rng.fork("dropout") })),
    levelledLoss(draw([BATCH, BANDS, 2 * HOP], 0)),
    await recognizerLoss(wave, rng),
    ...[1, 4].map((stride) => filtersLoss(wave, draw, stride)),
    gaborLoss(wave),
  ];
  const texts = losses.map((loss) => {
    const { value, grads } = tf.variableGrads(loss);
    const parts = [value, ...Object.values(grads)].map((t) => t.dataSync() as Float32Array);
    return parts.map((part) => sha256(new Uint8Array(part.slice().buffer))).join("\n");
  });
  return sha256([...texts, await fixedFeatures(wave)].join("\n"));
}

/** Digest of what the frozen prefix of setting A makes. */
async function fixedFeatures(wave: tf.Tensor2D): Promise<string> {
  const chain = await openChain(await planSteps((await nnAudio("A")).steps));
  const features = chain.transform(frozenState(chain), wave, { training: false }, 0, chain.frozen);
  return sha256(new Uint8Array(features.dataSync<"float32">().slice().buffer));
}

/** Of energies, which are trained as the parameters are. */
function levelledLoss(energy: tf.Tensor): () => tf.Scalar {
  const trained = tf.variable(energy as tf.Tensor3D);
  const all = (value: number) => tf.variable(tf.fill([BANDS], value)) as unknown as tf.Tensor1D;
  const parameters = { gain: all(0.98), bias: all(2), power: all(0.5), smoothing: all(0.025) };
  return () => tf.mean(tf.square(pcen(trained, parameters, 1e-6)));
}

/** Of energies, which are convolved by transforms at each sample, else by products. */
function filtersLoss(
  wave: tf.Tensor2D,
  draw: (shape: number[], low: number) => tf.Tensor,
  stride: number,
): () => tf.Scalar {
  const [re, im, window] = [[9, 61], [9, 61], [9, 40]].map((shape) => tf.variable(draw(shape, -1)));
  const hop = HOP / stride;
  const form = { rectifier: "energy", stride, hop, left: 7, reach: hop, frames: SAMPLES / HOP } as const;
  const taps = { re: re as tf.Tensor2D, im: im as tf.Tensor2D };
  return () => tf.sum(tf.square(pooledFilters(wave, taps, { window: window as tf.Tensor2D }, form)));
}

function gaborLoss(wave: tf.Tensor2D): () => tf.Scalar {
  const spread = (from: number, to: number) =>
    tf.variable(tf.linspace(from, to, BANDS)) as unknown as tf.Tensor1D;
  const parameters = { centres: spread(0.1, 3), widths: spread(20, 4), pooling: spread(0.3, 0.4) };
  const form = { taps: 201, hopSamples: HOP, frames: "centred", cut: 1e-3 } as const;
  return () => tf.sum(tf.log(tf.add(gaborEnergies(wave, parameters, form), 1)));
}

/** Of clips of different lengths. */
async function recognizerLoss(wave: tf.Tensor2D, rng: Rng): Promise<() => tf.Scalar> {
  const frontend = await nnAudio("D", { n_mels: BANDS });
  const network = await buildNetwork(frontend, original("bc_resnet"), "frame", CLASSES, null);
  const state = createState(network, rng.fork("recognizer"));
  const frames = Int32Array.from({ length: BATCH }, (_, clip) => 16 - clip % 7);
  const targets = {
    labels: Int32Array.from({ length: 3 * BATCH }, (_, i) => 1 + i % 5),
    labelLengths: Int32Array.from({ length: BATCH }, (_, clip) => clip % 4),
    frames,
  };
  const mode = { training: true, dropout: rng.fork("dropout"), frames };
  return () => ctcLoss(network.forward(state, wave, mode) as tf.Tensor3D, targets);
}

if (import.meta.main) console.log(await digestOfStep(Number(Deno.args[0])));

Deno.test("a step gives the same bytes on one, two and three threads", async () => {
  const digests = await Promise.all([1, 2, 3].map(async (threads) => {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", fromFileUrl(import.meta.url), String(threads)],
    }).output();
    const text = new TextDecoder();
    return text.decode(stdout).trim() || text.decode(stderr);
  }));
  assertEquals(digests, Array(3).fill(digests[0]));
  assertEquals(/^[0-9a-f]{64}$/.test(digests[0]!), true, digests[0]);
});
