/** `runs`: past runs as a table, filtered and sorted, or two of them side by side. */
import {
  argument,
  command as named,
  type InferValue,
  integer,
  merge,
  message,
  multiple,
  object,
  option,
  optional,
  or,
  string,
  withDefault,
} from "@optique/core";
import { UserError } from "../../lib/base/errors.ts";
import type { Store } from "../engine/store/store_io.ts";
import { count } from "../report/text/wording.ts";
import { DAMAGED } from "../runs/fields.ts";
import { runFigures } from "../runs/figures.ts";
import { checkTwo, findRun, findRuns, type KnownRun, noSuchRun, shownRuns } from "../runs/find_io.ts";
import { type OpenIndex, openIndex } from "../runs/index_io.ts";
import { type Condition, isCondition, parseCondition, resolveName } from "../runs/query.ts";
import { fieldNames, type FoundRun, searchRuns } from "../runs/search.ts";
import { compareFields, comparisonText, runJson, runsCsv, runsTable } from "../runs/view.ts";
import { defineCommand } from "./shared/command.ts";
import { location } from "./shared/flags.ts";
import { oneOf, storedRuns } from "./shared/names_io.ts";
import { openProject } from "./shared/project_io.ts";
import { openProjectStore } from "./shared/project_store_io.ts";
import { print, tell } from "../reporters/print_io.ts";

const comparison = merge(
  object({
    a: argument(oneOf("A", storedRuns), {
      description: message`A run's id or name, or a part of it.`,
    }),
    b: argument(oneOf("B", storedRuns), { description: message`Another one.` }),
  }),
  location,
);

const table = merge(
  object({
    conditions: multiple(argument(oneOf("CONDITION", storedRuns), {
      description:
        message`All must hold: ${"model=linear"}, ${"setting!=A"}, ${"accuracy>0.4"}, ${"run~fastaudio"} (contains), a run's id or name, or a part of it.`,
    })),
    sort: optional(option("--sort", string({ metavar: "NAME" }), {
      description: message`Numbers from the largest, words from A (default: the newest first).`,
    })),
    reverse: option("--reverse", { description: message`The other way round.` }),
    limit: optional(
      option("--limit", integer({ min: 1, metavar: "N" }), { description: message`Only the first N.` }),
    ),
    columns: optional(option("--columns", string({ metavar: "NAME,..." }), {
      description: message`What to show of each run.`,
    })),
    csv: option("--csv", { description: message`Every value of every run, as CSV.` }),
    rebuild: option("--rebuild", { description: message`Make the index again from the store's receipts.` }),
  }),
  location,
);

const ALL_RUNS: InferValue<typeof table> = {
  conditions: [],
  sort: undefined,
  reverse: false,
  limit: undefined,
  columns: undefined,
  csv: false,
  rebuild: false,
  store: undefined,
  json: false,
  debug: false,
};

export const command = defineCommand({
  brief: message`Past runs as a table: filter, sort, compare two.`,
  description:
    message`Names are those of the configuration and of the figures, or their last parts. The index, runs.sqlite in the store, is made from receipts and follows them by itself.`,
  examples: [
    ["runs model=linear 'accuracy>0.4' --sort accuracy", "the best of these first"],
    ["runs 'started_at>2026-01-01' --columns run,model.lr,n_mels,accuracy", "other columns"],
    ["runs compare linear-nnaudio-A-mel40-seed0 linear-nnaudio-D-mel40-seed0", "what differs"],
    ["runs --csv > runs.csv", "everything, for other programs"],
  ],
  parser: withDefault(
    or(
      named("compare", comparison, {
        brief: message`Show where two runs differ in configuration and figures.`,
      }),
      table,
    ),
    ALL_RUNS, // `or` wants at least one word
  ),
  run: (flags) => "a" in flags ? compareRuns(flags) : listRuns(flags),
});

async function listRuns(flags: InferValue<typeof table>): Promise<number> {
  if (flags.csv && flags.json) {
    throw new UserError("usage", "Cannot print both --csv and --json: choose one.");
  }
  const store = openProjectStore(openProject(), flags.store, "look");
  using index = await openIndex(store, { rebuild: flags.rebuild });
  const { database } = index;
  const all = searchRuns(database, { conditions: [] }).length;
  if (all === 0) {
    tell(`No run is in the store ${store.location}. deno task kws makes some.`);
    return 0;
  }
  const figures = await runFigures(fieldNames(database));
  const columns = flags.columns === undefined
    ? [...figures.shown, DAMAGED]
    : columnsOf(flags.columns, fieldNames(database));
  const { conditions, runs } = understood(flags.conditions, store, index);
  const found = searchRuns(database, { ...flags, conditions, ...(runs === undefined ? {} : { runs }) });
  if (flags.json) { for (const run of found) print(JSON.stringify(runJson(run))); }
  else if (flags.csv) print(...runsCsv(found));
  else {
    if (found.length > 0) print(...runsTable(found, columns, figures.columns).split("\n"));
    const of = found.length === all ? "" : ` of ${all}`;
    tell(`${found.length}${of} ${all === 1 ? "run" : "runs"}`);
  }
  return tellDamaged(found) ? 1 : 0;
}

/** Conditions, and the runs that all of the other words mean. */
function understood(
  words: readonly string[],
  store: Store,
  { database }: OpenIndex,
): { readonly conditions: readonly Condition[]; readonly runs?: readonly KnownRun[] } {
  const conditions: Condition[] = [];
  let runs: readonly KnownRun[] | undefined;
  for (const word of words) {
    const found = isCondition(word) ? [] : shownRuns(database, findRuns(store, database, word), word);
    const isFound = ({ key, run }: KnownRun) => found.some((other) => other.key === key && other.run === run);
    if (found.length > 0) runs = runs?.filter(isFound) ?? found;
    else if (/[=<>~]/.test(word)) conditions.push(parseCondition(word));
    else throw noSuchRun(store, database, word, "show");
  }
  return { conditions, ...(runs === undefined ? {} : { runs }) };
}

/** Says which runs lack figures because what the store has of them was changed. @returns Whether there are any. */
function tellDamaged(runs: readonly FoundRun[]): boolean {
  const damaged = runs.filter(({ fields }) => fields.has(DAMAGED));
  if (damaged.length === 0) return false;
  const [{ run, fields }] = damaged as [FoundRun];
  const others = damaged.length === 1 ? "" : ` and of ${count(damaged.length - 1, "other run")}`;
  tell(
    `Figures of ${run}${others} are left out: the stored ${
      fields.get(DAMAGED)!.value
    } was changed and no longer ` +
      `counts. The command that trained it makes it anew.`,
  );
  return true;
}

async function compareRuns(flags: InferValue<typeof comparison>): Promise<number> {
  const store = openProjectStore(openProject(), flags.store, "look");
  using index = await openIndex(store);
  const known = [flags.a, flags.b].map((typed) => findRun(store, index.database, typed, "compare"));
  checkTwo(known[0]!, known[1]!);
  const [a, b] = [pick(index, known[0]!, flags.a), pick(index, known[1]!, flags.b)];
  if (flags.json) {
    const [of, to] = [a, b].map(({ key, run }) => ({ key, run }));
    print(JSON.stringify({ a: of, b: to, ...compareFields(a, b) }));
  } else print(...comparisonText(a, b, (await runFigures(fieldNames(index.database))).columns).split("\n"));
  return tellDamaged([a, b]) ? 1 : 0;
}

/** What the index has of a run. @param typed The word that means it. */
function pick({ database }: OpenIndex, known: KnownRun, typed: string): FoundRun {
  const { run } = known;
  const [found] = searchRuns(database, {
    conditions: [],
    runs: shownRuns(database, [known], typed).slice(0, 1),
  });
  if (found !== undefined) return found;
  throw new UserError("usage", `Cannot compare ${run}: it was trained by a version that told less of it.`);
}

function columnsOf(typed: string, names: readonly string[]): readonly string[] {
  return typed.split(",").map((name) => resolveName(name.trim(), names));
}
