import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../../lib/base/errors.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { loadKind } from "../../../lib/base/kinds.ts";
import { Rng } from "../../../lib/base/random.ts";
import { type Setting, SETTINGS } from "../../../lib/frontends/contract.ts";
import { bcResNetLayout, subSpectralGroups } from "../../../lib/models/bc_resnet/layout.ts";
import { makeFrontend } from "../../../lib/frontends/front_end.ts";
import type { ModelSpec } from "../../../lib/models/contract.ts";
import { buildNetwork } from "../../../lib/models/network.ts";
import { MODELS } from "../../../lib/models/kinds.ts";
import type { Network } from "../../../lib/models/network_contract.ts";
import { shapeOf } from "../../../lib/nn/representation.ts";
import { countTrainable, createState, disposeState } from "../../../lib/nn/state.ts";
import { Golden } from "../../fixtures/golden/golden.ts";
import { openForTest } from "../../support/backends.ts";
import { configOf, fastAudio, nnAudio } from "../frontends/papers.ts";
import { lossAndGradients, original } from "./harness.ts";

async function build(setting: Setting, model: string, changes: JsonObject = {}): Promise<Network> {
  return buildNetwork(await nnAudio(setting, changes), original(model), "clip", 12, 16000);
}

Deno.test("countTrainable() gives the paper's numbers of parameters", async () => {
  const counts = (model: string) =>
    Promise.all(SETTINGS.map(async (setting) => countTrainable(await build(setting, model))));
  assertEquals(await counts("linear"), [48_492, 58_132, 279_852, 289_492]);
  assertEquals(await counts("bc_resnet"), [9_160, 18_800, 240_520, 250_160]);
  assertEquals(await counts("ds_cnn"), [23_756, 33_396, 255_116, 264_756]);
  assertEquals(await counts("matchboxnet"), [71_556, 81_196, 302_916, 312_556]);
});

Deno.test("countTrainable() does not change with normalisation", async () => {
  const of = async (normalise: string) => countTrainable(await build("D", "linear", { normalise }));
  assertEquals(await of("batch"), await of("none"));
});

Deno.test("countTrainable() of fastaudio adds two values for each band in setting B", async () => {
  const count = async (setting: Setting) =>
    countTrainable(await buildNetwork(await fastAudio(setting), original("linear"), "clip", 12, 16000));
  const [a, b, d] = [await count("A"), await count("B"), await count("D")];
  assertEquals([b - a, d - a], [80, 80 + 2 * 241 * 480]);
});

Deno.test("models are refused that are not known, or do not fit", async () => {
  const spec = await nnAudio("A");
  const refused = (model: JsonObject & { kind: string }, message: string) =>
    assertRejects(() => buildNetwork(spec, model, "clip", 12, 16000), UserError, message);
  await refused(
    { kind: "cnn" },
    'Cannot use the model "cnn": there is linear, bc_resnet, ds_cnn, matchboxnet.',
  );
  await refused({ kind: "bc_resnet" }, "Cannot build bc_resnet: dropout");
  await assertRejects(
    () => buildNetwork(spec, original("linear"), "clip", 12, null),
    RangeError,
    "any length",
  );
  await assertRejects(() => buildNetwork(spec, original("linear"), "clip", 12, 200), RangeError, "too short");
  const { check } = await loadKind(MODELS, "bc_resnet", "model");
  assertEquals(check(original("bc_resnet"), { channels: 1, bands: 40 }), []);
  assertEquals(
    check(original("bc_resnet"), { channels: 1, bands: 4 })[0]!.message.split("wants ")[1],
    "5 to 128 bands, found 4",
  );
});

for (const [kind, folder] of [["linear", "linear"], ["bc_resnet", "bcresnet"]] as const) {
  Deno.test(`${kind} has the names and shapes of the PyTorch module`, async () => {
    const golden = new Golden();
    const specs = new Map((await build("D", kind)).specs.map((s) => [s.name, [...s.shape]]));
    for (const name of golden.names(`${folder}/init`)) {
      assertEquals(specs.get(name), golden.array(`${folder}/init/${name}`).shape, name);
      specs.delete(name);
    }
    assertEquals(
      specs,
      new Map([["mel_layer.stft.wcos", [241, 1, 480]], ["mel_layer.stft.wsin", [241, 1, 480]]]),
    );
  });
}

Deno.test("createState() draws PyTorch's ranges, the same for the same seed", async () => {
  await openForTest("cpu");
  const network = await build("A", "bc_resnet");
  const states = [1, 1, 2].map((seed) => createState(network, Rng.fromSeed(seed)));
  const [first, again, other] = await Promise.all(states.map((state) => state.get("conv1.weight")!.data()));
  assertEquals(first, again);
  assert(first!.some((v, i) => v !== other![i]));
  const bound = 1 / Math.sqrt(25);
  assert(first!.every((v) => Math.abs(v) <= bound) && first!.some((v) => Math.abs(v) > 0.9 * bound));
  assertEquals(new Set(await states[0]!.get("block1_1.ssn.bn.weight")!.data()), new Set([1]));
  assertEquals(new Set(await states[0]!.get("block1_1.ssn.bn.running_mean")!.data()), new Set([0]));
  states.forEach(disposeState);
});

Deno.test("subSpectralGroups() makes at most five groups of near-equal height", () => {
  assertEquals([20, 10, 5].map(subSpectralGroups), [[4, 4, 4, 4, 4], [2, 2, 2, 2, 2], [1, 1, 1, 1, 1]]);
  assertEquals([1, 3, 7, 64].map(subSpectralGroups), [[1], [1, 1, 1], [2, 2, 1, 1, 1], [13, 13, 13, 13, 12]]);
});

Deno.test("bcResNetLayout() equals the original at 40 bands", () => {
  const { blocks, lastHeight } = bcResNetLayout(40, 1);
  assertEquals(lastHeight, 5);
  assertEquals(
    blocks.map((b) =>
      `block${b.stage + 1}_${
        b.place + 1
      } ${b.inChannels}>${b.outChannels} /${b.strideF} d${b.dilation} h${b.height}`
    ),
    [
      "block1_1 16>8 /1 d1 h20",
      "block1_2 8>8 /1 d1 h20",
      "block2_1 8>12 /2 d2 h10",
      "block2_2 12>12 /1 d2 h10",
      "block3_1 12>16 /2 d4 h5",
      "block3_2 16>16 /1 d4 h5",
      "block3_3 16>16 /1 d4 h5",
      "block3_4 16>16 /1 d4 h5",
      "block4_1 16>20 /1 d8 h5",
      "block4_2 20>20 /1 d8 h5",
      "block4_3 20>20 /1 d8 h5",
      "block4_4 20>20 /1 d8 h5",
    ],
  );
});

Deno.test("bcResNetLayout() fills every height from 5 to 128 bands and refuses others", () => {
  for (let nMels = 5; nMels <= 128; nMels++) {
    const { blocks, lastHeight } = bcResNetLayout(nMels, 1);
    for (const block of blocks) {
      assertEquals(block.groups.reduce((sum, rows) => sum + rows, 0), block.height);
      assert(block.groups.length <= 5 && Math.max(...block.groups) - Math.min(...block.groups) <= 1);
    }
    assertEquals(lastHeight, Math.ceil(nMels / 8));
  }
  for (const nMels of [4, 129, 40.5]) {
    assertThrows(
      () => bcResNetLayout(nMels, 1),
      RangeError,
      `${nMels} Mel bands: wanted a whole number from 5 to 128`,
    );
  }
});

for (const nMels of [5, 8, 10, 20, 23, 30, 80, 128]) {
  Deno.test(`bc_resnet takes a training step with ${nMels} bands`, async () => {
    await openForTest("wasm");
    const spec = await nnAudio("A", { n_mels: nMels });
    const network = await buildNetwork(spec, original("bc_resnet"), "clip", 3, 3200);
    assertEquals(shapeOf(network.representations[network.frozen]!, 21), [nMels, 21]);
    const state = createState(network, Rng.fromSeed(0));
    const rng = Rng.fromSeed("features");
    const x = tf.tensor(Float32Array.from({ length: 2 * nMels * 21 }, () => rng.normal()), [2, nMels, 21]);
    const { loss, gradients } = await lossAndGradients(network, state, x, [0, 2]);
    assert(loss > 0.1 && loss < 10);
    for (const [name, gradient] of gradients) assert(gradient.every(Number.isFinite), name);
    x.dispose();
    disposeState(state);
  });
}

Deno.test("models take several channels, with the shapes that PyTorch's layers have", async () => {
  await openForTest("wasm");
  const { config, context } = configOf("nnaudio", { normalise: "batch" });
  const compression = { kind: "log_tbn", a: 5, median: true };
  const frontend = await makeFrontend(config, { ...context, trained: ["log_tbn"], compression });
  const kim = { ...original("bc_resnet"), edition: "kim" };
  const first: readonly (readonly [ModelSpec, string, number[]])[] = [
    [original("linear"), "linearlayer.weight", [12, 2 * 40 * 101]],
    [original("bc_resnet"), "conv1.weight", [16, 2, 5, 5]],
    [kim, "cnn_head.0.weight", [16, 2, 5, 5]],
    [{ kind: "ds_cnn", size: "S" }, "conv.weight", [64, 2, 4, 10]],
    [
      { kind: "matchboxnet", blocks: 1, sub_blocks: 1, channels: 8 },
      "encoder.encoder.0.mconv.1.conv.weight",
      [128, 80, 1],
    ],
  ];
  for (const [model, name, shape] of first) {
    const network = await buildNetwork(frontend, model, "clip", 12, 16000);
    assertEquals(network.specs.find((spec) => spec.name === name)?.shape, shape);
    const state = createState(network, Rng.fromSeed(model.kind));
    const features = tf.randomUniform([2, 40, 101], 0, 1, "float32", 5);
    const { loss, gradients } = await lossAndGradients(network, state, features, [3, 7]);
    assert(Number.isFinite(loss));
    assert(gradients.get(name)!.some((g) => g !== 0));
    features.dispose();
    disposeState(state);
    assertEquals(tf.memory().numTensors, 0);
  }
});
