import { type Representation, shapeOf } from "../../nn/representation.ts";

/** Numbers of one frame. */
export function frameSize(representation: Representation): number {
  return shapeOf(representation, 1).reduce((product, n) => product * n, 1);
}
