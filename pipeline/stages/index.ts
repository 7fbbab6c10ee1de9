/** Indexes one split of a data set: its kind's recordings and references as inputs, output `index.json`. */
import { z } from "zod";
import { UserError } from "../../lib/base/errors.ts";
import { loadKind } from "../../lib/base/kinds.ts";
import type { DataKind, Report } from "../../lib/data/contract.ts";
import { entriesOfList, excludeExamples } from "../../lib/data/exclusion/exclude.ts";
import { EXCLUDE } from "../../lib/data/exclusion/schema.ts";
import { tellFindings } from "../../lib/data/finding.ts";
import { DATA_SETS } from "../../lib/data/kinds.ts";
import { anySettings } from "../../lib/data/settings.ts";
import { readText } from "../../lib/data/text_io.ts";
import { type ExampleIndex, indexText, SPLITS } from "../../lib/records/example_index.ts";
import { defineStage } from "../engine/stage.ts";

const indexSlice = z.strictObject({
  kind: z.string(),
  split: z.enum(SPLITS),
  /** As the kind says. */
  settings: anySettings,
});

export type IndexSlice = z.output<typeof indexSlice>;

/** @throws {UserError} `bad-dataset`, `bad-file` or `bad-audio` for recordings that cannot be used. */
export const stage = defineStage({
  slice: indexSlice,
  async run(io, { kind, split, settings }) {
    const { indexer, otherNames } = await (await loadKind<DataKind>(DATA_SETS, kind, "data set")).indexer();
    const request = { split, settings, inputs: io.inputs };
    const index = await indexer(request, io).catch((error) => {
      throw error instanceof UserError
        ? new UserError(error.reason, asTyped(error.message), { cause: error })
        : error;
    });
    const list = io.inputs[EXCLUDE];
    const kept = list === undefined ? index : without(index, list, otherNames?.(request) ?? null, io);
    Deno.writeTextFileSync(io.output("index.json"), indexText(kept));
  },
});

/** @param list Path of the list of examples to leave out. */
function without(
  index: ExampleIndex,
  list: string,
  others: ReadonlySet<string> | null,
  report: Report,
): ExampleIndex {
  const { index: kept, findings } = excludeExamples(index, entriesOfList(readText(list)), others, list);
  tellFindings(findings, report);
  return kept;
}

/** The library tells what to set; here that is typed: `dataset.unknown to 0` is `dataset.unknown=0`. */
function asTyped(message: string): string {
  return message.replace(/\b(dataset(?:\.[a-z_]+)+) to (\w+)(?=[.,;]| and | or |$)/g, "$1=$2");
}

if (import.meta.main) await stage.serve();
