/**
 * Learning curves of made-up trainings: a grid of rates by batch sizes whose validation losses fall as the parametric
 * families do that are fitted to real ones (Domhan, Springenberg and Hutter 2015, "Speeding up Automatic Hyperparameter
 * Optimization of Deep Neural Networks by Extrapolation of Learning Curves": pow3, Weibull, MMF, ilog2). A lower rate learns
 * more slowly, and one below the best has not come to its end where training ends, so that curves cross.
 */
import { Rng } from "../../lib/base/random.ts";

/** From what is left of a loss, in units of its time constant. @returns From 1 at 0 down to 0. */
type Shape = (time: number, bend: number) => number;

export const FAMILIES: Readonly<Record<string, Shape>> = {
  "power law": (time, bend) => (1 + time) ** -(0.5 + 1.5 * bend),
  Weibull: (time, bend) => Math.exp(-(time ** (0.5 + bend))),
  MMF: (time, bend) => 1 / (1 + time ** (1 + 2 * bend)),
  logarithm: (time, bend) => 1 / Math.log2(2 + (1 + bend) * time),
};

export const RATES = 8;
export const BATCHES = 3;

export interface MadeUpGrid {
  /** Of each configuration the losses by epoch, the rates one after the other, of each all batch sizes. */
  readonly losses: readonly (readonly number[])[];
  /** Standard deviation of what chance adds to a loss: less than twice that between two final losses tells nothing. */
  readonly noise: number;
}

/** @param seed Another one is another problem: where the best rate lies, how fast it learns, how much chance adds. */
export function madeUpGrid(shape: Shape, epochs: number, seed: number): MadeUpGrid {
  const rng = Rng.fromSeed(seed).fork("problem");
  const untrained = Math.log(12); // twelve classes, all as likely
  const floor = rng.uniform(0.3, 1);
  const rise = rng.uniform(0.3, 1.2);
  const best = rng.uniform(1, RATES - 2);
  const width = rng.uniform(1.5, 4);
  const bend = rng.uniform();
  // Epochs until the best rate has learnt most of what it learns: from the first to a third of the training.
  const constant = Math.exp(rng.uniform(Math.log(1), Math.log(epochs / 3)));
  const haste = rng.uniform(0.2, 0.7);
  const noise = Math.exp(rng.uniform(Math.log(0.005), Math.log(0.05)));
  const effects = Array.from({ length: BATCHES }, () => 0.1 * rise * Math.abs(rng.normal()));
  const losses = Array.from({ length: RATES * BATCHES }, (_, i) => {
    const [rate, batch] = [Math.floor(i / BATCHES), i % BATCHES];
    const off = (rate - best) / width;
    const end = floor + effects[batch]! + rise * off * off / (1 + off * off);
    const slowness = constant * 10 ** (-haste * (rate - best) / 2);
    const chance = rng.fork(i);
    // Rates above the best make the loss jump about.
    const spread = noise * (1 + 2 * Math.max(0, off));
    return Array.from(
      { length: epochs },
      (_, t) => end + (untrained - end) * shape((t + 1) / slowness, bend) + spread * chance.normal(),
    );
  });
  return { losses, noise };
}
