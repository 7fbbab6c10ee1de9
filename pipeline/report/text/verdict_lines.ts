/** Which differences to setting A are more than chance, in words: what a table's numbers leave to the reader. Pure. */
import type { GainInterval, Results } from "../../../lib/records/results.ts";
import { conditionTitle } from "../../../lib/records/condition.ts";
import { printable } from "../../../lib/base/printable.ts";
import { verdict } from "../statistics/gains.ts";
import { type Measure, measureOf } from "../statistics/measure.ts";
import { speakersText } from "./data_lines.ts";
import { count, otherWords, points } from "./wording.ts";

/** With more a line for each would hide the table. */
const MOST_LINES = 6;

interface Compared {
  readonly name: string;
  readonly gain: GainInterval;
  /** Over how many seeds it is. */
  readonly seeds: number;
}

type Told = Omit<Results, "format">;

/** A sentence for each of a few differences, or how many of many are clear, and what intervals and p values are. */
export function verdictLines(results: Told): string[] {
  const compared = comparisonsOf(results);
  if (compared.length === 0) return [];
  const measure = measureOf(results);
  const sentences = compared.length <= MOST_LINES
    ? compared.map((one) => `${one.name}: ${sentenceOf(one.gain, results, measure)}`)
    : [manyText(compared, results, measure)];
  return [...sentences, basisText(compared, results)];
}

/** Of configurations over their seeds where there are several, else of runs; under each condition too. */
function comparisonsOf({ rows, summary, conditions }: Told): Compared[] {
  const all = summary.length > 0
    ? summary.map((row) => ({ ...row, name: nameOf(row), seeds: row.gainOverA?.n ?? 0 }))
    : rows.map((row) => ({ ...row, name: row.run, gain: row.gainOverA, seeds: 1 }));
  return all.flatMap((row) => {
    const under = row.conditions.map((one, i) => ({
      name: `${row.name} at ${conditionTitle(conditions[i]!)}`,
      gain: one === null ? null : "gain" in one ? one.gain : one.gainOverA,
      seeds: one !== null && "gain" in one ? one.gainOverA?.n ?? 0 : 1,
    }));
    return [{ name: row.name, gain: row.gain, seeds: row.seeds }, ...under].flatMap(({ name, gain, seeds }) =>
      gain === null ? [] : [{ name: printable(name), gain, seeds }]
    );
  });
}

function nameOf({ model, frontend, setting, bands, other }: Told["summary"][number]): string {
  return [`${model}-${frontend}-${setting}-mel${bands}`, ...otherWords(other)].join(" ");
}

function sentenceOf(gain: GainInterval, { example, examples }: Told, measure: Measure): string {
  const { value, low, high, pHolm, discordant } = gain;
  const only = discordant === null
    ? ""
    : `; ${count(discordant.gained, example, examples)} only it tells, ${discordant.lost} only A`;
  const told = verdict(gain, measure);
  const words = told === "unclear"
    ? "cannot be told from A"
    : `${told === "gain" ? "better" : "worse"} than A by more than chance`;
  return `${points(value)} points (${points(low)} to ${points(high)}), ${words} (p ${pText(pHolm)}${only}).`;
}

function manyText(compared: readonly Compared[], results: Told, measure: Measure): string {
  const clear = compared.filter(({ gain }) => verdict(gain, measure) !== "unclear");
  const named = clear.toSorted((a, b) => a.gain.pHolm - b.gain.pHolm).slice(0, MOST_LINES)
    .map(({ name, gain }) => `${name}: ${sentenceOf(gain, results, measure)}`);
  const more = clear.length > MOST_LINES ? [`And ${clear.length - MOST_LINES} more.`] : [];
  const head = `Of ${compared.length} differences to A, ${clear.length} ${
    clear.length === 1 ? "is" : "are"
  } more than chance; ${compared.length - clear.length} cannot be told from A.`;
  return [head, ...named, ...more].join("\n");
}

/** What was drawn, how p came about, and for how many comparisons it is corrected. */
function basisText(compared: readonly Compared[], { examples }: Told): string {
  const drawn = speakersText(compared[0]!.gain);
  const isPaired = compared.every(({ gain }) => gain.paired);
  const over = drawn === "" ? `the test ${examples}` : `the ${drawn} of the test split`;
  const ofOne = drawn === ""
    ? "McNemar's exact test or, of errors, flipped signs"
    : "signs flipped speaker by speaker";
  const several = compared.filter(({ seeds }) => seeds > 1).length;
  const [seeds, test] = several === 0
    ? ["", ofOne]
    : several === compared.length
    ? [" and over seeds", "analysis of variance"]
    : [" and, where there are several, over seeds", `analysis of variance or, with one seed, ${ofOne}`];
  const basis = isPaired
    ? `paired, over ${over}${seeds}; p by ${test}`
    : `not paired throughout: not all runs were tested on the same ${examples}`;
  const corrected = compared.length === 1
    ? ""
    : `, corrected for ${compared.length} comparisons by Holm's method`;
  return `Differences in percentage points with 95 % intervals, ${basis}${corrected}.`;
}

/** `= 0.034`, `< 0.001`. */
export function pText(p: number): string {
  return p < 0.001 ? "< 0.001" : `= ${p >= 0.1 ? p.toFixed(2) : p.toFixed(3)}`;
}
