/** Indexes one split of a data set: its kind's recordings and references as inputs, output `index.json`. */
import { z } from "zod";
import { loadKind } from "../../lib/base/kinds.ts";
import { type Parsed, parseRecord } from "../../lib/base/record.ts";
import type { DataKind } from "../../lib/data/contract.ts";
import { DATA_SETS } from "../../lib/data/kinds.ts";
import { anySettings } from "../../lib/data/settings.ts";
import { indexText, SPLITS } from "../../lib/records/example_index.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";

const slice = z.strictObject({
  kind: z.string(),
  split: z.enum(SPLITS),
  /** As the kind says. */
  settings: anySettings,
});

export type IndexSlice = Parsed<typeof slice>;

/** @throws {UserError} `bad-dataset`, `bad-file` or `bad-audio` for recordings that cannot be used. */
export async function index(io: StageIo): Promise<void> {
  const { kind, split, settings } = parseRecord(slice, io.slice, "Cannot index a data set", "Plan it again.");
  const { indexer } = await (await loadKind<DataKind>(DATA_SETS, kind, "data set")).indexer();
  const found = await indexer({ split, settings, inputs: io.inputs }, io);
  Deno.writeTextFileSync(io.output("index.json"), indexText(found));
}

if (import.meta.main) await serveStage(index);
