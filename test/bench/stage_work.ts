/** Stages of the pipeline and a whole command, prepared so that one call is one timed run. */
import { encodeWav16, toInt16 } from "../../lib/audio/wav.ts";
import { TEN_WORDS } from "../../lib/data/words_layout/vocabulary.ts";
import { readTensors, writeTensors } from "../../lib/formats/safetensors_io.ts";
import type { Setting, StepSpec } from "../../lib/frontends/contract.ts";
import { cachedSteps, planSteps } from "../../lib/frontends/plan.ts";
import { indexText } from "../../lib/records/example_index.ts";
import { stage as features } from "../../pipeline/stages/features.ts";
import { stage as synthesize } from "../../pipeline/stages/synthesize.ts";
import { nnAudio } from "../lib/frontends/papers.ts";
import { fakeIo } from "../pipeline/stages/fake_io.ts";
import { Project } from "../support/project.ts";
import type { BenchCase } from "./cases.ts";
import { SAMPLES, syntheticWaves } from "./inputs.ts";
import type { Work } from "./work.ts";

type CaseOf<Kind extends BenchCase["kind"]> = Extract<BenchCase, { readonly kind: Kind }>;

const RATE = 16_000;
const FULL_SCALE = 32_768;
/** Files that clips are read from, again and again: decoding is timed, making waves is not. */
const FILES = 50;
const SETTING_OF: Readonly<Record<CaseOf<"features">["representation"], Setting>> = {
  logmel: "A",
  power: "B",
  waveform: "D",
};

export function prepareSynthesis({ clipsPerWord }: CaseOf<"synthesis">): Work {
  const folder = Deno.makeTempDirSync({ prefix: "bench-" });
  const settings = {
    seed: 0,
    words: [...TEN_WORDS],
    clips_per_word: clipsPerWord,
    voices: clipsPerWord,
    noise_seconds: 3,
    sample_rate: RATE,
  };
  return {
    rate: { unit: "clips/s", amount: TEN_WORDS.length * clipsPerWord },
    run: () => synthesize.run(fakeIo({ kind: "spoken_mini", settings }, folder)),
    close: () => Deno.removeSync(folder, { recursive: true }),
  };
}

/** @param exchange Where to write the clips of the files, as they are read back, for another implementation. */
export async function prepareFeatures(
  { representation, clips }: CaseOf<"features">,
  threads: number,
  exchange: string | undefined,
): Promise<Work> {
  const folder = Deno.makeTempDirSync({ prefix: "bench-" });
  Deno.mkdirSync(`${folder}/audio`);
  Deno.mkdirSync(`${folder}/out`);
  const waves = syntheticWaves(FILES);
  for (let i = 0; i < FILES; i++) {
    const wave = waves.subarray(i * SAMPLES, (i + 1) * SAMPLES);
    Deno.writeFileSync(`${folder}/audio/${i}.wav`, encodeWav16(wave, RATE));
  }
  const index = `${folder}/index.json`;
  Deno.writeTextFileSync(index, indexOf(clips));
  const steps = await stepsOf(SETTING_OF[representation]);
  const slice = { steps, backend: steps.length === 0 ? null : "wasm" };
  const io = { ...fakeIo(slice, `${folder}/out`, { audio: `${folder}/audio`, index }), threads };
  if (exchange !== undefined) {
    const read = Float32Array.from(toInt16(waves), (sample) => sample / FULL_SCALE);
    writeTensors(exchange, new Map([["input", { shape: [FILES, SAMPLES], data: read }]]));
  }
  await features.run(io);
  return {
    loss: meanIn(`${folder}/out/features.safetensors`),
    rate: { unit: "clips/s", amount: clips },
    // As a task's folder is empty: where a file is replaced, the system first writes the new one to the disk.
    before: () => Deno.removeSync(io.output("features.safetensors")),
    run: () => features.run(io),
    close: () => Deno.removeSync(folder, { recursive: true }),
  };
}

/** Finishes everything in a project of its own; each run then starts the command line once more. */
export async function prepareNoop(): Promise<Work> {
  const project = new Project();
  const command = ["kws", ...project.tiny, "trainer.epochs=1"];
  const finished = await project.run(...command);
  if (finished.code !== 0) throw new Error(`The tiny project did not finish:\n${finished.stderr}`);
  return {
    async run() {
      const { code, stdout } = await project.run(...command);
      if (code === 0 && stdout.includes("Everything was fresh")) return;
      throw new Error(`The second run was no no-op:\n${stdout}`);
    },
    close: () => project[Symbol.asyncDispose](),
  };
}

/** Of all features of a file. */
function meanIn(path: string): number {
  const { data } = readTensors(path).tensors.get("features")!;
  let sum = 0;
  for (const value of data) sum += Number(value);
  return sum / data.length;
}

async function stepsOf(setting: Setting): Promise<StepSpec[]> {
  const { steps } = await nnAudio(setting);
  return cachedSteps(await planSteps(steps));
}

function indexOf(clips: number): string {
  return indexText({
    split: "train",
    classes: ["yes"],
    sampleRate: RATE,
    sampleBits: 16,
    clipSamples: SAMPLES,
    examples: Array.from({ length: clips }, (_, i) => ({
      name: `${i}`,
      input: "audio",
      path: `${i % FILES}.wav`,
      speaker: `s${i}`,
      samples: SAMPLES,
      labels: ["yes"],
    })),
    notes: {},
    skipped: [],
  });
}
