/** What one pass does behind the transform. Pure. */
import type * as tf from "@tensorflow/tfjs";
import type { NetworkState } from "../../nn/types.ts";
import type { SimpleStep } from "../contract.ts";

/** In this order. @typeParam Bank As of {@link SimpleStep}. */
export interface Behind<Bank = (state: NetworkState) => tf.Tensor2D> {
  readonly root: boolean;
  readonly mask: readonly [number, number] | null;
  readonly bank: Bank | null;
  readonly logOffset: number | null;
}

export const BARE = { root: false, mask: null, bank: null, logOffset: null } as const;

/** Undefined if a step does not come next. */
export function extended<Bank>(behind: Behind<Bank>, step: SimpleStep<Bank>): Behind<Bank> | undefined {
  const { root, mask, bank, logOffset } = behind;
  switch (step.does) {
    case "sqrt":
      return root || mask !== null || bank !== null ? undefined : { ...behind, root: true };
    case "zero":
      return mask !== null || bank !== null ? undefined : { ...behind, mask: step.bins };
    case "filter":
      return bank !== null ? undefined : { ...behind, bank: step.bank };
    case "ln":
      return bank === null || logOffset !== null ? undefined : { ...behind, logOffset: step.offset };
    default:
      throw step satisfies never;
  }
}
