/** `compare`: which examples one run tells and another does not, and how sure their difference is. */
import { argument, integer, merge, message, object, option, string, withDefault } from "@optique/core";
import { UserError } from "../../lib/base/errors.ts";
import { print } from "../reporters/print_io.ts";
import { compareClips, type TestedRun } from "../report/statistics/clip_comparison.ts";
import {
  clipComparisonCsv,
  clipComparisonJson,
  clipComparisonText,
} from "../report/text/clip_comparison_text.ts";
import { CLEAN, readTest } from "../runs/evaluation_io.ts";
import { checkTwo, findRun, type KnownRun } from "../runs/find_io.ts";
import { openIndex } from "../runs/index_io.ts";
import { defineCommand } from "./shared/command.ts";
import { location } from "./shared/flags.ts";
import { oneOf, storedRuns } from "./shared/names_io.ts";
import { openProject } from "./shared/project_io.ts";
import { openProjectStore } from "./shared/project_store_io.ts";

/** A screen of either list. */
const SHOWN = 20;

const parser = merge(
  object({
    a: argument(oneOf("A", storedRuns), { description: message`A run's id or name, or a part of it.` }),
    b: argument(oneOf("B", storedRuns), { description: message`Another one.` }),
    condition: withDefault(
      option("--condition", string({ metavar: "NAME" }), {
        description:
          message`Under which both were tested: ${"snr20"}; ${CLEAN} is as recordings are (the default).`,
      }),
      CLEAN,
    ),
    limit: withDefault(
      option("--limit", integer({ min: 1, metavar: "N" }), {
        description: message`Most examples of either list (default: ${String(SHOWN)}).`,
      }),
      SHOWN,
    ),
    csv: option("--csv", { description: message`All examples that the two tell differently, as CSV.` }),
  }),
  location,
);

export const command = defineCommand({
  brief: message`Show which clips one run tells and another does not.`,
  description:
    message`Both must have been tested on the same clips. The difference has its interval over speakers and what chance explains of it; ${"runs compare"} shows where configurations differ.`,
  examples: [
    [
      "compare linear-nnaudio-A-mel40-seed0 linear-nnaudio-D-mel40-seed0",
      "clips by class, and how sure it is",
    ],
    ["compare 3f2a91c0 bc_resnet_kim --condition snr10", "in noise, by an id and by a part of a name"],
    ["compare linear-nnaudio-A linear-nnaudio-D --csv > clips.csv", "every clip that differs"],
  ],
  parser,
  async run({ a, b, condition, limit, csv, json, store: folder }) {
    if (csv && json) throw new UserError("usage", "Cannot print both --csv and --json: choose one.");
    const store = openProjectStore(openProject(), folder, "look");
    using index = await openIndex(store);
    const known = [a, b].map((typed) => findRun(store, index.database, typed, "compare"));
    checkTwo(known[0]!, known[1]!);
    const tested = async (known: KnownRun): Promise<TestedRun> => {
      const test = await readTest(store, index.database, known, condition, "compare");
      return { run: known.run, id: known.key.slice(0, 8), ...test };
    };
    const [one, other] = [await tested(known[0]!), await tested(known[1]!)];
    const comparison = compareClips(one, other);
    if (json) print(JSON.stringify(clipComparisonJson(one, other, comparison)));
    else if (csv) print(...clipComparisonCsv(comparison));
    else print(...clipComparisonText(one, other, comparison, limit).split("\n"));
    return 0;
  },
});
