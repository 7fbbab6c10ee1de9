/** Front-ends and models in their file form, as slices and checkpoints hold them: only their kinds look inside. */
import { z } from "zod";

const name = z.string().min(1);

const stepSchema = z.object({ step: name, trained: z.boolean() }).catchall(z.json());

export const frontendSchema = z.object({
  kind: name,
  sample_rate: z.int().positive(),
  trained: z.array(name),
  steps: z.array(stepSchema),
}).catchall(z.json());

export const modelSchema = z.object({ kind: name }).catchall(z.json());
