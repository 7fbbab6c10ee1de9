/** What kinds of steps without tensors say alike; spread it first and say what differs. */
import type { StepKind } from "./contract.ts";

/** Of a step that has nothing to train, makes the same of a clip in any batch, and is more than levelling out. */
export const STATELESS = {
  tensors: () => [],
  variesWithBatch: () => false,
  levels: false,
  ofTraining: [],
  ofStart: [],
  trainedSeconds: 0,
} as const satisfies Partial<StepKind>;
