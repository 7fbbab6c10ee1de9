/** Stores with the receipts of runs that nobody computed. */
import { sha256 } from "../../lib/base/digest.ts";
import type { Json } from "../../lib/base/json.ts";
import { kind } from "../../lib/frontends/nnaudio/kind.ts";
import { type ExampleIndex, indexText } from "../../lib/records/example_index.ts";
import { type History, historyText } from "../../lib/records/history.ts";
import { predictionsText } from "../../lib/records/predictions.ts";
import { metricsText } from "../../lib/records/metrics.ts";
import type { Store } from "../../pipeline/engine/store/store_io.ts";
import type { ContentDigest, Receipt, TaskKey } from "../../pipeline/engine/types.ts";
import { keywordRun, predictionsOf } from "./evaluated_runs.ts";
import { receiptFor, task } from "./tasks.ts";

export interface FakeRun {
  readonly run: string;
  readonly setting: "A" | "B" | "C" | "D";
  readonly model: string;
  readonly accuracy: number;
  readonly epochs?: number;
  readonly startedAt?: string;
  /** Of the front-end, behind its only one: steps that have no values. */
  readonly moreSteps?: readonly string[];
  /** Its accuracy at 20 dB. */
  readonly noisy?: number;
  /** Bytes of its best state, where they are not its own. */
  readonly best?: string;
  /** How many examples of its splits a list leaves out. */
  readonly excluded?: { readonly train: number; readonly test: number };
  /** Why it ended after two epochs. */
  readonly stopped?: History["stopped"];
  /** The same training, evaluated in another way under another name. */
  readonly alsoAs?: { readonly run: string; readonly accuracy: number };
}

const NO_EXAMPLES: ExampleIndex = {
  split: "train",
  classes: ["yes", "no"],
  sampleRate: 16000,
  clipSamples: 16000,
  sampleBits: 16,
  examples: [],
  notes: {},
  skipped: [],
};

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
  store.closeStaging(staging);
  return committed.receipt;
}

/** Index, features, training and evaluation of a run, as a graph leaves them. @returns The training's key. */
export async function commitRun(store: Store, fake: FakeRun): Promise<TaskKey> {
  const { run, setting, model, accuracy, epochs = 20, moreSteps = [], excluded } = fake;
  const digest = (receipt: Receipt, name: string) => receipt.outputs[name]!.digest;
  const settings = { silence: 1, targets: ["yes", "no"] };
  const indexed = (split: "train" | "test") => {
    const list = excluded && { exclude: sha256(JSON.stringify(excluded)) as ContentDigest };
    const text = excluded && indexText({ ...NO_EXAMPLES, split, notes: { excluded: excluded[split] } });
    return commitFiles(store, `index/toys-${split}`, { kind: "toys", split, settings }, list ?? {}, {
      "index.json": text ?? JSON.stringify({ split }),
    });
  };
  const index = await indexed("train");
  const features = await commitFiles(
    store,
    "features/toys-power-train",
    {},
    { index: digest(index, "index.json") },
    { "features.safetensors": `power without ${excluded?.train ?? 0}` },
  );
  const trained = kind.settings[setting];
  const train = await commitFiles(
    store,
    `train/${run}`,
    {
      task: "kws",
      frontend: {
        kind: "nnaudio",
        sample_rate: 16000,
        trained,
        steps: [
          { step: "mel", trained: trained.length > 0, n_mels: 40, mask: null },
          ...moreSteps.map((step) => ({ step, trained: false })),
        ],
      },
      model: { kind: model },
      trainer: { epochs },
      optim: { model: { lr: 0.001 }, mel: { lr: 0.00001 } },
      seed: 0,
    },
    { train: digest(features, "features.safetensors") },
    {
      "best.safetensors": fake.best ?? `best of ${run} ${epochs}`,
      "last.safetensors": `last of ${run} ${epochs}`,
      "history.json": historyText({
        bestEpoch: 2,
        epochs: [1, 2].map((epoch) => ({
          epoch,
          steps: 10 * epoch,
          lr: {},
          loss: 1 / epoch,
          accuracy: 0.25,
          validationLoss: 2 / epoch,
          validationAccuracy: 0.5,
        })),
        ...(fake.stopped && { stopped: fake.stopped }),
      }),
    },
    fake.startedAt,
  );
  const made = keywordRun({ setting, score: accuracy });
  const { metrics } = made;
  const [first, ...rest] = metrics.checkpoints.last.values;
  const checkpoints = {
    best: { ...metrics.checkpoints.best, epoch: 2 },
    last: { ...metrics.checkpoints.last, epoch: epochs, values: [first! / 3, ...rest] },
  };
  const states = {
    best: digest(train, "best.safetensors"),
    last: digest(train, "last.safetensors"),
    index: digest(await indexed("test"), "index.json"),
  };
  await commitFiles(store, `evaluate/${run}`, {}, states, {
    "metrics.json": metricsText({ ...metrics, checkpoints }),
    "predictions.json": predictionsText(predictionsOf(made)),
  });
  if (fake.noisy !== undefined) {
    const condition = { snrDb: 20, gainDb: null, noise: "background", seed: 0 } as const;
    const noisy = keywordRun({ setting, score: fake.noisy });
    const under = { ...noisy, metrics: { ...noisy.metrics, condition } };
    await commitFiles(store, `evaluate/${run}@snr20`, { noisy: true }, states, {
      "metrics.json": metricsText(under.metrics),
      "predictions.json": predictionsText(predictionsOf(under)),
    });
  }
  if (fake.alsoAs !== undefined) {
    const other = keywordRun({ setting, score: fake.alsoAs.accuracy });
    await commitFiles(store, `evaluate/${fake.alsoAs.run}`, { decoder: "other" }, states, {
      "metrics.json": metricsText(other.metrics),
      "predictions.json": predictionsText(predictionsOf(other)),
    });
  }
  return train.key;
}
