/** The score that runs are compared by, in words. Pure. */
import type { Results } from "../../../lib/records/results.ts";

export interface Measure {
  /** `accuracy` */
  readonly name: string;
  readonly lowerIsBetter: boolean;
  /** What is counted: `test clip`. */
  readonly unit: string;
  /** What single intervals are: `95 % intervals over the test clips`. */
  readonly interval: string;
}

/** What intervals of gains are over. */
export function gainBasis(
  gains: readonly { readonly gain: { readonly paired: boolean } | null }[],
  { unit }: Pick<Measure, "unit">,
): string {
  const apart = gains.some(({ gain }) => gain?.paired === false);
  return `over the ${unit}s that both runs were tested on, and over seeds where there are several${
    apart ? "; runs that were tested on different ones are compared as such" : ""
  }`;
}

export function measureOf(
  { columns, comparedBy, example, interval }: Pick<
    Results,
    "columns" | "comparedBy" | "example" | "interval"
  >,
): Measure {
  const { title, lowerIsBetter } = columns.find(({ name }) => name === comparedBy) ?? columns[0]!;
  return { name: title, lowerIsBetter, unit: `test ${example}`, interval };
}
