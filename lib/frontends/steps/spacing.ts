/** Bins other than those of the DFT, as steps have them in their file form. */
import { z } from "zod";

/** Null: the DFT's, from 0 Hz to half the sample rate. */
export const spacing = z.strictObject({
  is_log: z.boolean(),
  count: z.int().min(1),
  f_min_hz: z.number().min(0),
  f_max_hz: z.number().positive(),
}).nullable().default(null);
