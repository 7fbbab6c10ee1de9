/** A long training needs no more memory at its end than at its start. */
import * as tf from "@tensorflow/tfjs";
import { assertEquals } from "@std/assert";
import { openBackend } from "../../../lib/backend/backend_io.ts";
import { Rng } from "../../../lib/base/random.ts";
import { wasmKernels } from "../../../lib/kernels/wasm/runtime.ts";
import { buildNetwork } from "../../../lib/models/network.ts";
import { createState, disposeState } from "../../../lib/nn/state.ts";
import { work } from "../../../lib/tasks/kws/work.ts";
import { learnerOf } from "../../../lib/train/objective.ts";
import { createOptimizer } from "../../../lib/train/optimizer.ts";
import { trainStep } from "../../../lib/train/step.ts";
import { clipBatch } from "../../support/batches.ts";
import { SGD } from "../../support/rules.ts";
import { nnAudio } from "../frontends/papers.ts";
import { original } from "../models/harness.ts";

const [SAMPLES, CLASSES, STEPS] = [800, 3, 1000];

await openBackend("wasm");

/** All memory that steps could leave behind, in tensors and bytes. */
function held() {
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  const { keptBytes, scratchBytes } = wasmKernels()!;
  const backend = tf.backend() as unknown as { wasm: { asm: { memory: WebAssembly.Memory } } };
  const memoryBytes = backend.wasm.asm.memory.buffer.byteLength;
  return { numTensors, numDataBuffers, numBytes, keptBytes, scratchBytes, memoryBytes };
}

for (const kind of ["linear", "bc_resnet"] as const) {
  Deno.test(`trainStep() holds the same memory after 1,000 steps of ${kind} as after ten`, async () => {
    const spec = await nnAudio("D", { n_mels: 8, normalise: "batch" });
    const network = await buildNetwork(spec, original(kind), "clip", CLASSES, SAMPLES);
    const before = held();
    const state = createState(network, Rng.fromSeed(1));
    const group = { lr: 1e-4, weightDecay: 1e-3, clipNorm: 1 };
    const optimizer = createOptimizer(
      { model: group, stft: group, mel: group },
      SGD,
      network.specs,
      state,
    );
    const trainee = { learner: learnerOf(network, work), state, optimizer };
    const [rng, dropout] = [Rng.fromSeed(2), Rng.fromSeed(3)];
    const waves = Float32Array.from({ length: 2 * SAMPLES }, () => rng.uniform(-1, 1));
    const batch = clipBatch(waves, [SAMPLES], [0, 2], 0);
    const take = async (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        const options = { rateFactor: 1, dropout: dropout.fork(i) };
        await trainStep(trainee, batch, options);
      }
    };
    await take(0, 10);
    const early = held();
    await take(10, STEPS);
    assertEquals(held(), early);
    optimizer.dispose();
    disposeState(state);
    const { numTensors, numDataBuffers, numBytes, keptBytes } = before;
    const { scratchBytes, memoryBytes } = early; // these stay for the next job
    assertEquals(held(), { numTensors, numDataBuffers, numBytes, keptBytes, scratchBytes, memoryBytes });
  });
}
