/** Checkpoints that listen to streams: by frames where the network allows it, else in windows, at any rate. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { resample } from "../../../lib/audio/resample.ts";
import { encodeTensors } from "../../../lib/formats/safetensors.ts";
import type { FrontendSpec } from "../../../lib/frontends/contract.ts";
import { openListener } from "../../../lib/live/listener_io.ts";
import type { ModelSpec } from "../../../lib/models/contract.ts";
import { disposeState } from "../../../lib/nn/state.ts";
import { checkpointMetadata } from "../../../lib/records/checkpoint.ts";
import { stateTensors } from "../../../lib/train/checkpoint.ts";
import { copyValues } from "../../../lib/train/snapshot.ts";
import { openForTest } from "../../support/backends.ts";
import { leaf, nnAudio } from "../frontends/papers.ts";
import { BC_RESNET, CLASSES, distance, randomNetwork, soundOf, wholeClip } from "../incremental/streams.ts";

const SAMPLES = 8000;

async function checkpoint(frontend: FrontendSpec, model: ModelSpec) {
  const { network, state } = await randomNetwork(frontend, model, SAMPLES);
  const classes = Array.from({ length: CLASSES }, (_, i) => `word${i}`);
  const record = { task: "kws", epoch: 1, classes, frontend, model, sampleRate: 16000, clipSamples: SAMPLES };
  const tensors = stateTensors(network.specs, await copyValues(state));
  return { network, state, bytes: encodeTensors(tensors, checkpointMetadata(record)) };
}

Deno.test("a causal network listens by frames and needs no tensors", async () => {
  await openForTest("wasm");
  const frontend = await nnAudio("B", { normalise: "batch", center: false });
  const { network, state, bytes } = await checkpoint(frontend, { ...BC_RESNET, padding: "causal" });
  const sound = soundOf(2 * SAMPLES);
  const before = tf.memory().numTensors;
  using listener = await openListener(bytes, "checkpoint", { inputRate: 16000 });
  assertEquals(tf.memory().numTensors, before);
  assertEquals([listener.by, listener.reason, listener.delaySeconds], ["frames", null, 0]);
  const decisions = await listener.push(sound);
  assertEquals(decisions.map(({ seconds }) => seconds), [0.5, 0.6, 0.7, 0.8, 0.9, 1]);
  const wanted = await wholeClip(network, state, sound.slice(0, SAMPLES));
  assert(distance(decisions[0]!.logits, wanted) < 1e-5);
  assertAlmostEquals(decisions[0]!.probabilities.reduce((sum, p) => sum + p), 1, 1e-6);
  assertEquals(await listener.flush(), []);
  assertEquals(await listener.push(sound.subarray(0, SAMPLES)), decisions.slice(0, 1));
  disposeState(state);
});

for (
  const [why, model, frontend] of [
    ["clip's length places them", { kind: "linear" }, () => leaf("A", { frames: "tensorflow" })],
    [
      "wait for those after them",
      { ...BC_RESNET, padding: "same" },
      () => nnAudio("B", { normalise: "batch" }),
    ],
  ] as const
) {
  Deno.test(`a network whose frames cannot follow each other listens in windows: ${why}`, async () => {
    await openForTest("wasm");
    const { network, state, bytes } = await checkpoint(await frontend(), model);
    const sound = soundOf(2 * SAMPLES + 700);
    const before = tf.memory().numTensors;
    {
      using listener = await openListener(bytes, "checkpoint", { inputRate: 16000, hopSeconds: 0.2 });
      assertEquals(listener.by, "windows");
      assert(listener.reason!.includes(why), listener.reason!);
      const held = tf.memory().numTensors;
      const decisions = [...await listener.push(sound), ...await listener.flush()];
      assertEquals(tf.memory().numTensors, held);
      assertEquals(decisions.map(({ seconds }) => seconds), [0.6, 0.8, 1, 1.04375]);
      for (const { seconds, logits } of decisions) {
        const end = Math.round(seconds * 16000);
        const wanted = await wholeClip(network, state, sound.slice(end - SAMPLES, end));
        assert(distance(logits, wanted) < 1e-6, `${logits} at ${seconds}, wanted ${wanted}`);
      }
      assertEquals(await listener.push(sound), decisions.slice(0, 3));
    }
    assertEquals(tf.memory().numTensors, before);
    disposeState(state);
  });
}

Deno.test("a stream of another rate is heard as the whole recording, resampled, to its end", async () => {
  await openForTest("wasm");
  const frontend = await nnAudio("A", { normalise: "batch" });
  const { network, state, bytes } = await checkpoint(frontend, { kind: "linear" });
  const sound = soundOf(22_050 / 2);
  const wanted = await wholeClip(network, state, resample(sound, 22_050, 16000));
  using listener = await openListener(bytes, "checkpoint", { inputRate: 22_050 });
  const decisions = [];
  for (let at = 0; at < sound.length; at += 1000) {
    decisions.push(...await listener.push(sound.subarray(at, at + 1000)));
  }
  decisions.push(...await listener.flush());
  assertEquals(decisions.map(({ seconds }) => seconds), [0.5]);
  assert(distance(decisions[0]!.logits, wanted) < 1e-5, `${decisions[0]!.logits}, wanted ${wanted}`);
  disposeState(state);
});
