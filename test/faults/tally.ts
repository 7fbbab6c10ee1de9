/** Counts what was tried and what came through. Pure. */
import { textTable } from "../../pipeline/report/text/table.ts";

export interface Outcome {
  readonly survived: boolean;
  /** What was wrong; empty if nothing. */
  readonly trouble: string;
}

interface Row {
  tried: number;
  survived: number;
}

export class Tally {
  readonly #rows = new Map<string, Row>();
  readonly troubles: string[] = [];

  add(fault: string, { survived, trouble }: Outcome): void {
    const row = this.#rows.get(fault) ?? { tried: 0, survived: 0 };
    row.tried++;
    if (survived) row.survived++;
    else this.troubles.push(`${fault}: ${trouble}`);
    this.#rows.set(fault, row);
  }

  /** How often faults of a name were tried. */
  tried(pattern: RegExp): number {
    return [...this.#rows].reduce((sum, [fault, { tried }]) => pattern.test(fault) ? sum + tried : sum, 0);
  }

  toJson(): Readonly<Record<string, Readonly<Row>>> {
    return Object.fromEntries(this.#rows);
  }

  toText(): string {
    const right = { align: "right" } as const;
    return textTable(
      [{ title: "fault" }, { title: "tried", ...right }, { title: "survived", ...right }],
      [...this.#rows].map(([fault, { tried, survived }]) => [fault, `${tried}`, `${survived}`]),
    );
  }
}

/** Survived if there are no problems. */
export async function outcome(problems: Promise<readonly string[]>): Promise<Outcome> {
  const found = await problems;
  return { survived: found.length === 0, trouble: found.join("; ") };
}
