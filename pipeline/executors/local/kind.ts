/** This machine. Its tasks end with the command that runs them. */
import { z } from "zod";
import type { ExecutorKind } from "../contract.ts";

const schema = z.strictObject({ kind: z.literal("local") });

export const kind: ExecutorKind<typeof schema> = {
  schema,
  check: () => [],
  gpus: () => null,
  open: async (_settings, placement) => (await import("./executor_io.ts")).openLocal(placement),
  jobs: () => Promise.resolve(undefined),
};
