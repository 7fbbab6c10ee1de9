/** Checkpoints with random values everywhere, of every model. */
import { encodeTensors } from "../../../lib/formats/safetensors.ts";
import type { ModelSpec } from "../../../lib/models/contract.ts";
import { disposeState } from "../../../lib/nn/state.ts";
import { checkpointMetadata } from "../../../lib/records/checkpoint.ts";
import { stateTensors } from "../../../lib/train/checkpoint.ts";
import { copyValues } from "../../../lib/train/snapshot.ts";
import { createClassifier } from "../../../lib/door/classifier.ts";
import { Rng } from "../../../lib/base/random.ts";
import { beep } from "./beeps.ts";
import { nnAudio } from "../frontends/papers.ts";
import { BC_RESNET, randomNetwork } from "../incremental/streams.ts";

/** A body that has learnt to tell tones apart, noise and whatever else is heard. */
export async function trainedBody(): Promise<Uint8Array<ArrayBuffer>> {
  const clips = CLASSES.flatMap((label, k) =>
    Array.from({ length: CLIPS }, (_, i) => {
      const rng = Rng.fromSeed(`${label}/${i}`);
      const noise = new Float32Array(SAMPLES).map(() => 0.01 * rng.normal());
      if (label === "_silence_") return { label, wave: noise };
      const hz = label === "_unknown_" ? rng.uniform(200, 5000) : 300 * 2.2 ** k * rng.uniform(0.93, 1.07);
      const tone = beep({ hz, at: rng.uniform(0.02, 0.25), length: rng.uniform(0.15, 0.22) });
      return { label, wave: noise.map((value, n) => value + tone[n]!) };
    })
  );
  using classifier = await createClassifier({
    frontend: await nnAudio("A", { normalise: "batch" }),
    model: BC_RESNET,
    classes: CLASSES,
    clipSamples: SAMPLES,
    seed: 0,
  });
  const learning = { epochs: EPOCHS, batchSize: 20, rate: 0.01, frontendRate: 0 };
  for await (const _ of classifier.learn(clips, clips, learning));
  return await classifier.checkpoint() as Uint8Array<ArrayBuffer>;
}

const [CLIPS, EPOCHS] = [20, 12];

export const SAMPLES = 8000;
/** As many as a random network has. */
export const CLASSES = ["yes", "no", "up", "_silence_", "_unknown_"];
const RATE = 16000;

/** A checkpoint's bytes. @param settings Of the front-end. */
export async function bodyBytes(model: ModelSpec, setting: "A" | "D" = "A", classes = CLASSES) {
  const frontend = await nnAudio(setting, { normalise: "batch" });
  const { network, state } = await randomNetwork(frontend, model, SAMPLES);
  const record = { task: "kws", epoch: 3, classes, frontend, model, sampleRate: RATE, clipSamples: SAMPLES };
  const tensors = stateTensors(network.specs, await copyValues(state));
  disposeState(state);
  return encodeTensors(tensors, checkpointMetadata(record));
}
