/** Stage `corrupt`: what becomes of a split's waves, and what features are made of it. */
import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { rms } from "../../../lib/audio/level.ts";
import { spokenLevel } from "../../../lib/audio/add_noise.ts";
import { sha256 } from "../../../lib/base/digest.ts";
import { Rng } from "../../../lib/base/random.ts";
import { cachedSteps, planSteps } from "../../../lib/frontends/plan.ts";
import { WAVEFORM } from "../../../lib/nn/representation.ts";
import { createExamples } from "../../../lib/train/example_file_io.ts";
import { openWaveFile } from "../../../lib/train/wave_file_io.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { assertDone, failureOf, runStage } from "./stage_process.ts";
import { BANDS, CLASSES, CLIP_SAMPLES, FRAMES, FRONTEND, SAMPLE_RATE } from "./tiny.ts";

const AT_10 = { split: "test", snr_db: [10], gain_db: null, noise: "background", seed: 0 };

/** Tones and, as the last class, noise of this amplitude in 16-bit steps. */
function writeWaves(path: string, count: number, amplitude: number): void {
  const rng = Rng.fromSeed(path.length);
  const info = {
    steps: [],
    representation: WAVEFORM,
    classes: CLASSES,
    sampleRate: SAMPLE_RATE,
    clipSamples: CLIP_SAMPLES,
  };
  const clips = Array.from({ length: count }, (_, i) => ({
    name: `${CLASSES[i % 3]}/${i}`,
    length: CLIP_SAMPLES,
    labels: [i % 3],
  }));
  const writer = createExamples(path, info, clips);
  for (const { labels: [label] } of clips) {
    const tone = (n: number) => 3000 * Math.sin(2 * Math.PI * (500 + 700 * label!) * n / SAMPLE_RATE);
    const sample = (_: unknown, n: number) => label === 2 ? Math.round(amplitude * rng.normal()) : tone(n);
    writer.append(Int16Array.from({ length: CLIP_SAMPLES }, sample));
  }
  writer.finish();
}

Deno.test("corrupt adds the background's noise at the ratio that is asked for, to the same bytes on any threads", async () => {
  await using dir = await tempDir();
  const [waves, background] = [`${dir.path}/waves`, `${dir.path}/background`];
  writeWaves(waves, 9, 500);
  writeWaves(background, 30, 800);
  const digests = [];
  for (const threads of [1, 4]) {
    const folder = `${dir.path}/${threads}`;
    const inputs = { waves, background };
    const result = await runStage({ stage: "corrupt", slice: AT_10, inputs, folder, packages: [], threads });
    assertDone(result);
    digests.push(sha256(Deno.readFileSync(`${folder}/out/features.safetensors`).join()));
  }
  assertEquals(digests[0], digests[1]);

  using before = openWaveFile(waves);
  using after = openWaveFile(`${dir.path}/1/out/features.safetensors`);
  assertEquals([after.info, after.entries], [before.info, before.entries]);
  for (const [row, { labels: [label] }] of before.entries.entries()) {
    const [clean, noisy] = [before.valuesOf(row), after.valuesOf(row)];
    const added = noisy.map((value, i) => value - clean[i]!);
    const level = label === 2 ? 10 ** (-26 / 20) : spokenLevel(clean, SAMPLE_RATE);
    assertAlmostEquals(20 * Math.log10(level / rms(added)), 10, 0.02, `row ${row}`);
  }
});

Deno.test("features are made of corrupted waves as of recordings, and of none where there are none", async () => {
  await using dir = await tempDir();
  const steps = cachedSteps(await planSteps(FRONTEND.steps));
  for (const count of [9, 0]) {
    const folder = `${dir.path}/${count}`;
    Deno.mkdirSync(folder);
    const waves = `${folder}/waves`;
    writeWaves(waves, count, 500);
    const slice = { ...AT_10, noise: "pink" };
    assertDone(await runStage({ stage: "corrupt", slice, inputs: { waves }, folder, packages: [] }));
    const changed = `${folder}/changed`;
    Deno.renameSync(`${folder}/out/features.safetensors`, changed);
    const made = { stage: "features", slice: { steps, backend: "cpu" }, inputs: { waves: changed }, folder };
    const result = await runStage(made);
    assertDone(result);
    const { size } = Deno.statSync(`${folder}/out/features.safetensors`);
    assert(size > 4 * count * BANDS * FRAMES, `${size} bytes`);
  }
});

Deno.test("corrupt tells what it made softer, and refuses noise of which nothing is heard", async () => {
  await using dir = await tempDir();
  const waves = `${dir.path}/waves`;
  writeWaves(waves, 9, 500);
  const stage = { stage: "corrupt", inputs: { waves }, folder: dir.path, packages: [] };
  const loud = await runStage({ ...stage, slice: { ...AT_10, snr_db: [-20], noise: "white" } });
  assertDone(loud);
  const notes = loud.messages.flatMap((message) => message.type === "note" ? [message.message] : []);
  assertStringIncludes(
    notes.join(),
    "6 of 9 examples would have gone beyond full scale and are softer, by at most ",
  );

  for (
    const [amplitude, count, found] of [[0, 9, "only recordings of it below -80 dB"], [
      500,
      2,
      "no recordings of it",
    ]] as const
  ) {
    const background = `${dir.path}/background${count}`;
    writeWaves(background, count, amplitude);
    const failed = await runStage({ ...stage, inputs: { waves, background }, slice: AT_10 });
    assertEquals(failureOf(failed), {
      type: "failed",
      reason: "bad-dataset",
      message: `Cannot add background noise to the test split: found ${found}, wanted some in a folder ` +
        `_background_noise_ beside those of the words. Add them, or set dataset.corrupt.noise=white or pink.`,
    });
  }
});
