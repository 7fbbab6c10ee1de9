/** What a kind of optimizer is. Pure. */
import type { z } from "zod";
import type { JsonObject } from "../../base/json.ts";
import type { TensorSpec } from "../../nn/types.ts";
import type { UpdateRule } from "./update_rule.ts";

export interface OptimizerKind<Config extends JsonObject = JsonObject> {
  /** Of `conf/optim/<name>.yaml` without what all optimizers share: groups and schedule. With a literal `kind`. */
  readonly schema: z.ZodObject & z.ZodType<Config>;
  /** @param config As the schema gives it. */
  load(): Promise<{ rule(config: Config, trained: readonly TensorSpec[]): UpdateRule }>;
}
