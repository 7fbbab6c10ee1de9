/**
 * Gradients of BC-ResNet against PyTorch's in float64, on clips that keep every value before a relu away from zero: no
 * rounding can turn one on or off, so that every backend is held to float32's own digits.
 */
import { assertAlmostEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../../lib/base/random.ts";
import { readTensors } from "../../../lib/formats/safetensors_io.ts";
import type { FrontendSpec } from "../../../lib/frontends/contract.ts";
import { buildNetwork } from "../../../lib/models/network.ts";
import { createState, disposeState } from "../../../lib/nn/state.ts";
import { assertNear } from "../kernels/op_check.ts";
import { openForTest } from "../../support/backends.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { torchTest } from "../../support/torch.ts";
import { runPython } from "../../torch/torch_io.ts";
import { fastAudio, nnAudio } from "../frontends/papers.ts";
import { lossAndGradients, plain, trainedNames } from "./harness.ts";

const SCRIPT = new URL("../../torch/gradients.py", import.meta.url);
/** Relative to the largest value of the tensor. PyTorch in float32 is off by up to 9e-5. */
const TOLERANCE = 4e-4;
const FRONTENDS = { nnaudio: await nnAudio("D"), fastaudio: await fastAudio("D") } as const;

for (const [name, frontend] of Object.entries(FRONTENDS)) {
  torchTest(`bc_resnet with ${name} has PyTorch's gradients on every backend`, async (t) => {
    await using dir = tempDir();
    const path = `${dir.path}/gradients.safetensors`;
    await runPython(SCRIPT, path, name);
    const { tensors } = readTensors(path);
    const values = (name: string) => tensors.get(name)!.data as Float32Array;
    for (const backend of ["cpu", "wasm", "webgpu"] as const) {
      await t.step(backend, async () => {
        await openForTest(backend);
        const { loss, gradients } = await differentiate(frontend, values);
        assertAlmostEquals(loss, values("loss")[0]!, 2e-6 * loss);
        for (const [name, gradient] of gradients) {
          // Batch norm removes any constant: the true gradient is 0 and both sides hold rounding noise.
          if (name === "conv1.bias") continue;
          assertNear(gradient, values(`gradient.${name}`), TOLERANCE, name);
        }
      });
    }
  });
}

async function differentiate(frontend: FrontendSpec, values: (name: string) => Float32Array) {
  const network = await buildNetwork(frontend, plain("bc_resnet"), "clip", 12, 16000);
  const state = createState(network, Rng.fromSeed(0));
  for (const name of trainedNames(network)) {
    const tensor = tf.tensor(values(name), state.get(name)!.shape);
    state.get(name)!.assign(tensor);
    tensor.dispose();
  }
  const clips = values("input").length / 16000;
  const waves = tf.tensor2d(values("input"), [clips, 16000]);
  const labels = Array.from({ length: clips }, (_, clip) => clip);
  const result = await lossAndGradients(network, state, waves, labels);
  waves.dispose();
  disposeState(state);
  return result;
}
