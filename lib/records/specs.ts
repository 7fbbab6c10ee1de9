/** Front-ends and models in their file form, as slices and checkpoints hold them: only their kinds look inside. */
import { z } from "zod";
import type { FrontendSpec, StepSpec } from "../frontends/contract.ts";
import type { ModelSpec } from "../models/contract.ts";

const name = z.string().min(1);

export const stepSchema: z.ZodType<StepSpec> = z.object({ step: name, trained: z.boolean() })
  .catchall(z.json());

export const frontendSchema: z.ZodType<FrontendSpec> = z.object({
  kind: name,
  sample_rate: z.int().positive(),
  trained: z.array(name),
  steps: z.array(stepSchema),
}).catchall(z.json());

export const modelSchema: z.ZodType<ModelSpec> = z.object({ kind: name }).catchall(z.json());
