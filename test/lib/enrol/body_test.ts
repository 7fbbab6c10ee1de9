/** Bodies of every model: an embedding times the head is what the network says, and another head makes a checkpoint. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../../lib/base/errors.ts";
import { openBody } from "../../../lib/enrol/body.ts";
import { logitsOf } from "../../../lib/enrol/head.ts";
import { decodeTensors, encodeTensors } from "../../../lib/formats/safetensors.ts";
import { openRecogniser } from "../../../lib/live/recogniser.ts";
import { parseCheckpoint } from "../../../lib/records/checkpoint.ts";
import type { ModelSpec } from "../../../lib/models/contract.ts";
import { openForTest } from "../../support/backends.ts";
import { tunedCheckpoint } from "../../support/tuned_checkpoint.ts";
import { BC_RESNET, soundOf } from "../incremental/streams.ts";
import { bodyBytes, CLASSES, SAMPLES } from "./bodies.ts";

const MODELS: Readonly<Record<string, readonly [model: ModelSpec, size: number]>> = {
  "linear": [{ kind: "linear" }, 40 * 51],
  "BC-ResNet": [BC_RESNET, 32],
  "BC-ResNet as its authors have it": [{ ...BC_RESNET, edition: "kim", width: 1.5 }, 48],
  "DS-CNN": [{ kind: "ds_cnn", size: "S" }, 64],
  "MatchboxNet": [{ kind: "matchboxnet" }, 128],
};

for (const [name, [model, size]] of Object.entries(MODELS)) {
  Deno.test(`the body of ${name} gives what its head takes in`, async () => {
    await openForTest("wasm");
    const bytes = await bodyBytes(model, "D");
    const before = tf.memory().numTensors;
    {
      using body = await openBody(bytes, "model.safetensors");
      assertEquals(body.size, size);
      const waves = [soundOf(SAMPLES, "a"), soundOf(SAMPLES, "b")];
      const embeddings = await body.embed(waves);
      const logits = logitsOf(body.head, embeddings, size);
      using recogniser = await openRecogniser(bytes, "model.safetensors");
      for (const [i, wave] of waves.entries()) {
        const heard = await recogniser.recognise(wave);
        heard.logits.forEach((wanted, k) => {
          const found = logits[i * CLASSES.length + k]!;
          assert(
            Math.abs(found - wanted) < 1e-4 * Math.max(1, Math.abs(wanted)),
            `${found}, wanted ${wanted}`,
          );
        });
      }
      const [same, given] = [body.withHead(CLASSES, body.head), bytes].map((file) =>
        decodeTensors(file, "file")
      );
      assertEquals(parseCheckpoint(same!.metadata, "same"), parseCheckpoint(given!.metadata, "given"));
      assertEquals([...same!.tensors.keys()], [...given!.tensors.keys()]);
      for (const [tensor, { shape, data }] of given!.tensors) {
        const found = same!.tensors.get(tensor)!;
        assertEquals(found.shape, shape);
        assert(found.data.every((value, i) => value === data[i]), tensor);
      }
      await assertRejects(() => body.embed([new Float32Array(5)]), RangeError, "wanted 8000");
    }
    assertEquals(tf.memory().numTensors, before);
  });
}

Deno.test("bodies are told apart by what is in them, not by their heads", async () => {
  await openForTest("wasm");
  const bytes = await bodyBytes(BC_RESNET);
  using body = await openBody(bytes, "a");
  const head = { weight: body.head.weight.map((value) => -value), bias: body.head.bias };
  using other = await openBody(body.withHead(CLASSES, head), "b");
  assertEquals(other.digest, body.digest);
  const { tensors, metadata } = decodeTensors(bytes, "c");
  const moved = new Map([...tensors].map(([name, { shape, data }]) => {
    const values = Float32Array.from(data as Float32Array);
    return [name, { shape, data: name.startsWith("conv2") ? values.map((value) => value + 0.1) : values }];
  }));
  using third = await openBody(encodeTensors(moved, metadata), "c");
  assert(third.digest !== body.digest);
});

Deno.test("another head has no threshold of those that were chosen for the one before", async () => {
  await openForTest("wasm");
  const bytes = tunedCheckpoint(await bodyBytes(BC_RESNET), {
    threshold: 0.5,
    thresholds: { [CLASSES[0]!]: 0.9 },
  });
  assertEquals(parseCheckpoint(decodeTensors(bytes, "a").metadata, "a")!.operatingPoint?.threshold, 0.5);
  using body = await openBody(bytes, "a");
  const { metadata } = decodeTensors(body.withHead(CLASSES, body.head), "b");
  assertEquals(parseCheckpoint(metadata, "b")!.operatingPoint, undefined);
});

Deno.test("openBody() refuses in one sentence what is no checkpoint of words", async () => {
  await openForTest("wasm");
  const { tensors, metadata } = decodeTensors(await bodyBytes(BC_RESNET), "given");
  const own = tensors as Parameters<typeof encodeTensors>[0];
  const { clip_samples: _, ...unsized } = metadata;
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [encodeTensors(own, {}), /does not say its classes/],
    [encodeTensors(own, { ...unsized, clip_samples: "null" }), /recordings of any length/],
    [encodeTensors(new Map([...own].slice(1)), metadata), /found no tensor/],
  ];
  for (const [bytes, wanted] of cases) {
    const error = await assertRejects(() => openBody(bytes, "strange.safetensors"), UserError);
    assertEquals(error.reason, "bad-file");
    assert(wanted.test(error.message) && error.message.includes("strange.safetensors"), error.message);
  }
});
