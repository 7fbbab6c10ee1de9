import { assert, assertEquals } from "@std/assert";
import { encodeWav16 } from "../../../lib/audio/wav.ts";
import { readTensors, writeTensors } from "../../../lib/formats/safetensors_io.ts";
import { indexText } from "../../../lib/records/example_index.ts";
import { parseHeardClips } from "../../../lib/records/heard_clips.ts";
import { predictionsText } from "../../../lib/records/predictions.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { assertDone, runStage } from "./stage_process.ts";
import { BANDS, CLASSES, CLIP_SAMPLES, FRAMES, frontendOf, SAMPLE_RATE } from "./tiny.ts";

/** Probabilities of the label: the first and the third are errors. */
const OF_LABEL = [0.2, 0.9, 0.05, 0.6];

async function clips(folder: string, which: "errors" | "all") {
  const inputs = {
    audio: `${folder}/audio`,
    index: `${folder}/index.json`,
    predictions: `${folder}/predictions.json`,
    checkpoint: `${folder}/best.safetensors`,
  };
  Deno.mkdirSync(inputs.audio);
  const examples = OF_LABEL.map((_, i) => {
    const wave = Float32Array.from({ length: CLIP_SAMPLES }, (_, n) => 0.5 * Math.sin(n * (i + 1) / 9));
    Deno.writeFileSync(`${inputs.audio}/${i}.wav`, encodeWav16(wave, SAMPLE_RATE));
    const [name, path] = [`clip ${i}`, `${i}.wav`];
    return { name, path, input: "audio", speaker: "", samples: CLIP_SAMPLES, labels: [CLASSES[0]!] };
  });
  Deno.writeTextFileSync(
    inputs.index,
    indexText({
      split: "test",
      classes: CLASSES,
      sampleRate: SAMPLE_RATE,
      clipSamples: CLIP_SAMPLES,
      sampleBits: 16,
      examples,
      notes: {},
      skipped: [],
    }),
  );
  const told = examples.map(({ name, labels }, i) => {
    const of = OF_LABEL[i]!;
    const posteriors = [of, 1 - of, 0];
    const score = of > 0.5 ? 1 : 0;
    return {
      name,
      labels,
      told: [CLASSES[1 - score]!],
      posterior: Math.max(...posteriors),
      posteriors,
      loss: -Math.log(of),
      speaker: null,
      seconds: 0.1,
      score,
      of: 1,
    };
  });
  const about = { task: "kws", split: "test" as const, condition: null, classes: CLASSES };
  Deno.writeTextFileSync(inputs.predictions, predictionsText({ ...about, examples: told }));
  const frontend = await frontendOf(["mel"]);
  writeTensors(inputs.checkpoint, new Map());
  const slice = { frontend, lower_is_better: false, which };
  assertDone(await runStage({ stage: "clips", slice, inputs, folder }));
  const path = `${folder}/out/clips.safetensors`;
  return parseHeardClips(readTensors(path), path);
}

Deno.test("clips keeps the errors, the worst first, as they sound and as the front-end gives them", async () => {
  await using dir = tempDir();
  const found = await clips(dir.path, "errors");
  const { count, wrong, cut, sampleRate, representation } = found;
  assertEquals(found.clips.map(({ name }) => name), ["clip 2", "clip 0"]);
  assertEquals([count, wrong, cut, sampleRate], [4, 2, 0, SAMPLE_RATE]);
  assertEquals(representation.name, "logmel");
  const [worst, other] = found.clips;
  assertEquals(worst!.wave.length, CLIP_SAMPLES);
  assertEquals(worst!.wave[10], Math.round(32768 * 0.5 * Math.sin(30 / 9)));
  assertEquals(worst!.image!.shape, [BANDS, FRAMES]);
  // The tone of the other clip is at a third of the frequency: its lowest band is louder beside its highest.
  const tilt = ({ values }: NonNullable<typeof worst>["image"] & object) =>
    values[5]! - values[5 + FRAMES * (BANDS - 1)]!;
  assert(tilt(other!.image!) > tilt(worst!.image!));
});

Deno.test("clips keeps what is right behind the errors where all is to be heard", async () => {
  await using dir = tempDir();
  const found = await clips(dir.path, "all");
  assertEquals(found.clips.map(({ name }) => name), ["clip 2", "clip 0", "clip 3", "clip 1"]);
  assertEquals([found.wrong, found.cut], [2, 0]);
});
