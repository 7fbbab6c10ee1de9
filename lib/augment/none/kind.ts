/** No augmentation: examples are learnt from as they are. */
import { z } from "zod";
import type { AugmentKind } from "../contract.ts";

const schema = z.strictObject({ kind: z.literal("none") });

export const kind: AugmentKind<z.output<typeof schema>> = {
  schema,
  check: () => [],
  changes: () => [],
  load: () => Promise.resolve({ augment: (_config, example) => example }),
};
