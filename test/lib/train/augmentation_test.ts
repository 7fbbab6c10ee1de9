/** What an augmentation makes of an example depends on the run, the epoch and the example, and on nothing else. */
import { assertEquals, assertNotEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import type { AugmentedExample } from "../../../lib/augment/contract.ts";
import { openBackend } from "../../../lib/backend/backend_io.ts";
import { sha256 } from "../../../lib/base/digest.ts";
import { Rng } from "../../../lib/base/random.ts";
import { bytesOf } from "../../../lib/formats/safetensors.ts";
import { leastFrames } from "../../../lib/kernels/ctc_loss/feasible.ts";
import { buildNetwork } from "../../../lib/models/network.ts";
import { createState, frozenState } from "../../../lib/nn/state.ts";
import { work as asr } from "../../../lib/tasks/asr/work.ts";
import { work as kws } from "../../../lib/tasks/kws/work.ts";
import { type FeatureTaker, openExamples } from "../../../lib/train/example_file_io.ts";
import { train, type TrainOptions } from "../../../lib/train/loop.ts";
import { learnerOf, type Objective, objectiveOf } from "../../../lib/train/objective.ts";
import { createOptimizer } from "../../../lib/train/optimizer.ts";
import type { Snapshot } from "../../../lib/train/snapshot.ts";
import { ADAM } from "../../support/rules.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { nnAudio } from "../frontends/papers.ts";
import { CLASSES, writeWaves } from "./wave_files.ts";

/** Another gain for each example, and noise. */
function louder({ values, labels }: AugmentedExample, rng: Rng): AugmentedExample {
  const gain = rng.uniform(0.5, 2);
  return { values: values.map((value) => gain * value + 0.01 * rng.normal()), labels };
}

const RNG = Rng.fromSeed(11);
const LENGTHS = { "one length": Array(12).fill(1600), "any length": [1600, 1710, 1280, 1999, 1600, 1300] };

async function networkOf(head: "clip" | "frame", samples: number | null) {
  return await buildNetwork(
    await nnAudio("A", { n_mels: 8, normalise: "batch" }),
    { kind: "linear" },
    head,
    CLASSES.length,
    samples,
  );
}

for (const [what, lengths] of Object.entries(LENGTHS)) {
  Deno.test(`an example is changed alike in any batch, and otherwise in any other epoch: ${what}`, async () => {
    await openBackend("wasm");
    await using folder = tempDir();
    const isEqual = what === "one length";
    const network = await networkOf(isEqual ? "clip" : "frame", isEqual ? lengths[0]! : null);
    const work = isEqual ? kws : asr;
    await writeWaves(folder.path, network, lengths);
    using data = openExamples(`${folder.path}/wave`, network, leastFrames);
    const objective = objectiveOf(learnerOf(network, work), work, {
      train: data,
      validation: data,
      sampler: "shuffle",
      clipsPerEpoch: null,
      batchSize: 4,
      augment: { wave: louder },
    });
    const [epoch, other] = [RNG.fork("augment").fork(1), RNG.fork("augment").fork(2)];
    const alone: string[] = [];
    for (const row of lengths.keys()) alone.push(...await wavesOf(objective, [row], epoch, lengths));
    for (const rows of [[0, 1, 2, 3], [3, 2, 1, 0], [5, 5, 1], [2]]) {
      const found = await wavesOf(objective, rows, epoch, lengths);
      assertEquals(found, rows.map((row) => alone[row]!));
    }
    assertEquals(new Set(alone).size, lengths.length);
    for (const row of lengths.keys()) {
      assertNotEquals(await wavesOf(objective, [row], other, lengths), [alone[row]!]);
    }
    const plain = await data.read([1]);
    assertNotEquals(digestOf(plain.features.subarray(0, lengths[1])), alone[1]);
  });
}

/** Digests of the examples of a batch without what pads them. */
async function wavesOf(objective: Objective, rows: number[], rng: Rng, lengths: readonly number[]) {
  const { features, shape } = await objective.reader.read(rows, rng);
  return rows.map((row, clip) =>
    digestOf(features.subarray(clip * shape[0]!, clip * shape[0]! + lengths[row]!))
  );
}

function digestOf(values: Float32Array): string {
  return sha256(bytesOf(values));
}

interface Recorded {
  /** Digests of changed waves in the order in which they were read. */
  readonly changed: string[];
  /** The same before they were changed. */
  readonly drawn: string[];
  readonly snapshots: Snapshot[];
}

/** Trains on changed waves and validates on cached features of the same. */
async function trained(folder: string, epochs: number, from?: Snapshot): Promise<Recorded> {
  const samples = LENGTHS["one length"][0]!;
  const network = await networkOf("clip", samples);
  await writeWaves(folder, network, LENGTHS["one length"]);
  const open = (name: string, taker: FeatureTaker = network) =>
    openExamples(`${folder}/${name}`, taker, () => 1);
  using train_ = open("wave");
  using validation = open("cached");
  const drawn: string[] = [];
  const changed: string[] = [];
  const objective = objectiveOf(learnerOf(network, kws, frozenState(network)), kws, {
    train: train_,
    validation,
    sampler: "balanced",
    clipsPerEpoch: null,
    batchSize: 5,
    augment: {
      wave(example, rng) {
        drawn.push(digestOf(example.values));
        const made = louder(example, rng);
        changed.push(digestOf(made.values));
        return made;
      },
    },
  });
  const state = createState(network, RNG.fork("init"));
  const group = { lr: 0.01, weightDecay: 0, clipNorm: null };
  const optimizer = createOptimizer(
    { model: group, stft: group, mel: group },
    ADAM,
    network.specs,
    state,
  );
  const snapshots: Snapshot[] = [];
  const options: TrainOptions = {
    objective,
    state,
    optimizer,
    schedule: { kind: "constant" },
    epochs,
    rng: RNG,
  };
  for await (const event of train(from === undefined ? options : { ...options, from })) {
    if (event.type === "epoch") snapshots.push(event.snapshot);
  }
  return { drawn, changed, snapshots };
}

Deno.test("a training that goes on changes examples as one never stopped, and ends with the same bytes", async () => {
  await openBackend("wasm");
  await using folder = tempDir();
  const whole = await trained(folder.path, 4);
  assertEquals(
    new Set(whole.drawn.slice(0, 12)).size < 12,
    true,
    "no clip is drawn twice: the test shows less",
  );
  assertEquals(new Set(whole.changed.slice(0, 12)).size, 12);
  for (const stop of [1, 3]) {
    const rest = await trained(folder.path, 4, whole.snapshots[stop - 1]);
    assertEquals(rest.changed, whole.changed.slice(12 * stop));
    assertEquals(rest.snapshots.at(-1), whole.snapshots.at(-1));
  }
});

if (import.meta.main) {
  await openBackend("wasm", { threads: Number(Deno.args[0]) });
  await using folder = tempDir();
  const { changed, snapshots } = await trained(folder.path, 2);
  const { state, optimizer, history } = snapshots.at(-1)!;
  console.log(sha256(JSON.stringify([changed, history, ...[state, optimizer].map((values) => [...values])])));
}

Deno.test("augmented training gives the same bytes on one thread and on two", async () => {
  const digests = await Promise.all([1, 2].map(async (threads) => {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", fromFileUrl(import.meta.url), String(threads)],
    }).output();
    const text = new TextDecoder();
    return text.decode(stdout).trim() || text.decode(stderr);
  }));
  assertEquals(digests[1], digests[0]);
  assertEquals(/^[0-9a-f]{64}$/.test(digests[0]!), true, digests[0]);
});
