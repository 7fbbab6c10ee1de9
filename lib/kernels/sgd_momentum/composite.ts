/** {@link sgdMomentum} of one parameter from standard operations. */
import * as tf from "@tensorflow/tfjs";
import type { SgdUpdate } from "./types.ts";

export function sgdMomentumComposite(update: SgdUpdate): void {
  const { parameter, velocity, gradient, weightDecay, momentum, rate } = update;
  tf.tidy(() => {
    let change = weightDecay === 0 ? gradient : gradient.add(parameter.mul(weightDecay));
    if (velocity !== undefined) velocity.assign(change = velocity.mul(momentum).add(change));
    parameter.assign(parameter.sub(change.mul(rate)));
  });
}
