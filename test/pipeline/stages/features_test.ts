import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { encodeWav16 } from "../../../lib/audio/wav.ts";
import { readTensors } from "../../../lib/formats/safetensors_io.ts";
import { type Example, type ExampleIndex, indexText } from "../../../lib/records/example_index.ts";
import { openChain } from "../../../lib/frontends/open.ts";
import { cachedSteps, planSteps } from "../../../lib/frontends/plan.ts";
import { type ExampleSource, openExamples, readFeatureInfo } from "../../../lib/train/example_file_io.ts";
import { assertDone, failureOf, runStage } from "./stage_process.ts";
import { BANDS, FRONTEND, frontendOf, HOP_SAMPLES, N_FFT } from "./tiny.ts";

const SAMPLES = 1600;
const RATE = 16000;
const WAVEFORM = { steps: [], backend: null };
const POWER = { steps: cachedSteps(await planSteps((await frontendOf(["mel"])).steps)), backend: "cpu" };
const LOGMEL = { steps: cachedSteps(await planSteps(FRONTEND.steps)), backend: "cpu" };

/** The file that the stage made, as the network of {@link FRONTEND} reads it, wherever it enters. */
async function opened(folder: string, trained: readonly string[] = []): Promise<ExampleSource> {
  const chain = await openChain(await planSteps((await frontendOf(trained)).steps));
  const taker = { ...chain, steps: chain.steps.map(({ spec }) => spec), classes: 2 };
  return openExamples(`${folder}/out/features.safetensors`, taker, () => 1);
}

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

/** A folder of two tones, 1 kHz ("yes") and 3 kHz ("no"), and the index of a split with so many examples of them. */
function writeDataset(folder: string, count: number, changes: Partial<ExampleIndex> = {}) {
  Deno.mkdirSync(`${folder}/audio`);
  for (const [label, hertz] of [["yes", 1000], ["no", 3000]] as const) {
    const tone = Float32Array.from(
      { length: SAMPLES },
      (_, n) => 0.5 * Math.sin(2 * Math.PI * hertz * n / RATE),
    );
    Deno.writeFileSync(`${folder}/audio/${label}.wav`, encodeWav16(tone, RATE));
  }
  const index: ExampleIndex = {
    split: "train",
    classes: ["yes", "no"],
    sampleRate: RATE,
    clipSamples: SAMPLES,
    sampleBits: 16,
    examples: Array.from({ length: count }, (_, i) => exampleAt(i)),
    notes: {},
    skipped: [],
    ...changes,
  };
  Deno.writeTextFileSync(`${folder}/index.json`, indexText(index));
  return { stage: "features", inputs: { audio: `${folder}/audio`, index: `${folder}/index.json` }, folder };
}

function exampleAt(i: number): Example {
  const label = i % 2 === 0 ? "yes" : "no";
  return {
    name: `${label}/${i}`,
    input: "audio",
    path: `${label}.wav`,
    speaker: `s${i}`,
    samples: SAMPLES,
    labels: [label],
  };
}

inFolder(
  "features stores waveforms as 16-bit samples, and computes one pass, without importing a tensor library",
  async (folder) => {
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
    for (const slice of [LOGMEL, POWER]) {
      assertDone(await runStage({ ...given, slice: { ...slice, backend: "wasm" }, flags, packages: [] }));
    }
    const result = await runStage({ ...given, slice: WAVEFORM, flags });
    assertDone(result);
    using source = await opened(folder, ["stft"]);
    assertEquals([source.count, source.entry, source.names], [3, 0, ["yes/0", "no/1", "yes/2"]]);
    assertEquals([0, 1, 2].map((row) => [...source.labelsOf(row)]), [[0], [1], [0]]);
    const { steps, representation, ...info } = source.info;
    assertEquals([steps, representation.name], [[], "waveform"]);
    assertEquals(info, { classes: ["yes", "no"], sampleRate: RATE, clipSamples: SAMPLES });
    const { features, shape } = await source.read([1]);
    assertEquals(shape, [SAMPLES]);
    assertAlmostEquals(features[1]!, 0.5 * Math.sin(2 * Math.PI * 3000 / RATE), 1 / 32768);
    const progress = result.messages.flatMap((m) => (m.type === "progress" ? [m.progress] : []));
    assertEquals([progress.at(-1)!.done, progress.at(-1)!.total, progress.at(-1)!.unit], [3, 3, "examples"]);
  },
);

inFolder("features are told of that are made of nothing but zeros", async (folder) => {
  const given = writeDataset(folder, 3);
  Deno.writeFileSync(`${folder}/audio/no.wav`, encodeWav16(new Float32Array(SAMPLES), RATE));
  const result = await runStage({ ...given, slice: WAVEFORM });
  assertDone(result);
  const notes = result.messages.flatMap((message) => message.type === "note" ? [message.message] : []);
  assertEquals(notes, [
    "1 examples are zero from beginning to end, and were taken as they are: no/1. Remove recordings that went wrong, " +
    "and index the data set again.",
  ]);
});

inFolder("features of a split without examples are a file without rows", async (folder) => {
  assertDone(await runStage({ ...writeDataset(folder, 0), slice: WAVEFORM }));
  const { tensors, metadata } = readTensors(`${folder}/out/features.safetensors`);
  assertEquals([tensors.get("features")!.shape[0], metadata["classes"]], [0, '["yes","no"]']);
});

inFolder(
  "features stores power spectra, the same for a clip wherever it stands in a chunk",
  async (folder) => {
    assertDone(await runStage({ ...writeDataset(folder, 67), slice: POWER }));
    using source = await opened(folder, ["mel"]);
    const { features, shape: [frames, bins] } = await source.read([0, 66, 1]);
    assertEquals([source.count, frames, bins], [67, SAMPLES / HOP_SAMPLES + 1, N_FFT / 2 + 1]);
    const size = frames! * bins!;
    const rowOf = (i: number) => features.subarray(i * size, (i + 1) * size);
    rowOf(0).forEach((value, i) => assertAlmostEquals(rowOf(1)[i]!, value, 1e-3 * Math.max(1, value)));
    // In the middle frame the loudest bin is that of the tone: bins are 16000 / 480 Hz apart.
    for (const [row, hertz] of [[0, 1000], [2, 3000]] as const) {
      const middle = rowOf(row).subarray(5 * bins!, 6 * bins!);
      assertEquals(middle.indexOf(Math.max(...middle)), Math.round(hertz * N_FFT / RATE));
    }
  },
);

inFolder("features stores log-Mel spectra when nothing of the front-end is trained", async (folder) => {
  assertDone(await runStage({ ...writeDataset(folder, 2), slice: LOGMEL }));
  const { tensors } = readTensors(`${folder}/out/features.safetensors`);
  assertEquals(tensors.get("features")!.shape, [2, BANDS, SAMPLES / HOP_SAMPLES + 1]);
  const { steps, representation } = readFeatureInfo(`${folder}/out/features.safetensors`);
  assertEquals([steps.map(({ step }) => step), representation.name], [["stft", "mel", "log"], "logmel"]);
});

for (const backend of ["cpu", "wasm"]) {
  inFolder(
    `features stores examples of any length, each as it would be alone (${backend})`,
    async (folder) => {
      const lengths = [SAMPLES, 800, 16, 800, 1200]; // the third is too short for a frame
      const examples = lengths.map((samples, i): Example => ({
        ...exampleAt(i),
        start: 0,
        count: samples,
        samples,
        labels: ["no", "yes"].slice(i % 2),
      }));
      const slice = { ...LOGMEL, backend };
      const given = { ...writeDataset(folder, 0, { clipSamples: null, examples }), slice, threads: 2 };
      assertDone(await runStage(given));
      using source = await opened(folder);
      const frames = [SAMPLES, 800, 800, 1200].map((samples) => Math.floor(samples / HOP_SAMPLES) + 1);
      assertEquals([...source.frames], frames);
      assertEquals(source.leftOut.map(({ name }) => name), ["yes/2"]);
      assertEquals([0, 1].map((row) => [...source.labelsOf(row)]), [[1, 0], [0]]);
      const together = (await source.read([0, 1])).features.slice();
      const alone = (await source.read([1])).features.slice();
      for (let band = 0; band < BANDS; band++) {
        const at = (BANDS + band) * frames[0]!;
        assertEquals(
          together.slice(at, at + frames[1]!),
          alone.slice(band * frames[1]!, (band + 1) * frames[1]!),
        );
      }
      // The longest begins as the shorter recording of the same tone does, and is computed in another batch or place.
      const last = source.valuesOf(3);
      for (let band = 0; band < BANDS; band++) {
        const whole = source.valuesOf(0).subarray(band * frames[0]!, band * frames[0]! + 5);
        assertEquals(last.subarray(band * frames[3]!, band * frames[3]! + 5), whole);
      }
    },
  );
}

inFolder(
  "features are the same bytes on any number of threads, and plain JavaScript's to 1e-3",
  async (folder) => {
    const given = writeDataset(folder, 150);
    const path = `${folder}/out/features.safetensors`;
    const made = async (backend: string, threads: number) => {
      assertDone(await runStage({ ...given, slice: { ...LOGMEL, backend }, threads }));
      return Deno.readFileSync(path);
    };
    const plain = await made("cpu", 1).then(() => readTensors(path).tensors.get("features")!.data);
    const one = await made("wasm", 1);
    const features = readTensors(path).tensors.get("features")!.data;
    const heard = (value: number | bigint) => Math.max(-15, Number(value)); // below, the product's own error
    features.forEach((value, i) => assertAlmostEquals(heard(value), heard(plain[i]!), 1e-3));
    assertEquals(await made("wasm", 2), one);
  },
);

inFolder("features says which file cannot be decoded and leaves no output behind", async (folder) => {
  const given = writeDataset(folder, 2);
  Deno.writeTextFileSync(`${folder}/audio/no.wav`, "not audio");
  const result = await runStage({ ...given, slice: WAVEFORM });
  assertEquals([result.code, failureOf(result).reason], [1, "bad-audio"]);
  assertStringIncludes(failureOf(result).message, "no.wav");
  assert(![...Deno.readDirSync(`${folder}/out`)].some((entry) => entry.name === "features.safetensors"));
});

inFolder("features refuses labels that are no class", async (folder) => {
  const given = writeDataset(folder, 2, { classes: ["yes"] });
  const { message } = failureOf(await runStage({ ...given, slice: WAVEFORM }));
  assertStringIncludes(message, 'Cannot label no/1: found "no", which is none of the index\'s classes.');
});
