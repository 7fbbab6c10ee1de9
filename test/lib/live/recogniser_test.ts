import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../../lib/base/errors.ts";
import { Rng } from "../../../lib/base/random.ts";
import { encodeTensors } from "../../../lib/formats/safetensors.ts";
import type { FrontendSpec } from "../../../lib/frontends/contract.ts";
import { openRecogniser } from "../../../lib/live/recogniser.ts";
import { buildNetwork } from "../../../lib/models/network.ts";
import { bandsOf } from "../../../lib/nn/representation.ts";
import { createState, disposeState, frozenState } from "../../../lib/nn/state.ts";
import { checkpointMetadata } from "../../../lib/records/checkpoint.ts";
import { stateTensors } from "../../../lib/train/checkpoint.ts";
import { copyValues } from "../../../lib/train/snapshot.ts";
import { openForTest } from "../../support/backends.ts";
import { asPreferred } from "../frontends/filters/front_ends.ts";
import { fastAudio, nnAudio } from "../frontends/papers.ts";

const CLASSES = ["yes", "no", "_silence_"];
const SAMPLES = 8000;

/** A checkpoint with random values everywhere, as training writes one. */
async function checkpoint(frontend: FrontendSpec, clipSamples: number | null = SAMPLES) {
  const model = { kind: "linear" };
  const network = await buildNetwork(frontend, model, "clip", CLASSES.length, SAMPLES);
  const state = createState(network, Rng.fromSeed(5));
  for (const [name, variable] of state) {
    const rng = Rng.fromSeed(name);
    const moved = (await variable.data<"float32">()).map((value) => value * rng.uniform(0.8, 1.2));
    variable.assign(tf.tensor(moved, variable.shape, "float32"));
  }
  const record = { task: "kws", epoch: 1, classes: CLASSES, frontend, model, sampleRate: 16000, clipSamples };
  const bytes = encodeTensors(
    stateTensors(network.specs, await copyValues(state)),
    checkpointMetadata(record),
  );
  return { network, state, bytes };
}

const frontends = [
  ...(["A", "B", "C", "D"] as const).map((setting) =>
    [`nnaudio ${setting}`, () => nnAudio(setting, { normalise: "batch" })] as const
  ),
  ["fastaudio B", () => fastAudio("B", { normalise: "clip_mean" })] as const,
  ["leaf A with PCEN", () => asPreferred("leaf", "A")] as const,
  ["leaf D with PCEN", () => asPreferred("leaf", "D")] as const,
  ["mfcc A", () => asPreferred("mfcc", "A")] as const,
  ["mfcc D", () => asPreferred("mfcc", "D")] as const,
];
for (const [name, frontendOf] of frontends) {
  Deno.test(`Recogniser gives a checkpoint's logits from a waveform: ${name}`, async () => {
    await openForTest("wasm");
    const frontend = await frontendOf();
    const { network, state, bytes } = await checkpoint(frontend);
    const rng = Rng.fromSeed("wave");
    const wave = Float32Array.from({ length: SAMPLES }, () => 0.1 * rng.normal());
    const frozen = frozenState(network);
    const wanted = tf.tidy(() => {
      const whole = new Map([...frozen, ...state]);
      return network.forward(whole, tf.tensor2d(wave, [1, SAMPLES]), { training: false }, 0);
    });
    const before = tf.memory().numTensors;
    {
      using recogniser = await openRecogniser(bytes, "checkpoint");
      const held = tf.memory().numTensors;
      const { logits, probabilities, learned, initial } = await recogniser.recognise(wave);
      assertEquals(logits, await wanted.data<"float32">());
      assert(Math.abs(probabilities.reduce((sum, p) => sum + p, 0) - 1) < 1e-6);
      const { bands } = bandsOf("a test", network.representations.at(-1)!);
      assertEquals(
        [learned.length, initial.length],
        [bands, bands].map((count) => count * recogniser.frames),
      );
      const trained = frontend.trained.length > 0;
      assertEquals(recogniser.learned, trained);
      assertEquals(learned.some((value, i) => value !== initial[i]), trained);
      assertEquals(tf.memory().numTensors, held);
    }
    assertEquals(tf.memory().numTensors, before);
    wanted.dispose();
    [state, frozen].forEach(disposeState);
  });
}

Deno.test("openRecogniser() refuses files that do not say what they are, or are of another kind", async () => {
  await openForTest("wasm");
  const { bytes, state } = await checkpoint(await nnAudio("A"), null);
  await assertRejects(
    () => openRecogniser(encodeTensors(new Map(), {}), "x.safetensors"),
    UserError,
    "Cannot listen with x.safetensors: it does not say its classes",
  );
  await assertRejects(
    () => openRecogniser(bytes, "x.safetensors"),
    UserError,
    "Cannot listen with x.safetensors: it was trained on recordings of any length",
  );
  disposeState(state);
});
