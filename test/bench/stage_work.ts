/** Stages of the pipeline and a whole command, prepared so that one call is one timed run. */
import { encodeWav16 } from "../../lib/audio/wav.ts";
import type { Json } from "../../lib/base/json.ts";
import { TEN_WORDS } from "../../lib/data/words_layout/vocabulary.ts";
import { prefixSpec, type Setting } from "../../lib/frontends/spec.ts";
import { run as runFeatures } from "../../pipeline/stages/features.ts";
import { synthesize } from "../../pipeline/stages/synthesize_words.ts";
import { fakeIo } from "../pipeline/stages/fake_io.ts";
import { ProjectCopy } from "../support/project.ts";
import type { BenchCase } from "./cases.ts";
import { paperFrontend, SAMPLES, syntheticWaves } from "./inputs.ts";
import type { Work } from "./work.ts";

type CaseOf<Kind extends BenchCase["kind"]> = Extract<BenchCase, { readonly kind: Kind }>;

const RATE = 16_000;
/** Files that clips are read from, again and again: decoding is timed, making waves is not. */
const FILES = 50;
const SETTING_OF: Readonly<Record<CaseOf<"features">["representation"], Setting>> = {
  logmel: "A",
  power: "B",
  waveform: "D",
};

export function prepareSynthesis({ clipsPerWord }: CaseOf<"synthesis">): Work {
  const folder = Deno.makeTempDirSync({ prefix: "bench-" });
  const slice = {
    seed: 0,
    words: TEN_WORDS,
    clips_per_word: clipsPerWord,
    voices: clipsPerWord,
    noise_seconds: 3,
    sample_rate: RATE,
  };
  return {
    rate: { unit: "clips/s", amount: TEN_WORDS.length * clipsPerWord },
    run: () => synthesize(fakeIo(slice, folder)),
    close: () => Deno.removeSync(folder, { recursive: true }),
  };
}

export function prepareFeatures({ representation, clips }: CaseOf<"features">): Work {
  const folder = Deno.makeTempDirSync({ prefix: "bench-" });
  Deno.mkdirSync(`${folder}/audio`);
  Deno.mkdirSync(`${folder}/out`);
  const waves = syntheticWaves(FILES);
  for (let i = 0; i < FILES; i++) {
    const wave = waves.subarray(i * SAMPLES, (i + 1) * SAMPLES);
    Deno.writeFileSync(`${folder}/audio/${i}.wav`, encodeWav16(wave, RATE));
  }
  const index = `${folder}/index.json`;
  Deno.writeTextFileSync(index, JSON.stringify(indexOf(clips)));
  const slice = {
    prefix: prefixSpec(paperFrontend(SETTING_OF[representation])),
    clip_samples: SAMPLES,
    sample_rate: RATE,
    backend: representation === "waveform" ? null : "wasm",
  };
  return {
    rate: { unit: "clips/s", amount: clips },
    run: () =>
      runFeatures(fakeIo(slice as unknown as Json, `${folder}/out`, { audio: `${folder}/audio`, index })),
    close: () => Deno.removeSync(folder, { recursive: true }),
  };
}

/** Finishes everything in a project of its own; each run then starts the command line once more. */
export async function prepareNoop(): Promise<Work> {
  const project = new ProjectCopy();
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

function indexOf(clips: number): Json {
  const entries = Array.from({ length: clips }, (_, i) => ({
    path: `${i % FILES}.wav`,
    label: "yes",
    speaker: `s${i}`,
  }));
  return {
    format: 1,
    classes: ["yes"],
    sample_rate: RATE,
    clip_samples: SAMPLES,
    split_rule: "lists",
    splits: { train: entries, validation: [], test: [] },
    counts: { train: { yes: clips }, validation: {}, test: {} },
    notes: {
      resampled: 0,
      mixed_down: 0,
      padded: 0,
      trimmed: 0,
      left_out: 0,
      shared_speakers: 0,
      skipped: [],
    },
  };
}
