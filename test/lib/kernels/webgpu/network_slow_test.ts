/** Whole networks: kernels in WGSL beside composites on cpu, at the edges of what a network may be. */
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../../../lib/base/random.ts";
import type { Setting } from "../../../../lib/frontends/contract.ts";
import { buildNetwork } from "../../../../lib/models/network.ts";
import { shapeOf } from "../../../../lib/nn/representation.ts";
import { createState, disposeState } from "../../../../lib/nn/state.ts";
import { nnAudio } from "../../frontends/papers.ts";
import { lossAndGradients, original } from "../../models/harness.ts";
import { assertNear } from "../op_check.ts";
import { type Arrays, webGpuTest, withComposites, withKernels } from "./harness.ts";

const SAMPLES = 1600;
const BATCH = 3;
/** Rounding errors of twelve blocks in a row, each of which divides by a batch's deviations. */
const NETWORK_TOLERANCE = 2e-4;

for (const nMels of [8, 41, 128]) {
  webGpuTest(
    `bc_resnet with ${nMels} bands has the composites' loss, gradients and running statistics`,
    () => assertSame(() => outcome("bc_resnet", "A", nMels)),
  );
}

webGpuTest(
  "bc_resnet trained from the waveform has the composites' loss, gradients and running statistics",
  () => assertSame(() => outcome("bc_resnet", "D", 40)),
);

webGpuTest(
  "linear trained from the waveform has the composites' loss and gradients",
  () => assertSame(() => outcome("linear", "D", 40)),
);

async function assertSame(work: () => Promise<Arrays>): Promise<void> {
  const [wanted, found] = [await withComposites(work), await withKernels(work)];
  // Gradients of weights that only scale what is normalised next vanish: held against the largest of all.
  const largest = Math.max(
    ...Object.entries(wanted).map(([name, values]) => isGradient(name) ? most(values) : 0),
  );
  for (const [name, values] of Object.entries(wanted)) {
    const scale = isGradient(name) ? Math.max(1, largest * 1e-2 / most(values)) : 1;
    assertNear(found[name]!, values, NETWORK_TOLERANCE * scale, name);
  }
}

function isGradient(name: string): boolean {
  return name.startsWith("gradient of ");
}

function most(values: ArrayLike<number>): number {
  return Array.from(values).reduce((largest, v) => Math.max(largest, Math.abs(v)), 1e-30);
}

async function outcome(model: string, setting: Setting, nMels: number): Promise<Arrays> {
  const frontend = await nnAudio(setting, { n_mels: nMels });
  const network = await buildNetwork(frontend, original(model), "clip", 3, SAMPLES);
  const state = createState(network, Rng.fromSeed("network"));
  const rng = Rng.fromSeed("input");
  const { representations, frozen, framing } = network;
  const length = frozen === 0 ? SAMPLES : framing.frames(SAMPLES);
  const shape = [BATCH, ...shapeOf(representations[frozen]!, length)];
  const size = shape.reduce((product, n) => product * n, 1);
  const features = tf.tensor(Float32Array.from({ length: size }, () => rng.normal()), shape);
  const mode = { training: true, dropout: Rng.fromSeed("dropout") };
  const { loss, gradients } = await lossAndGradients(network, state, features, [0, 2, 1], mode);
  const arrays: Record<string, ArrayLike<number>> = { loss: [loss] };
  for (const [name, values] of gradients) arrays[`gradient of ${name}`] = values;
  for (const { name, role } of network.specs) {
    if (role === "buffer") arrays[name] = await state.get(name)!.data();
  }
  features.dispose();
  disposeState(state);
  return arrays;
}
