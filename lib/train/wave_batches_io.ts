/**
 * Batches of waves that are changed as they are read and carried through as much of the frozen prefix as is one pass: in
 * this thread or in workers, to the same bytes.
 */
import type { AugmentSpec } from "../augment/contract.ts";
import { loadKind } from "../base/kinds.ts";
import type { FrontendSpec } from "../frontends/contract.ts";
import { type Chain, planSteps } from "../frontends/plan.ts";
import { openSpectrum } from "../kernels/spectrum/alone_io.ts";
import type { SpectrumPass } from "../kernels/spectrum/pass.ts";
import { shapeOf } from "../nn/representation.ts";
import { TASKS } from "../tasks/kinds.ts";
import { augmentOf } from "./augmentation.ts";
import { type BatchReader, readerOf, type TrainingBatch } from "./batch_reader.ts";
import { openExamples } from "./example_file_io.ts";

/** All that decides batches, as plain values: it can be posted to a worker. */
export interface WavePlan {
  /** A file of waves. */
  readonly path: string;
  /** A kind of `tasks/kinds.ts`. */
  readonly task: string;
  readonly frontend: FrontendSpec;
  readonly classes: number;
  readonly augment: AugmentSpec;
  /** The first steps of the front-end, up to where batches enter the network; null: they enter as waves. */
  readonly pass: { readonly to: number; readonly made: SpectrumPass } | null;
}

export interface OpenWaves extends BatchReader, Disposable {}

/** Reads when it is asked. Rows are those of the training's source. @param afterClip Called after each that was changed. */
export async function openWaves(
  { path, task, frontend, classes, augment, pass }: WavePlan,
  afterClip: () => void = () => {},
): Promise<OpenWaves> {
  const chain = await planSteps(frontend.steps);
  const steps = chain.steps.map(({ spec }) => spec);
  const { leastFrames } = await loadKind(TASKS, task, "task");
  const source = openExamples(path, { ...chain, steps, classes }, leastFrames);
  const changes = await augmentOf(augment, source, chain);
  const { wave } = changes;
  const reader = readerOf(source, {
    ...changes,
    ...(wave && {
      wave(example, rng) {
        const changed = wave(example, rng);
        afterClip();
        return changed;
      },
    }),
  });
  const through = pass === null ? (batch: TrainingBatch) => batch : await throughPass(pass, chain);
  return {
    ahead: 0,
    read: async (rows, rng, draws) => through(await reader.read(rows, rng, draws)),
    [Symbol.dispose]: () => source[Symbol.dispose](),
  };
}

async function throughPass({ to, made }: NonNullable<WavePlan["pass"]>, chain: Chain) {
  const spectrum = await openSpectrum(made);
  const there = chain.representations[to]!;
  return (batch: TrainingBatch): TrainingBatch => {
    const features = spectrum.features(batch.features, batch.shape[0]!);
    const perFrame = shapeOf(there, 1).reduce((all, size) => all * size, batch.clips);
    return { ...batch, features, shape: shapeOf(there, features.length / perFrame), entry: to };
  };
}
