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

export function measureOf(
  { columns, comparedBy, example, interval }: Pick<
    Results,
    "columns" | "comparedBy" | "example" | "interval"
  >,
): Measure {
  const { title, lowerIsBetter } = columns.find(({ name }) => name === comparedBy) ?? columns[0]!;
  return { name: title, lowerIsBetter, unit: `test ${example}`, interval };
}
