/** Stores with the receipts of runs that nobody computed. */
import type { Json } from "../../lib/base/json.ts";
import type { Store } from "../../pipeline/engine/store/store_io.ts";
import type { ContentDigest, Receipt, TaskKey } from "../../pipeline/engine/types.ts";
import { receiptFor, task } from "./tasks.ts";

export interface FakeRun {
  readonly run: string;
  readonly setting: "A" | "B" | "C" | "D";
  readonly model: string;
  readonly accuracy: number;
  readonly epochs?: number;
  readonly startedAt?: string;
}

/** Commits one task whose outputs are these files. */
export async function commitFiles(
  store: Store,
  name: string,
  slice: Json,
  inputs: Readonly<Record<string, ContentDigest>>,
  files: Readonly<Record<string, string>>,
  startedAt?: string,
): Promise<Receipt> {
  const spec = task(name, {}, { slice, outputs: Object.keys(files) });
  const blank = receiptFor(spec, inputs, "");
  const staging = store.openStaging(blank.key);
  for (const [file, text] of Object.entries(files)) Deno.writeTextFileSync(`${staging.outDir}/${file}`, text);
  const outputs = await store.hashOutputs(staging, spec.outputs, name);
  const receipt = { ...blank, outputs, ...(startedAt === undefined ? {} : { startedAt }) };
  const committed = await store.commit({ staging, receipt });
  store.discardStaging(staging);
  return committed.receipt;
}

/** Index, features, training and evaluation of a run, as a graph leaves them. @returns The training's key. */
export async function commitRun(store: Store, fake: FakeRun): Promise<TaskKey> {
  const { run, setting, model, accuracy, epochs = 20 } = fake;
  const digest = (receipt: Receipt, name: string) => receipt.outputs[name]!.digest;
  const index = await commitFiles(store, "index/toys", { silence: 1, targets: ["yes", "no"] }, {}, {
    "index.json": "{}",
  });
  const features = await commitFiles(
    store,
    "features/toys-power",
    {},
    { index: digest(index, "index.json") },
    {
      "train.safetensors": "power",
    },
  );
  const trainable = { stft: setting === "C" || setting === "D", mel: setting === "B" || setting === "D" };
  const train = await commitFiles(
    store,
    `train/${run}`,
    {
      frontend: { kind: "nnaudio", nMels: 40, mask: null, trainable },
      model: { kind: model },
      trainer: { epochs },
      optim: { kind: "sgd", model: { lr: 0.001 }, mel: { lr: 0.00001 } },
      seed: 0,
    },
    { train: digest(features, "train.safetensors") },
    {
      "best.safetensors": `best of ${run} ${epochs}`,
      "history.json": JSON.stringify({
        format: 1,
        best_epoch: 2,
        epochs: [1, 2].map((epoch) => ({ epoch, lr: {}, loss: 1 / epoch, validation_loss: 2 / epoch })),
      }),
    },
    fake.startedAt,
  );
  await commitFiles(store, `evaluate/${run}`, {}, { best: digest(train, "best.safetensors") }, {
    "metrics.json": JSON.stringify({
      format: 1,
      classes: ["yes", "no"],
      trained_parameters: 12,
      checkpoints: {
        best: { epoch: 2, figures: { accuracy, f1: { macro: accuracy / 2 }, confusion: [[1, 0], [0, 1]] } },
        last: { epoch: epochs, figures: { accuracy: accuracy / 3 } },
      },
    }),
  });
  return train.key;
}
