import { assert, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../../lib/base/errors.ts";
import { Rng } from "../../../lib/base/random.ts";
import { decodeTensors, encodeTensors } from "../../../lib/formats/safetensors.ts";
import { applyPrefix } from "../../../lib/frontends/prefix.ts";
import { type FrontendSpec, prefixSpec } from "../../../lib/frontends/spec.ts";
import { Recogniser } from "../../../lib/live/recogniser.ts";
import { buildNetwork, createState, disposeState } from "../../../lib/models/network.ts";
import { stateTensors } from "../../../lib/train/checkpoint.ts";
import { copyValues } from "../../../lib/train/snapshot.ts";
import { openForTest } from "../../support/backends.ts";
import { paperFastAudio, paperFrontend } from "../models/harness.ts";

const CLASSES = ["yes", "no", "_silence_"];
const SAMPLES = 8000;

/** A checkpoint with random values everywhere, as training writes one. */
async function checkpoint(frontend: FrontendSpec) {
  const network = buildNetwork(frontend, { kind: "linear" }, CLASSES.length, SAMPLES);
  const state = createState(network, Rng.fromSeed(5));
  for (const [name, variable] of state) {
    const rng = Rng.fromSeed(name);
    const moved = (await variable.data<"float32">()).map((value) => value * rng.uniform(0.8, 1.2));
    variable.assign(tf.tensor(moved, variable.shape, "float32"));
  }
  const bytes = encodeTensors(stateTensors(network.specs, await copyValues(state)), {
    classes: JSON.stringify(CLASSES),
    frontend: JSON.stringify(frontend),
    model: JSON.stringify({ kind: "linear" }),
    clip_samples: String(SAMPLES),
  });
  return { network, state, file: decodeTensors(bytes, "checkpoint") };
}

const frontends: readonly (readonly [string, FrontendSpec])[] = [
  ...(["A", "B", "C", "D"] as const).map((setting) =>
    [`nnaudio ${setting}`, paperFrontend(setting, { normalise: "batch" })] as const
  ),
  ["fastaudio B", paperFastAudio("B", { normalise: "clip_mean" })],
];
for (const [name, frontend] of frontends) {
  Deno.test(`Recogniser gives a checkpoint's logits from a waveform: ${name}`, async () => {
    await openForTest("wasm");
    const { network, state, file } = await checkpoint(frontend);
    const rng = Rng.fromSeed("wave");
    const wave = Float32Array.from({ length: SAMPLES }, () => 0.1 * rng.normal());
    const wanted = tf.tidy(() => {
      const features = applyPrefix(prefixSpec(frontend), tf.tensor2d(wave, [1, SAMPLES]));
      return network.forward(state, features, { training: false });
    });
    const before = tf.memory().numTensors;
    {
      using recogniser = new Recogniser(file, "checkpoint");
      const held = tf.memory().numTensors;
      const { logits, probabilities, learned, initial } = await recogniser.recognise(wave);
      assertEquals(logits, await wanted.data<"float32">());
      assert(Math.abs(probabilities.reduce((sum, p) => sum + p, 0) - 1) < 1e-6);
      assertEquals([learned.length, initial.length], [40 * recogniser.frames, 40 * recogniser.frames]);
      const { stft, mel } = frontend.trainable;
      assertEquals(recogniser.learned, stft || mel);
      assertEquals(learned.some((value, i) => value !== initial[i]), stft || mel);
      assertEquals(tf.memory().numTensors, held);
    }
    assertEquals(tf.memory().numTensors, before);
    wanted.dispose();
    disposeState(state);
  });
}

Deno.test("Recogniser refuses files that do not say what they are", async () => {
  await openForTest("wasm");
  const { file, state } = await checkpoint(paperFrontend("A"));
  assertThrows(
    () => new Recogniser({ ...file, metadata: {} }, "x.safetensors"),
    UserError,
    "Cannot listen with x.safetensors: it does not say its classes",
  );
  disposeState(state);
});
