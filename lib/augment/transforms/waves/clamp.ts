/** What goes beyond full scale is cut off there, as recordings do. */
import { z } from "zod";
import type { Wave } from "./wave.ts";

export const schema = z.strictObject({ transform: z.literal("clamp") });

export function apply(_config: z.output<typeof schema>, { values, lend }: Wave): Float32Array {
  const clamped = lend(values.length);
  for (let i = 0; i < clamped.length; i++) clamped[i] = Math.max(-1, Math.min(1, values[i]!));
  return clamped;
}
