/** The score that runs are compared by, in words. Pure. */
import type { GainInterval, Results } from "../../../lib/records/results.ts";
import { speakersText } from "../text/data_lines.ts";

export interface Measure {
  /** `accuracy` */
  readonly name: string;
  readonly lowerIsBetter: boolean;
  /** What is counted: `test clip`. */
  readonly unit: string;
  /** What single intervals are: `95 % intervals over the test clips`. */
  readonly interval: string;
}

/** What intervals of gains are over, and for how many comparisons verdicts are corrected. */
export function gainBasis(
  gains: readonly { readonly gain: Pick<GainInterval, "paired" | "speakers" | "noises"> | null }[],
  { unit }: Pick<Measure, "unit">,
): string {
  const known = gains.flatMap(({ gain }) => gain ?? []);
  const drawn = speakersText(known.find(({ speakers }) => speakers !== null) ?? NOBODY);
  const over = drawn === "" ? `the ${unit}s` : `the ${drawn} of the ${unit}s`;
  const apart = known.some(({ paired }) => !paired)
    ? "; runs that were tested on different ones are compared as such"
    : "";
  const corrected = known.length > 1
    ? `; what is beyond chance is so for ${known.length} comparisons together (Holm's correction)`
    : "";
  return `over ${over} that both runs were tested on, and over seeds where there are several${apart}${corrected}`;
}

const NOBODY = { speakers: null, noises: 0 };

export function measureOf(
  { columns, comparedBy, example, interval }: Pick<
    Results,
    "columns" | "comparedBy" | "example" | "interval"
  >,
): Measure {
  const { title, lowerIsBetter } = columns.find(({ name }) => name === comparedBy) ?? columns[0]!;
  return { name: title, lowerIsBetter, unit: `test ${example}`, interval };
}
