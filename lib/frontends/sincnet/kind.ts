/** SincNet: band-pass filters given by two frequencies, rectified, pooled; with Gaussian pooling SincNet+. */
import { z } from "zod";
import type { Problem } from "../../base/kinds.ts";
import type { FrontendContext, FrontendKind } from "../contract.ts";
import { pooledFrontend } from "../pooled_front_end.ts";
import { normalisation } from "../spectrogram.ts";
import { POOLED_PARTS, pooledConfig, pooledProblems } from "../steps/pooled_frames.ts";

const schema = z.strictObject({
  kind: z.literal("sincnet"),
  ...pooledConfig,
  /** Under which filters are cut: see `sincWindow`. */
  window: z.enum(["periodic", "mirrored"]),
  rectifier: z.enum(["leaky", "absolute"]),
  pooling: z.enum(["max", "gaussian"]),
  normalise: normalisation,
});

type Config = z.output<typeof schema>;

export const kind: FrontendKind<Config> = pooledFrontend({
  schema,
  step: "sinc_filters",
  parts: { filters: "band edges", pooling: "pooling windows" },
  partsOf: ({ pooling }) => pooling === "max" ? ["filters"] : POOLED_PARTS,
  settingsOfCompression: ["B", "D"],
  check,
  notEnergies: ({ pooling }) => pooling === "max" ? { what: "largest amplitudes", key: "pooling" } : null,
  signedBy: ({ floor, rectifier }) => floor === null && rectifier === "leaky" ? ["floor", "rectifier"] : null,
  variant: ({ pooling }) => ({
    values: { "frontend.pooling": pooling === "max" ? null : pooling },
    words: pooling === "max" ? [] : [pooling],
  }),
});

function check(config: Config, context: FrontendContext): Problem[] {
  const problems = pooledProblems(config, context);
  if (config.pooling === "gaussian" && config.pool_samples % 2 === 0) {
    problems.push({
      path: ["frontend", "pool_samples"],
      message:
        `wanted an odd number for pooling: gaussian, whose window has a middle, found ${config.pool_samples}`,
    });
  }
  if (config.pooling === "max" && context.trained.join() === "pooling") {
    problems.push({
      path: ["frontend", "pooling"],
      message:
        `max has nothing to train, and nothing else of the front-end is trained; wanted gaussian, or other parts`,
    });
  }
  return problems;
}
