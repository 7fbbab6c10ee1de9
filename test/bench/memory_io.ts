/** Measures how much memory trainings take, each in a process of its own. */
import { fromFileUrl } from "@std/path";
import { TEN_WORDS } from "../../lib/data/words_layout/vocabulary.ts";
import { cachedSteps, planSteps } from "../../lib/frontends/plan.ts";
import { shapeOf } from "../../lib/nn/representation.ts";
import { createExamples } from "../../lib/train/example_file_io.ts";
import { nnAudio } from "../lib/frontends/papers.ts";
import { original } from "../lib/models/harness.ts";
import { TRAIN_SLICE } from "../pipeline/stages/tiny.ts";
import type { MemoryCase, MemoryFigure } from "./memory_cases.ts";
import type { MemoryReply, MemoryRequest } from "./memory_worker_io.ts";
import { syntheticWaves } from "./inputs.ts";

const CLASSES = [...TEN_WORDS, "_silence_", "_unknown_"];
const [SAMPLE_RATE, CLIP_SAMPLES] = [16_000, 16_000];
/** Values that are written again and again: reading takes the same memory whatever they are. */
const VARIETY = 50;

/** @throws {Error} With the process' last words if it fails. */
export async function measureMemory(wanted: MemoryCase): Promise<MemoryFigure> {
  const folder = Deno.makeTempDirSync({ prefix: "bench-" });
  try {
    const request = await prepare(wanted, folder);
    const command = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--allow-all",
        fromFileUrl(new URL("memory_worker_io.ts", import.meta.url)),
        JSON.stringify(request),
      ],
      stderr: "piped",
    });
    const { success, stdout, stderr } = await command.output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
    if (!success) throw new Error(`The training failed: ${text(stderr)}`);
    return { case: wanted, ...JSON.parse(text(stdout).split("\n").at(-1)!) as MemoryReply };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

async function prepare(wanted: MemoryCase, folder: string): Promise<MemoryRequest> {
  const { model, setting, clips, batch, bands, threads } = wanted;
  const frontend = await nnAudio(setting, { n_mels: bands });
  const chain = await planSteps(frontend.steps);
  const steps = cachedSteps(chain);
  const representation = chain.representations[steps.length]!;
  const length = steps.length === 0 ? CLIP_SAMPLES : chain.framing.frames(CLIP_SAMPLES);
  const waves = syntheticWaves(VARIETY);
  const size = shapeOf(representation, length).reduce((a, b) => a * b, 1);
  const values = (i: number) => {
    const at = (i % VARIETY) * CLIP_SAMPLES;
    return steps.length === 0
      ? Int16Array.from(waves.subarray(at, at + CLIP_SAMPLES), (sample) => 32_767 * sample)
      // Never zero or below, as of a power a logarithm is taken.
      : Float32Array.from({ length: size }, (_, n) => 0.01 + Math.abs(waves[(at + n) % waves.length]!));
  };
  const all = Array.from({ length: VARIETY }, (_, i) => values(i));
  const write = (name: string, count: number) => {
    const writer = createExamples(
      `${folder}/${name}`,
      {
        steps: [...steps],
        representation,
        classes: CLASSES,
        sampleRate: SAMPLE_RATE,
        clipSamples: CLIP_SAMPLES,
      },
      Array.from({ length: count }, (_, i) => ({
        name: `${CLASSES[i % CLASSES.length]}/speaker${i % 97}_nohash_${i}.wav`,
        length,
        labels: [i % CLASSES.length],
      })),
    );
    for (let i = 0; i < count; i++) writer.append(all[i % VARIETY]!);
    writer.finish();
    return `${folder}/${name}`;
  };
  Deno.mkdirSync(`${folder}/out`);
  return {
    inputs: { train: write("train", clips), validation: write("validation", Math.ceil(clips / 10)) },
    slice: {
      ...TRAIN_SLICE,
      frontend,
      model: original(model),
      trainer: { ...TRAIN_SLICE.trainer, epochs: 1, batch_size: batch },
      optim: { ...TRAIN_SLICE.optim, model: { ...TRAIN_SLICE.optim.model, lr: RATE } },
    },
    outDir: `${folder}/out`,
    threads,
  };
}

/** So small that made-up features leave all numbers ordinary. */
const RATE = 1e-6;
