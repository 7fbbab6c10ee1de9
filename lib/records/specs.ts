/** Front-ends, models and what they make of examples, in their file form: what slices, checkpoints and features share. */
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

/** See `nn/representation.ts`. */
export const representationSchema = z.strictObject({
  name,
  axes: z.array(z.strictObject({
    name: z.enum(["time", "frequency", "band", "channel"]),
    size: z.int().positive().nullable(),
  })).min(1),
  unit: z.string(),
  range: z.union([
    z.strictObject({ from: z.number(), to: z.number() }),
    z.strictObject({ below: z.number() }),
  ]).nullable(),
});

/** A numeric backend. */
export const backendSchema = z.enum(["webgpu", "wasm", "cpu"]);

/** What tells one network from another, as the slices of all stages that have one begin. */
export const networkShape = { task: name, frontend: frontendSchema, model: modelSchema };
