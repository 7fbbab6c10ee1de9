/** Where a part of the front-end is adapted alone, all else keeps its bytes, whatever model is behind it. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { openBackend } from "../../../lib/backend/backend_io.ts";
import { parseRecord } from "../../../lib/base/record.ts";
import { copyOf } from "../../../lib/nn/state.ts";
import { train } from "../../../lib/train/loop.ts";
import { openOptimizer } from "../../../lib/train/optimizer.ts";
import { openTraining } from "../../../lib/train/session_io.ts";
import { optimSchema } from "../../../lib/train/spec.ts";
import { ADAM, frontendOf, writeWaveforms } from "../../pipeline/stages/tiny.ts";
import { tempDir } from "../../support/temp_dir.ts";

await openBackend("wasm");

const MODELS = [
  { kind: "linear" },
  { kind: "bc_resnet", edition: "heung", width: 1, dropout: { transition: 0.5, broadcasted: 0.1 } },
  { kind: "ds_cnn", size: "S" },
  { kind: "matchboxnet", blocks: 3, sub_blocks: 1, channels: 64 },
];
const PCEN = {
  kind: "pcen",
  ...{ parameterisation: "direct", gain: 0.98, bias: 2, power: 0.5, smoothing: 0.025, eps: 1e-6 },
};

for (const model of MODELS) {
  Deno.test(`${model.kind} keeps its bytes while PCEN before it learns`, async () => {
    await using folder = tempDir();
    await writeWaveforms(`${folder.path}/waves`, 6, "train");
    const spec = {
      task: "kws",
      frontend: await frontendOf(["pcen"], { normalise: "batch" }, PCEN),
      ...{ model, freezeModel: true, augment: { kind: "none" }, labelSmoothing: 0 },
      ...{
        seed: 3,
        workers: 0,
        batchSize: 6,
        sampler: "shuffle",
        classClips: {},
        classWeights: "equal" as const,
      },
    };
    const files = { train: `${folder.path}/waves`, validation: `${folder.path}/waves` };
    using open = await openTraining(spec, files, () => {});
    const { network: { specs }, state } = open;
    const trained = specs.filter(({ trainable }) => trainable).map(({ name }) => name);
    assertEquals(trained, ["alpha", "delta", "r", "s"].map((last) => `compression.${last}`));
    const values = async () =>
      new Map(
        await Promise.all([...state.keys()].map(async (name) => [name, await copyOf(state, name)] as const)),
      );
    const before = await values();
    // Adam's steps are as large however little of the gradient an untrained model lets through.
    const optim = { ...ADAM, parts: { pcen: { lr: 0.01, weight_decay: 0, clip_norm: 1 } } };
    const optimizer = await openOptimizer(parseRecord(optimSchema, optim, "Cannot use", ""), specs, state);
    const losses: number[] = [];
    for await (
      const event of train({
        objective: open.objective(null),
        ...{ state, optimizer, schedule: { kind: "constant" }, epochs: 12, rng: open.rng },
      })
    ) {
      assert(event.type !== "failed");
      if (event.type === "epoch") losses.push(event.record.validationLoss);
    }
    for (const [name, after] of await values()) {
      (trained.includes(name) ? assertNotEquals : assertEquals)(after, before.get(name)!, name);
    }
    assert(losses.at(-1)! < losses[0]!, losses.join());
  });
}
