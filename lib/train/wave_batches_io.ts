/**
 * Batches of waves that are changed and carried through the frozen prefix as they are read, where that is one pass: in
 * this thread or in workers, to the same bytes.
 */
import type { AugmentSpec } from "../augment/contract.ts";
import type { FrontendSpec } from "../frontends/contract.ts";
import { planSteps } from "../frontends/plan.ts";
import { openSpectrum } from "../kernels/spectrum/alone_io.ts";
import type { SpectrumPass } from "../kernels/spectrum/pass.ts";
import { shapeOf } from "../nn/representation.ts";
import { augmentOf } from "./augmentation.ts";
import { type BatchReader, readerOf, type TrainingBatch } from "./batch_reader.ts";
import { openExamples } from "./example_file_io.ts";

/** All that decides batches, as plain values: it can be posted to a worker. */
export interface WavePlan {
  /** A file of waves. */
  readonly path: string;
  readonly frontend: FrontendSpec;
  readonly classes: number;
  readonly augment: AugmentSpec;
  /** The frozen prefix; null: batches enter the network as waves. */
  readonly pass: SpectrumPass | null;
}

export interface OpenWaves extends BatchReader, Disposable {}

/** Reads when it is asked. Examples that are too short for their labels are not left out: there must be none. */
export async function openWaves({ path, frontend, classes, augment, pass }: WavePlan): Promise<OpenWaves> {
  const chain = await planSteps(frontend.steps);
  const steps = chain.steps.map(({ spec }) => spec);
  const source = openExamples(path, { ...chain, steps, classes }, () => 0);
  const changes = await augmentOf(augment, source, chain.representations[chain.shown]!);
  const reader = readerOf(source, changes);
  const spectrum = pass === null ? null : await openSpectrum(pass);
  const made = chain.representations[chain.frozen]!;
  const through = (batch: TrainingBatch): TrainingBatch => {
    if (spectrum === null) return batch;
    const features = spectrum.features(batch.features, batch.shape[0]!);
    const perFrame = shapeOf(made, 1).reduce((all, size) => all * size, batch.clips);
    return { ...batch, features, shape: shapeOf(made, features.length / perFrame), entry: chain.frozen };
  };
  return {
    ahead: 0,
    read: async (rows, rng, draws) => through(await reader.read(rows, rng, draws)),
    [Symbol.dispose]: () => source[Symbol.dispose](),
  };
}
