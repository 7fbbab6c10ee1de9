/** BC-ResNet as a recogniser, with the values of its file: it gets beyond blanks. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { parse } from "@std/yaml";
import { openBackend } from "../../../lib/backend/backend_io.ts";
import { Rng } from "../../../lib/base/random.ts";
import { leastFrames } from "../../../lib/kernels/ctc_loss/feasible.ts";
import type { ModelSpec } from "../../../lib/models/contract.ts";
import { buildNetwork } from "../../../lib/models/network.ts";
import type { Network } from "../../../lib/models/network_contract.ts";
import { createState, disposeState } from "../../../lib/nn/state.ts";
import { without } from "../../../lib/frontends/plan.ts";
import { work } from "../../../lib/tasks/asr/work.ts";
import { createExamples, openExamples } from "../../../lib/train/example_file_io.ts";
import { learnerOf, runThrough } from "../../../lib/train/objective.ts";
import { createOptimizer } from "../../../lib/train/optimizer.ts";
import { trainStep } from "../../../lib/train/step.ts";
import { ADAM } from "../../support/rules.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { nnAudio } from "../frontends/papers.ts";

const BANDS = 40;
const PHONES = 12;
const CLASSES = ["<blank>", ...Array.from({ length: PHONES }, (_, i) => `phone ${i}`)];
const UTTERANCES = 16;
/** What `conf/trainer/short_asr.yaml` trains with. */
const MODEL_GROUP = { lr: 0.01, weightDecay: 0, clipNorm: 5 };

/** With the values of `conf/model/bc_resnet.yaml` but for some. */
async function networkOf(changes: { readonly lstm_norm?: boolean }): Promise<Network> {
  const path = new URL("../../../conf/model/bc_resnet.yaml", import.meta.url);
  const { also: _, ...values } = parse(await Deno.readTextFile(path)) as ModelSpec & {
    readonly also: unknown;
  };
  return await buildNetwork(await nnAudio("A"), { ...values, ...changes }, "frame", CLASSES.length, null);
}

/** Each phone has a spectrum of its own for 5 to 10 frames. */
function write(path: string, network: Network): string {
  const rng = Rng.fromSeed("phones");
  const spectra = CLASSES.map(() => Array.from({ length: BANDS }, () => 2 * rng.normal()));
  const spoken = Array.from({ length: UTTERANCES }, () =>
    Array.from({ length: 8 + rng.integer(6) }, () => ({
      phone: 1 + rng.integer(PHONES),
      frames: 5 + rng.integer(6),
    })));
  const heard = spoken.map((phones) =>
    phones.flatMap(({ phone, frames }) => Array<number>(frames).fill(phone))
  );
  const info = {
    steps: network.steps.slice(0, network.frozen).map((spec) => without(spec, ["module"])),
    representation: network.representations[network.frozen]!,
    classes: CLASSES,
    sampleRate: 16000,
    clipSamples: null,
  };
  const writer = createExamples(
    path,
    info,
    spoken.map((phones, i) => ({
      name: `u${i}`,
      length: heard[i]!.length,
      labels: phones.map(({ phone }) => phone),
    })),
  );
  for (const frames of heard) {
    const rows = Array.from(
      { length: BANDS },
      (_, band) => frames.map((phone) => spectra[phone]![band]! + rng.normal()),
    );
    writer.append(Float32Array.from(rows.flat()));
  }
  writer.finish();
  return path;
}

/** Learns one batch, again and again. @returns How much of it is told right in the end. */
async function learnt(steps: number): Promise<number> {
  await openBackend("wasm");
  await using folder = tempDir();
  const network = await networkOf({});
  const learner = learnerOf(network, work);
  using data = openExamples(write(`${folder.path}/x`, network), network, leastFrames);
  const rng = Rng.fromSeed(3);
  const state = createState(network, rng.fork("init"));
  const optimizer = createOptimizer(
    { model: MODEL_GROUP, stft: MODEL_GROUP, mel: MODEL_GROUP },
    ADAM,
    network.specs,
    state,
  );
  const rows = [...Array(UTTERANCES).keys()];
  for (let step = 0; step < steps; step++) {
    await trainStep({ learner, state, optimizer }, await data.read(rows), {
      rateFactor: 1,
      dropout: rng.fork(step),
    });
  }
  const tally = work.startTally(CLASSES, {});
  await runThrough(learner, state, data, [Uint32Array.from(rows)], tally);
  optimizer.dispose();
  disposeState(state);
  return tally.accuracy();
}

Deno.test("bc_resnet learns a batch of utterances to less than 5 % errors", async () => {
  const accuracy = await learnt(160);
  assert(accuracy > 0.95, `accuracy ${accuracy}`);
});

Deno.test("what bc_resnet's LSTM hears is as large as ever however large the last convolution has become", async () => {
  await openBackend("wasm");
  await using folder = tempDir();
  for (const lstm_norm of [true, false]) {
    const network = await networkOf({ lstm_norm });
    using data = openExamples(write(`${folder.path}/x`, network), network, leastFrames);
    const state = createState(network, Rng.fromSeed(3));
    const batch = await data.read([0, 1, 2]);
    const logits = async () => {
      const found = tf.tidy(() => learnerOf(network, work).forward(state, batch, { training: true }).logits);
      const values = await found.data<"float32">();
      found.dispose();
      return values;
    };
    const before = await logits();
    const last = state.get("conv3.weight")!;
    tf.tidy(() => last.assign(last.mul(100)));
    const after = await logits();
    const largest = Math.max(...before.map((value, i) => Math.abs(value - after[i]!)));
    assert(lstm_norm ? largest < 1e-2 : largest > 0.1, `${largest} with lstm_norm ${lstm_norm}`);
    assertEquals(state.has("lstmnorm.running_mean"), lstm_norm);
    disposeState(state);
  }
});
