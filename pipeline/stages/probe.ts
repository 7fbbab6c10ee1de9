/** Stage `probe`: what a training made of its front-end, in numbers small enough to be drawn. */
import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { openBackend } from "../../lib/backend/backend_io.ts";
import { Rng } from "../../lib/base/random.ts";
import { readTensors, writeTensors } from "../../lib/formats/safetensors_io.ts";
import { type OpenChain, openChain, viewsOf } from "../../lib/frontends/open.ts";
import { planSteps } from "../../lib/frontends/plan.ts";
import { copied, createState, disposeState } from "../../lib/nn/state.ts";
import type { NetworkState } from "../../lib/nn/types.ts";
import { type ProbedClip, type ProbedView, probeFile, type ProbeState } from "../../lib/records/probe.ts";
import { frontendSchema } from "../../lib/records/specs.ts";
import { type ExampleSource, openExamples, readFeatureInfo } from "../../lib/train/example_file_io.ts";
import { learnedState } from "../../lib/train/learned_state.ts";
import { defineStage } from "../engine/stage.ts";

/**
 * Reads inputs `examples` (features of a split) and `checkpoint`; writes `probe.safetensors`: what tensors of
 * trained steps stand for, and a few examples as drawings show them, before and after training.
 */
const slice = z.strictObject({
  frontend: frontendSchema,
  /** How many examples, each of other labels. */
  clips: z.int().min(0),
});

type States = Readonly<Record<ProbeState, NetworkState>>;

export const stage = defineStage({
  slice,
  async run(io, { frontend, clips: wanted }) {
    // The same backend everywhere, so that what a report shows does not depend on the machine's accelerator.
    io.madeWith((await openBackend("wasm", { threads: io.threads })).facts);
    const chain = await openChain(await planSteps(frontend.steps));
    const path = io.input("examples");
    const classes = readFeatureInfo(path).classes.length;
    const taker = { ...chain, steps: chain.steps.map(({ spec }) => spec), classes };
    using source = openExamples(path, taker, () => 1);
    const specs = source.entry < chain.frozen ? [...chain.frozenSpecs, ...chain.specs] : chain.specs;
    const states: States = {
      initial: createState({ specs }, Rng.fromSeed(0)),
      learned: learnedState(specs, readTensors(io.input("checkpoint"))),
    };
    const clips: ProbedClip[] = [];
    for (const row of differentRows(source, wanted)) clips.push(await seen(chain, states, source, row));
    const { hopSamples } = chain.framing;
    const { tensors, metadata } = probeFile({
      views: await viewsOfTrained(chain, states, frontend.sample_rate),
      clips,
      representation: chain.representations[chain.shown]!,
      secondsPerFrame: hopSamples / frontend.sample_rate,
    });
    Object.values(states).forEach(disposeState);
    writeTensors(io.output("probe.safetensors"), tensors, metadata);
  },
});

async function viewsOfTrained(
  { steps }: OpenChain,
  states: States,
  sampleRate: number,
): Promise<ProbedView[]> {
  const views: ProbedView[] = [];
  for (const [i, step] of steps.entries()) {
    if (!step.values.trained) continue;
    const initial = await viewsOf(step, states.initial, sampleRate);
    const learned = await viewsOf(step, states.learned, sampleRate);
    initial.forEach((view, v) =>
      views.push({ step: `${i}-${step.spec.step}`, initial: view, learned: learned[v]! })
    );
  }
  return views;
}

/** The first example of each sequence of labels, in the classes' order, as many as asked for. */
function differentRows(source: ExampleSource, most: number): number[] {
  const firsts = new Map<string, number>();
  for (let row = 0; row < source.count; row++) {
    const labels = source.labelsOf(row).join();
    if (!firsts.has(labels)) firsts.set(labels, row);
  }
  const ordered = [...firsts.values()].sort((a, b) => compare(source.labelsOf(a), source.labelsOf(b)));
  return ordered.slice(0, most);
}

function compare(a: Int32Array, b: Int32Array): number {
  const at = a.findIndex((label, i) => label !== b[i]);
  return at === -1 ? a.length - b.length : a[at]! - (b[at] ?? -1);
}

async function seen(
  { shown, transform }: OpenChain,
  states: States,
  source: ExampleSource,
  row: number,
): Promise<ProbedClip> {
  const { features, shape, entry } = await source.read([row]);
  const through = async (state: NetworkState) => {
    const image = tf.tidy(() => {
      const example = tf.tensor(features, [1, ...shape], "float32");
      return tf.clone(transform(state, example, { training: false }, entry, shown));
    });
    const values = { shape: image.shape.slice(1), data: await copied(image) };
    image.dispose();
    return values;
  };
  const [initial, learned] = [await through(states.initial), await through(states.learned)];
  return {
    name: source.names[row]!,
    labels: Array.from(source.labelsOf(row), (label) => source.classes[label]!),
    shape: initial.shape,
    initial: initial.data,
    learned: learned.data,
  };
}

if (import.meta.main) await stage.serve();
