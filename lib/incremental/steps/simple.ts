/** Steps that say all of themselves. */
import * as tf from "@tensorflow/tfjs";
import type { SimpleStep } from "../../frontends/contract.ts";
import { copied } from "../../nn/state.ts";
import type { NetworkState } from "../../nn/types.ts";
import type { StreamedStep } from "./contract.ts";

/** @param size Numbers of a frame that it takes in. @param state Has its tensors. */
export async function simpleStep(step: SimpleStep, size: number, state: NetworkState): Promise<StreamedStep> {
  switch (step.does) {
    case "sqrt":
      return curve((values, at) => {
        for (let i = at; i < at + size; i++) values[i] = Math.sqrt(values[i]!);
      });
    case "zero": {
      const [start, end] = step.bins;
      return curve((values, at) => void values.fill(0, at + start, at + end));
    }
    case "ln": {
      const { offset } = step;
      return curve((values, at) => {
        for (let i = at; i < at + size; i++) values[i] = Math.log(values[i]! + offset);
      });
    }
    case "filter": {
      const bank = tf.tidy(() => tf.clone(step.bank(state)));
      const [matrix, outputs] = [await copied(bank), bank.shape[0]];
      bank.dispose();
      return { does: "product", matrix, outputs };
    }
    default:
      throw step satisfies never;
  }
}

function curve(apply: (values: Float32Array, at: number) => void): StreamedStep {
  return { does: "curve", apply };
}
