/** Settings as a stage or a caller of the library gives them, checked once at the door. */
import { z } from "zod";
import { UserError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { fromFile, type Parsed } from "../base/record.ts";
import { schemaProblem } from "../base/schema_problem.ts";

/** Of any kind, before it has looked at them. */
export const anySettings: z.ZodType<JsonObject> = z.record(z.string(), z.json());

/** Classes of the checkpoint that is evaluated, in its order; null: the split is to have all that is wanted. */
export const evaluatedShape = { evaluated: z.array(z.string()).min(1).nullable() };

/** @param what Begins the message: `Cannot index the data set`. @throws {UserError} `bad-config`. */
export function parseSettings<Schema extends z.ZodType>(
  schema: Schema,
  settings: JsonObject,
  what: string,
): Parsed<Schema> {
  const parsed = schema.safeParse(settings);
  if (parsed.success) return fromFile<Schema>(schema, parsed.data);
  throw new UserError("bad-config", `${what}: ${schemaProblem(parsed.error)}.`, { cause: parsed.error });
}

/** The values of a configuration that a shape of zod's describes. */
export function valuesOf(shape: Readonly<Record<string, z.ZodType>>, config: JsonObject): JsonObject {
  return Object.fromEntries(Object.keys(shape).map((key) => [key, config[key] ?? null]));
}
