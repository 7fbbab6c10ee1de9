/** Makes a data set's recordings: output `audio`, a folder. */
import { z } from "zod";
import { loadKind } from "../../lib/base/kinds.ts";
import { type Parsed, parseRecord } from "../../lib/base/record.ts";
import type { DataKind } from "../../lib/data/contract.ts";
import { DATA_SETS } from "../../lib/data/kinds.ts";
import { anySettings } from "../../lib/data/settings.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";

const slice = z.strictObject({
  kind: z.string(),
  /** As the kind says. */
  settings: anySettings,
});

export type SynthesizeSlice = Parsed<typeof slice>;

/** @throws {UserError} `bad-config` if the settings do not describe a data set. */
export async function synthesize(io: StageIo): Promise<void> {
  const { kind, settings } = parseRecord(slice, io.slice, "Cannot make a data set", "Plan it again.");
  const { maker } = await loadKind<DataKind>(DATA_SETS, kind, "data set");
  if (maker === undefined) throw new Error(`Recordings of ${kind} are not made`);
  const { maker: make } = await maker.load();
  await make(settings, io.output("audio"), io);
}

if (import.meta.main) await serveStage(synthesize);
