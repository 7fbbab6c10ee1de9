import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { encodeWav16 } from "../../../lib/audio/wav.ts";
import { openFeatures } from "../../../lib/train/feature_file_io.ts";
import { readTensors } from "../../../lib/formats/safetensors_io.ts";
import { assertDone, failureOf, runStage } from "./stage_process.ts";
import { FRONTEND } from "./tiny.ts";
import { prefixSpec } from "../../../lib/frontends/spec.ts";

const SAMPLES = 1600;
const RATE = 16000;
const WAVEFORM = {
  prefix: prefixSpec({ ...FRONTEND, trainable: { stft: true, mel: true } }),
  clip_samples: SAMPLES,
  sample_rate: RATE,
  backend: null,
};
const POWER = {
  ...WAVEFORM,
  prefix: prefixSpec({ ...FRONTEND, trainable: { stft: false, mel: true } }),
  backend: "cpu",
};
const LOGMEL = {
  ...WAVEFORM,
  prefix: prefixSpec({ ...FRONTEND, trainable: { stft: false, mel: false } }),
  backend: "cpu",
};

function inFolder(name: string, body: (folder: string) => Promise<void>): void {
  Deno.test(name, async () => {
    const folder = Deno.makeTempDirSync();
    try {
      await body(folder);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}

/** A folder of two tones, 1 kHz ("yes") and 3 kHz ("no"), of which `trainClips` clips are for training. */
function writeDataset(folder: string, trainClips: number, changes: object = {}) {
  Deno.mkdirSync(`${folder}/audio`);
  for (const [label, hertz] of [["yes", 1000], ["no", 3000]] as const) {
    const tone = Float32Array.from(
      { length: SAMPLES },
      (_, n) => 0.5 * Math.sin(2 * Math.PI * hertz * n / RATE),
    );
    Deno.writeFileSync(`${folder}/audio/${label}.wav`, encodeWav16(tone, RATE));
  }
  const clips = (count: number) =>
    Array.from({ length: count }, (_, i) => {
      const label = i % 2 === 0 ? "yes" : "no";
      return { path: `${label}.wav`, label, speaker: `s${i}` };
    });
  const index = {
    format: 1,
    classes: ["yes", "no"],
    sample_rate: RATE,
    clip_samples: SAMPLES,
    split_rule: "lists",
    splits: { train: clips(trainClips), validation: clips(1), test: [] },
    counts: { train: {}, validation: {}, test: {} },
    notes: {
      resampled: 0,
      mixed_down: 0,
      padded: 0,
      trimmed: 0,
      left_out: 0,
      shared_speakers: 0,
      skipped: [],
    },
    ...changes,
  };
  Deno.writeTextFileSync(`${folder}/index.json`, JSON.stringify(index));
  return { stage: "features", inputs: { audio: `${folder}/audio`, index: `${folder}/index.json` }, folder };
}

inFolder("features stores waveforms as 16-bit samples without importing a tensor library", async (folder) => {
  const config = JSON.parse(Deno.readTextFileSync(new URL("../../../deno.json", import.meta.url))) as {
    imports: Record<string, string>;
  };
  const imports = Object.fromEntries(
    Object.entries(config.imports).map(([name, target]) => [
      name,
      name.startsWith("@tensorflow") ? "data:text/javascript,throw new Error('imported')" : target,
    ]),
  );
  Deno.writeTextFileSync(`${folder}/imports.json`, JSON.stringify({ imports }));
  const flags = ["--no-lock", `--import-map=${folder}/imports.json`];
  const given = writeDataset(folder, 3);
  const computing = await runStage({ ...given, slice: LOGMEL, flags });
  assertStringIncludes(failureOf(computing).message, "imported"); // the trap works
  const result = await runStage({ ...given, slice: WAVEFORM, flags });
  assertDone(result);
  using train = openFeatures(`${folder}/out/train.safetensors`);
  assertEquals([train.count, train.shape, [...train.labels]], [3, [SAMPLES], [0, 1, 0]]);
  assertEquals(train.info, {
    representation: "waveform",
    classes: ["yes", "no"],
    sampleRate: RATE,
    clipSamples: SAMPLES,
  });
  const { features } = await train.read([1]);
  assertAlmostEquals(features[1]!, 0.5 * Math.sin(2 * Math.PI * 3000 / RATE), 1 / 32768);
  using test = openFeatures(`${folder}/out/test.safetensors`);
  assertEquals(test.count, 0);
  const progress = result.messages.flatMap((m) => (m.type === "progress" ? [m.progress] : []));
  assertEquals([progress.at(-1)!.done, progress.at(-1)!.total, progress.at(-1)!.unit], [4, 4, "clips"]);
});

inFolder(
  "features stores power spectra, the same for a clip wherever it stands in a chunk",
  async (folder) => {
    assertDone(await runStage({ ...writeDataset(folder, 67), slice: POWER }));
    using train = openFeatures(`${folder}/out/train.safetensors`);
    const [frames, bins] = train.shape as [number, number];
    assertEquals([train.count, frames, bins], [67, SAMPLES / FRONTEND.hopSamples + 1, FRONTEND.nFft / 2 + 1]);
    const { features } = await train.read([0, 66, 1]);
    const rowOf = (i: number) => features.subarray(i * frames * bins, (i + 1) * frames * bins);
    rowOf(0).forEach((value, i) => assertAlmostEquals(rowOf(1)[i]!, value, 1e-3 * Math.max(1, value)));
    // In the middle frame the loudest bin is that of the tone: bins are 16000 / 480 Hz apart.
    for (const [row, hertz] of [[0, 1000], [2, 3000]] as const) {
      const middle = rowOf(row).subarray(5 * bins, 6 * bins);
      assertEquals(middle.indexOf(Math.max(...middle)), Math.round(hertz * FRONTEND.nFft / RATE));
    }
  },
);

inFolder("features stores log-Mel spectra when nothing of the front-end is trained", async (folder) => {
  assertDone(await runStage({ ...writeDataset(folder, 2), slice: LOGMEL }));
  const { tensors, metadata } = readTensors(`${folder}/out/train.safetensors`);
  assertEquals(tensors.get("features")!.shape, [2, FRONTEND.nMels, SAMPLES / FRONTEND.hopSamples + 1]);
  assertEquals(metadata["representation"], "logmel");
});

inFolder("features says which file cannot be decoded and leaves no output behind", async (folder) => {
  const given = writeDataset(folder, 2);
  Deno.writeTextFileSync(`${folder}/audio/no.wav`, "not audio");
  const result = await runStage({ ...given, slice: WAVEFORM });
  assertEquals([result.code, failureOf(result).reason], [1, "bad-audio"]);
  assertStringIncludes(failureOf(result).message, "no.wav");
  assert(![...Deno.readDirSync(`${folder}/out`)].some((entry) => entry.name === "train.safetensors"));
});

inFolder(
  "features refuses an index of other clips than asked for, and labels that are no class",
  async (folder) => {
    const given = writeDataset(folder, 2);
    const other = failureOf(await runStage({ ...given, slice: { ...WAVEFORM, sample_rate: 8000 } }));
    assertEquals(other.reason, "bad-file");
    assertStringIncludes(other.message, "1600 samples at 16000 Hz, wanted 1600 at 8000 Hz");
    Deno.removeSync(`${folder}/audio`, { recursive: true });
    const strange = failureOf(
      await runStage({ ...writeDataset(folder, 2, { classes: ["yes"] }), slice: WAVEFORM }),
    );
    assertStringIncludes(strange.message, 'found class "no", wanted one of yes');
  },
);
