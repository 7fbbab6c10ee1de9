/** A list of transforms, each with its ranges: of waves one after the other, of bands, and of pairs of examples. */
import { z } from "zod";
import type { AugmentKind } from "../contract.ts";
import { schema as masks } from "./bands/masks.ts";
import { schema as warp } from "./bands/warp.ts";
import { schema as mix } from "./mix.ts";
import { waveSchema } from "./waves/list.ts";

const schema = z.strictObject({
  kind: z.literal("transforms"),
  waves: z.array(waveSchema),
  /** Null: they are not changed so. */
  bands: z.strictObject({ warp: warp.nullable(), masks: masks.nullable() }),
  /** Null: examples are not mixed. */
  mix: mix.nullable(),
});

export type Config = z.output<typeof schema>;

export const kind: AugmentKind<Config> = {
  schema,
  check: ({ mix }, { oneLabel }) =>
    oneLabel || mix === null ? [] : [{
      path: ["mix"],
      message: "wanted null: only examples with one label each can be mixed, found alpha " + mix.alpha,
    }],
  changes: ({ waves, bands, mix }) => [
    ...(waves.length > 0 || mix !== null ? ["waves" as const] : []),
    ...(bands.warp === null && bands.masks === null ? [] : ["spectra" as const]),
    ...(mix === null ? [] : ["labels" as const]),
  ],
  load: () => import("./work.ts").then(({ openWork }) => openWork()),
};
