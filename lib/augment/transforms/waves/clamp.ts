/** What goes beyond full scale is cut off there, as recordings do. */
import { z } from "zod";
import type { Wave } from "./wave.ts";

export const schema = z.strictObject({ transform: z.literal("clamp") });

export function apply(_config: z.output<typeof schema>, { values }: Wave): Float32Array {
  return values.map((value) => Math.max(-1, Math.min(1, value)));
}
