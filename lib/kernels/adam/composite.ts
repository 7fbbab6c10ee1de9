/** {@link adam} of one parameter from standard operations. */
import * as tf from "@tensorflow/tfjs";
import { adamFactors } from "./factors.ts";
import type { AdamUpdate } from "./types.ts";

export function adamComposite(update: AdamUpdate): void {
  const { parameter, average, squareAverage, gradient } = update;
  const { weightDecay, keepAverage, addGradient, keepSquare, addSquare, rate, rootScale, eps } = adamFactors(
    update,
  );
  tf.tidy(() => {
    const g = weightDecay === 0 ? gradient : gradient.add(parameter.mul(weightDecay));
    const mean = average.mul(keepAverage).add(g.mul(addGradient));
    const square = squareAverage.mul(keepSquare).add(g.mul(g).mul(addSquare));
    average.assign(mean);
    squareAverage.assign(square);
    parameter.assign(parameter.sub(mean.mul(rate).div(square.sqrt().div(rootScale).add(eps))));
  });
}
