/** `runs`: past runs as a table, filtered and sorted, or two of them side by side. */
import { UserError } from "../../lib/base/errors.ts";
import { suggestion } from "../../lib/base/nearest.ts";
import { count } from "../report/wording.ts";
import { openIndex } from "../runs/index_io.ts";
import { parseCondition, resolveName } from "../runs/query.ts";
import { fieldNames, type FoundRun, searchRuns } from "../runs/search.ts";
import { compareFields, comparisonText, DEFAULT_COLUMNS, runJson, runsCsv, runsTable } from "../runs/view.ts";
import { openProject, openProjectStore } from "./project_io.ts";

export interface RunsFlags {
  readonly conditions: readonly string[];
  readonly sort: string | undefined;
  readonly reverse: boolean;
  readonly limit: number | undefined;
  readonly columns: string | undefined;
  readonly csv: boolean;
  readonly rebuild: boolean;
  readonly store: string | undefined;
  readonly json: boolean;
}

/** @returns The process's exit status. */
export function runsCommand(flags: RunsFlags): number {
  if (flags.csv && flags.json) {
    throw new UserError("usage", "Cannot print both --csv and --json: choose one.");
  }
  const conditions = flags.conditions.map(parseCondition);
  const store = openProjectStore(openProject(), flags.store, warn);
  using index = openIndex(store, { rebuild: flags.rebuild });
  const { database } = index;
  const all = searchRuns(database, { conditions: [] }).length;
  if (all === 0) {
    console.error(`No run is in the store ${store.root}. deno task kws makes some.`);
    return 0;
  }
  const columns = columnsOf(flags.columns, fieldNames(database));
  const found = searchRuns(database, { ...flags, conditions });
  if (flags.json) { for (const run of found) console.log(JSON.stringify(runJson(run))); }
  else if (flags.csv) Deno.stdout.writeSync(new TextEncoder().encode(runsCsv(found)));
  else {
    if (found.length > 0) console.log(runsTable(found, columns));
    const of = found.length === all ? "" : ` of ${all}`;
    console.error(`${found.length}${of} ${all === 1 ? "run" : "runs"}`);
  }
  return 0;
}

export interface CompareFlags {
  readonly a: string;
  readonly b: string;
  readonly store: string | undefined;
  readonly json: boolean;
}

export function compareCommand(flags: CompareFlags): number {
  const store = openProjectStore(openProject(), flags.store, warn);
  using index = openIndex(store);
  const runs = searchRuns(index.database, { conditions: [] });
  const [a, b] = [pick(runs, flags.a), pick(runs, flags.b)];
  console.log(
    flags.json
      ? JSON.stringify({
        a: { key: a.key, run: a.run },
        b: { key: b.key, run: b.run },
        ...compareFields(a, b),
      })
      : comparisonText(a, b),
  );
  return 0;
}

/** @param runs The newest first. */
function pick(runs: readonly FoundRun[], typed: string): FoundRun {
  const named = runs.find(({ run }) => run === typed); // the last of that name
  if (named !== undefined) return named;
  const byKey = /^[0-9a-f]{4,64}$/.test(typed) ? runs.filter(({ key }) => key.startsWith(typed)) : [];
  if (byKey.length === 1) return byKey[0]!;
  const containing = runs.filter(({ run }) => run.includes(typed));
  const names = [...new Set(containing.map(({ run }) => run))];
  if (names.length === 1) return containing[0]!;
  const found = byKey.length > 1
    ? count(byKey.length, "run") + " of that id"
    : names.length > 1
    ? `${names.length} runs with that in their names (${names.slice(0, 5).join(", ")}${
      names.length > 5 ? ", ..." : ""
    })`
    : "no such run";
  const hint = names.length === 0 ? suggestion(typed, runs.map(({ run }) => run)) : "";
  throw new UserError(
    "usage",
    `Cannot compare ${typed}: found ${found}, wanted a run's id or name, as deno task runs shows them.${hint}`,
  );
}

function columnsOf(typed: string | undefined, names: readonly string[]): readonly string[] {
  if (typed === undefined) return DEFAULT_COLUMNS;
  return typed.split(",").map((name) => resolveName(name.trim(), names));
}

function warn(message: string): void {
  console.error(`warning: ${message}`);
}
