/** How the page listens: the numbers of the library's own ways, whatever the blocks. */
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { encodeTensors } from "../../../lib/formats/safetensors.ts";
import type { FrontendSpec } from "../../../lib/frontends/contract.ts";
import { readKernels } from "../../../lib/kernels/wasm/read_kernels_io.ts";
import { openListener } from "../../../lib/live/listener_io.ts";
import { openRecogniser } from "../../../lib/live/recogniser.ts";
import type { ModelSpec } from "../../../lib/models/contract.ts";
import { disposeState } from "../../../lib/nn/state.ts";
import { checkpointMetadata } from "../../../lib/records/checkpoint.ts";
import { stateTensors } from "../../../lib/train/checkpoint.ts";
import { copyValues } from "../../../lib/train/snapshot.ts";
import { type Ear, openEar, type Stretch } from "../../../pipeline/demo/ear.ts";
import { nnAudio } from "../../lib/frontends/papers.ts";
import { BC_RESNET, CLASSES, distance, randomNetwork, soundOf } from "../../lib/incremental/streams.ts";
import { openForTest } from "../../support/backends.ts";

const [RATE, SAMPLES, HOP_SECONDS] = [16000, 8000, 0.1];
const CAUSAL = { ...BC_RESNET, padding: "causal" };
const names = ["yes", "no", "go", "_silence_", "_unknown_"];

async function checkpoint(frontend: FrontendSpec, model: ModelSpec): Promise<Uint8Array> {
  const { network, state } = await randomNetwork(frontend, model, SAMPLES);
  const classes = names.slice(0, CLASSES);
  const record = { task: "kws", epoch: 1, classes, frontend, model, sampleRate: RATE, clipSamples: SAMPLES };
  const tensors = stateTensors(network.specs, await copyValues(state));
  disposeState(state);
  return encodeTensors(tensors, checkpointMetadata(record));
}

async function withEar(bytes: Uint8Array, use: (ear: Ear) => Promise<void>): Promise<void> {
  using recogniser = await openRecogniser(bytes, "checkpoint");
  const kernels = await readKernels(false);
  await use(await openEar(bytes, "checkpoint", { recogniser, hopSeconds: HOP_SECONDS, kernels }));
}

async function heard(ear: Ear, sound: Float32Array, rate = RATE, block = 1024): Promise<Stretch[]> {
  ear.begin(rate);
  const stretches: Stretch[] = [];
  for (let at = 0; at < sound.length; at += block) {
    for (const cut of ear.cut(sound.subarray(at, at + block))) stretches.push(await ear.hear(cut));
  }
  return stretches;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

/** Of the parts' differences, the largest, where both have values. */
function apart(found: Float32Array, wanted: Float32Array): number {
  return wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]!)), 0);
}

Deno.test("an ear by frames decides as the library's listener does, and shows what both front-ends see", async () => {
  await openForTest("wasm");
  const frontend = await nnAudio("B", { normalise: "batch", center: false });
  const bytes = await checkpoint(frontend, CAUSAL);
  const sound = soundOf(3 * SAMPLES);
  using listener = await openListener(bytes, "checkpoint", { inputRate: RATE, hopSeconds: HOP_SECONDS });
  const wanted = await listener.push(sound);
  using recogniser = await openRecogniser(bytes, "checkpoint");
  const clip = await recogniser.recognise(sound.slice(0, SAMPLES));
  const held = tf.memory().numTensors;
  await withEar(bytes, async (ear) => {
    assertEquals([ear.by, ear.reason, ear.hopSeconds], ["frames", null, HOP_SECONDS]);
    for (const block of [1024, 333]) { // the second time nothing of the first is left
      const stretches = await heard(ear, sound, RATE, block);
      assertEquals(joined(stretches.map(({ wave }) => wave)), sound);
      const decisions = stretches.flatMap((stretch) => stretch.decisions);
      assertEquals(decisions.map(({ seconds }) => seconds), wanted.map(({ seconds }) => seconds));
      for (const [i, { probabilities }] of decisions.entries()) {
        assert(distance(probabilities, wanted[i]!.probabilities) < 1e-6);
      }
      for (const view of ["learned", "initial"] as const) {
        const found = joined(stretches.map((stretch) => stretch[view]));
        const { frames } = recogniser;
        const bands = clip[view].length / frames;
        const rows = Float32Array.from(
          { length: frames * bands },
          (_, i) => clip[view][(i % bands) * frames + Math.floor(i / bands)]!,
        );
        assert(apart(found, rows) < 1e-3, `${view}: ${apart(found, rows)}`);
      }
      const [learned, initial] = [stretches[9]!.learned, stretches[9]!.initial];
      assert(learned.length === initial.length && apart(learned, initial) > 0.01);
    }
  });
  assertEquals(tf.memory().numTensors, held);
});

for (
  const [by, frontend, model] of [
    ["frames", await nnAudio("A", { normalise: "batch", center: false }), CAUSAL],
    ["windows", await nnAudio("A", { normalise: "batch" }), BC_RESNET],
  ] as const
) {
  Deno.test(`an ear by ${by} decides on nothing before a clip was heard, and takes no sound for silence`, async () => {
    await openForTest("wasm");
    await withEar(await checkpoint(frontend, model), async (ear) => {
      assertEquals(ear.by, by);
      assertEquals(ear.reason === null, by === "frames");
      const rate = 48000;
      const stretches = await heard(ear, new Float32Array(rate), rate);
      const decisions = stretches.flatMap((stretch) => stretch.decisions);
      assert(decisions.length >= 4, `${decisions.length} decisions`);
      assert(decisions.every(({ seconds }) => seconds >= SAMPLES / RATE - 1e-9));
      for (const { probabilities } of decisions) assertEquals([...probabilities], [0, 0, 0, 1, 0]);
      const loud = (await heard(ear, soundOf(RATE))).flatMap((stretch) => stretch.decisions);
      assert(loud.every(({ probabilities }) => probabilities[3]! < 1));
    });
  });
}
