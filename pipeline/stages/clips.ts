/** Stage `clips`: the examples of a split that a network did worst on, as they sound and as its front-end gives them. */
import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { toInt16 } from "../../lib/audio/wav.ts";
import { openBackend } from "../../lib/backend/backend_io.ts";
import { ExampleReader } from "../../lib/data/example_reader_io.ts";
import { readTensors, writeTensors } from "../../lib/formats/safetensors_io.ts";
import { openChain } from "../../lib/frontends/open.ts";
import { planSteps } from "../../lib/frontends/plan.ts";
import { copied, disposeState } from "../../lib/nn/state.ts";
import { type ExampleIndex, parseIndex } from "../../lib/records/example_index.ts";
import { type HeardClip, heardClipsFile } from "../../lib/records/heard_clips.ts";
import { parsePredictions } from "../../lib/records/predictions.ts";
import { frontendSchema } from "../../lib/records/specs.ts";
import { learnedState } from "../../lib/train/learned_state.ts";
import { badness, worstFirst } from "../report/statistics/worst.ts";
import { defineStage } from "../engine/stage.ts";

/**
 * Reads inputs `predictions`, `index` and the recordings of the split, each under its name, and `checkpoint`; writes
 * `clips.safetensors`.
 */
const slice = z.strictObject({
  frontend: frontendSchema,
  /** Of the score that predictions add up to. */
  lower_is_better: z.boolean(),
  /** `errors`: those that are wrong; `all`: behind them those that are right, the least sure first. */
  which: z.enum(["errors", "all"]),
});

/** More errors than this nobody listens to; the table of confusions counts all. */
const MOST_ERRORS = 40;
/** Of all waves together, as base64: what a page that carries them may grow by. */
const MOST_BYTES = 5_000_000;
const BYTES_OF_SAMPLE = 2 * 4 / 3;

export const stage = defineStage({
  slice,
  async run(io, { frontend, lowerIsBetter, which }) {
    // The same backend everywhere, so that what a report shows does not depend on the machine's accelerator.
    io.madeWith((await openBackend("wasm", { threads: io.threads })).facts);
    const index = parseIndex(Deno.readTextFileSync(io.input("index")), io.input("index"));
    const predictions = parsePredictions(
      Deno.readTextFileSync(io.input("predictions")),
      io.input("predictions"),
    );
    const { examples } = predictions;
    const wrong = examples.filter((example) => badness(example, lowerIsBetter) > 0).length;
    const wanted = worstFirst(examples, lowerIsBetter).slice(0, which === "all" ? undefined : wrong);
    const chosen = chosenOf(wanted.map(({ name }) => name), index, which === "all" ? Infinity : MOST_ERRORS);
    const chain = await openChain(await planSteps(frontend.steps));
    const state = learnedState(
      [...chain.frozenSpecs, ...chain.specs],
      readTensors(io.input("checkpoint")),
    );
    const seen = async (wave: Float32Array): Promise<HeardClip["image"]> => {
      if (chain.framing.frames(wave.length) <= 0) return null;
      const image = tf.tidy(() =>
        tf.clone(
          chain.transform(state, tf.tensor2d(wave, [1, wave.length]), { training: false }, 0, chain.shown),
        )
      );
      const values = { shape: image.shape.slice(1), values: await copied(image) };
      image.dispose();
      return values;
    };
    const reader = new ExampleReader(io.inputs, index);
    const clips: HeardClip[] = [];
    for (const example of chosen) {
      const wave = await reader.read(example);
      clips.push({ name: example.name, wave: toInt16(wave), image: await seen(wave) });
      io.progress({ done: clips.length, total: chosen.length, unit: "examples" });
    }
    disposeState(state);
    const { tensors, metadata } = heardClipsFile({
      clips,
      sampleRate: index.sampleRate,
      representation: chain.representations[chain.shown]!,
      count: examples.length,
      wrong,
      cut: wanted.length - chosen.length,
    });
    writeTensors(io.output("clips.safetensors"), tensors, metadata);
  },
});

/** The first that are not too much together. */
function chosenOf(names: readonly string[], { examples }: ExampleIndex, most: number) {
  const byName = new Map(examples.map((example) => [example.name, example]));
  const chosen: ExampleIndex["examples"][number][] = [];
  let bytes = 0;
  for (const name of names) {
    const example = byName.get(name)!;
    bytes += BYTES_OF_SAMPLE * example.samples;
    if (chosen.length === most || bytes > MOST_BYTES) break;
    chosen.push(example);
  }
  return chosen;
}

if (import.meta.main) await stage.serve();
