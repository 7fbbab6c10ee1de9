/** Makes a data set's recordings: output `audio`, a folder. */
import { z } from "zod";
import { loadKind } from "../../lib/base/kinds.ts";
import type { DataKind } from "../../lib/data/contract.ts";
import { DATA_SETS } from "../../lib/data/kinds.ts";
import { anySettings } from "../../lib/data/settings.ts";
import { defineStage } from "../engine/stage.ts";

const synthesizeSlice = z.strictObject({
  kind: z.string(),
  /** As the kind says. */
  settings: anySettings,
});

export type SynthesizeSlice = z.output<typeof synthesizeSlice>;

/** @throws {UserError} `bad-config` if the settings do not describe a data set. */
export const stage = defineStage({
  slice: synthesizeSlice,
  async run(io, { kind, settings }) {
    const { maker } = await loadKind<DataKind>(DATA_SETS, kind, "data set");
    if (maker === undefined) throw new Error(`Recordings of ${kind} are not made`);
    const { maker: make } = await maker.load();
    await make(settings, io.output("audio"), io, io.threads);
  },
});

if (import.meta.main) await stage.serve();
