/** The states with the lowest validation loss and after the last epoch side by side, where a sweep tests both. Pure. */
import type { GainInterval, MeanStd, Results } from "../../../lib/records/results.ts";
import { type Column, markdownTable, textTable } from "../text/table.ts";
import { otherWords } from "../text/wording.ts";
import { numbers, shownColumns, spreadText } from "./figure_cells.ts";
import { gainText } from "./gain_cells.ts";

type Compared = Omit<Results, "format">;

/** The value that says which state counts. */
const STATE = "trainer.test";

/** @returns Nothing where a sweep does not test both. */
export function statesTable(results: Compared): string | undefined {
  const found = shown(results);
  return found && textTable(...found);
}

/** The same with a heading, or nothing. */
export function statesMarkdown(results: Compared): string {
  const found = shown(results);
  return found === undefined ? "" : `## Best and last epoch\n\n${markdownTable(...found)}\n`;
}

interface Tested {
  readonly score: MeanStd;
  readonly gain: GainInterval | null;
}

function shown(results: Compared): readonly [readonly Column[], readonly (readonly string[])[]] | undefined {
  const { summary, rows } = results;
  const { score } = shownColumns(results);
  const single = rows.map((row) => ({
    ...row,
    score: { mean: row.score.value, std: null, n: 1 },
    gain: row.gainOverA,
  }));
  const all = (summary.length > 0 ? summary : single).filter(({ other }) => STATE in other);
  const groups = Map.groupBy(all, ({ frontend, model, setting, bands, other }) => {
    const { [STATE]: _, ...rest } = other;
    return JSON.stringify([frontend, model, bands, otherWords(rest).join(" "), setting]);
  });
  const both = [...groups].flatMap(([key, of]) => {
    const [best, last] = ["best", "last"].map((state) => of.find(({ other }) => other[STATE] === state));
    return best === undefined || last === undefined ? [] : [{ key, best, last }];
  });
  if (both.length === 0) return undefined;
  const columns = [
    ...["front-end", "model"].map((title) => ({ title })),
    numbers("bands"),
    { title: "other" },
    { title: "set" },
    ...["best epoch", "vs A", "last epoch", "vs A"].map(numbers),
  ];
  const cells = ({ score: spread, gain }: Tested) => [spreadText(spread, score), gainText(gain)];
  return [
    columns,
    both.map(({ key, best, last }) => [
      ...(JSON.parse(key) as (string | number)[]).map(String),
      ...cells(best),
      ...cells(last),
    ]),
  ];
}
