import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { openBackend } from "../../../lib/backend/backend_io.ts";
import { Rng } from "../../../lib/base/random.ts";
import { countRecognized, errorRate, meanLoss, startRecognition } from "../../../lib/metrics/recognition.ts";
import { buildRecognizer } from "../../../lib/models/recognizer.ts";
import { createState } from "../../../lib/nn/state.ts";
import type { SequenceNetwork } from "../../../lib/nn/types.ts";
import { train } from "../../../lib/train/loop.ts";
import { createOptimizer } from "../../../lib/train/optimizer.ts";
import { recognize, recognizer, recognizing } from "../../../lib/train/recognizer.ts";
import { batchesByLength, batchesInOrder } from "../../../lib/train/sequence_order.ts";
import type { SequenceSource } from "../../../lib/train/sequence_source.ts";
import { FRONTEND } from "../../pipeline/stages/tiny.ts";

await openBackend("wasm");

const CLASSES = ["<blank>", "low", "high"];
const BANDS = FRONTEND.nMels;
const network = buildRecognizer(FRONTEND, { kind: "linear" }, CLASSES.length);
const ADAM = { lr: 0.02, weight_decay: 0, clip_norm: null };

/** Labels sound for four frames each in bands of their own, with two quiet frames around them. */
function source(count: number, seed: string): SequenceSource {
  const rng = Rng.fromSeed(seed);
  const labels = Array.from(
    { length: count },
    () => Array.from({ length: 1 + rng.integer(4) }, () => 1 + rng.integer(2)),
  );
  const frames = Int32Array.from(labels, (own) => 6 * own.length + 2);
  const clips = labels.map((own, clip) =>
    Array.from({ length: frames[clip]! }, (_, t) => {
      const label = t % 6 < 2 ? 0 : own[Math.floor(t / 6)] ?? 0;
      return Array.from({ length: BANDS }, (_, band) =>
        (label === 1 && band < BANDS / 2) || (label === 2 && band >= BANDS / 2) ? 1 : 0.1 * rng.normal());
    })
  );
  return {
    count,
    shape: [BANDS, null],
    frames,
    names: labels.map((_, i) => `u${i}`),
    read: (wanted) => {
      const rows = Array.from(wanted);
      const longest = Math.max(...rows.map((row) => frames[row]!));
      const most = Math.max(...rows.map((row) => labels[row]!.length));
      const features = new Float32Array(rows.length * BANDS * longest);
      const padded = new Int32Array(rows.length * most);
      rows.forEach((row, clip) => {
        padded.set(labels[row]!, clip * most);
        clips[row]!.forEach((bands, t) =>
          bands.forEach((value, band) => features[(clip * BANDS + band) * longest + t] = value)
        );
      });
      return Promise.resolve({
        clips: rows.length,
        features,
        shape: [BANDS, longest],
        frames: Int32Array.from(rows, (row) => frames[row]!),
        labels: padded,
        labelLengths: Int32Array.from(rows, (row) => labels[row]!.length),
      });
    },
  };
}

function training(epochs: number, net: SequenceNetwork = network) {
  const rng = Rng.fromSeed(2);
  const state = createState(net, rng.fork("init"));
  const data = source(24, "train");
  const optimizer = createOptimizer(
    { kind: "adam", betas: [0.9, 0.999], eps: 1e-8, model: ADAM, stft: ADAM, mel: ADAM },
    net.specs,
    state,
  );
  const objective = recognizing(net, {
    train: data,
    validation: data,
    classes: CLASSES,
    sampler: "lengths",
    clipsPerEpoch: null,
    batchSize: 8,
  });
  return { objective, state, optimizer, schedule: { kind: "constant" }, epochs, rng } as const;
}

Deno.test("train() teaches a recogniser to spell what it hears, and counts errors on the way", async () => {
  const records = [];
  for await (const event of train(training(40))) {
    assert(event.type !== "failed");
    if (event.type === "epoch") records.push(event.record);
  }
  const [first, last] = [records[0]!, records.at(-1)!];
  assertEquals(first.steps, 3);
  assert(first.validation_accuracy < 0.5, String(first.validation_accuracy));
  assert(last.validation_accuracy > 0.95, String(last.validation_accuracy));
  assert(last.validation_loss < 0.2 && last.validation_loss < first.validation_loss / 5);
});

Deno.test("a recogniser's training that goes on ends with the same bytes as one never stopped", async () => {
  const last = async (options: Parameters<typeof train>[0]) => {
    let snapshot;
    for await (const event of train(options as ReturnType<typeof training>)) {
      if (event.type === "epoch") snapshot = event.snapshot;
    }
    return snapshot!;
  };
  const whole = await last(training(3) as never);
  const half = await last(training(1) as never);
  assertEquals(await last({ ...training(3), from: half } as never), whole);
});

Deno.test("recognize() gives the same for any batches: padding changes nothing", async () => {
  const state = createState(network, Rng.fromSeed(4));
  const data = source(17, "any");
  const figures = async (batches: readonly Uint32Array[]) => {
    const heard = new Map<string, string>();
    const counts = startRecognition(CLASSES, null);
    for await (
      const { rows, recognized } of recognize(recognizer(network), state, data, batches, { kind: "greedy" })
    ) {
      recognized.forEach(({ hypothesis }, i) =>
        heard.set(data.names[rows[i]!]!, Array.from(hypothesis).join())
      );
      countRecognized(counts, recognized);
    }
    return { heard: [...heard].sort(), rate: errorRate(counts), loss: meanLoss(counts) };
  };
  const one = await figures(batchesInOrder(17, 1));
  for (const batches of [batchesInOrder(17, 5), batchesByLength(data.frames, 8)]) {
    const found = await figures(batches);
    assertEquals([found.heard, found.rate], [one.heard, one.rate]);
    assert(Math.abs(found.loss - one.loss) < 1e-4 * one.loss, `${found.loss} and ${one.loss}`);
  }
});

Deno.test("a recogniser's training leaves no tensors behind", async () => {
  const counts = new Set<number>();
  for await (const event of train(training(3))) if (event.type === "step") counts.add(tf.memory().numTensors);
  assertEquals(counts.size, 1);
});
