/** What was said beside what was told, label by label. Pure. */
import { printable } from "../../../lib/base/printable.ts";
import { align } from "../../../lib/metrics/edit_distance.ts";
import type { Prediction } from "../../../lib/records/predictions.ts";

/** One place of an alignment; null where one side has nothing. */
export interface AlignedLabels {
  readonly said: string | null;
  readonly told: string | null;
}

export function alignLabels({ labels, told }: Pick<Prediction, "labels" | "told">): AlignedLabels[] {
  const names = [...new Set([...labels, ...told])];
  const indices = (of: readonly string[]) => of.map((label) => names.indexOf(label));
  const nameOf = (index: number | null) => index === null ? null : names[index]!;
  return align(indices(labels), indices(told)).pairs.map(({ reference, hypothesis }) => ({
    said: nameOf(reference),
    told: nameOf(hypothesis),
  }));
}

/** Whether there is more to see than one label for each example. */
export function areSequences(examples: readonly Prediction[]): boolean {
  return examples.some(({ labels, told }) => labels.length > 1 || told.length > 1);
}

/**
 * What was said above what was told, label below label, `-` for nothing, errors marked.
 * @param width In characters; longer examples go on in further blocks.
 */
export function alignmentText(example: Prediction, width: number): string {
  const columns = alignLabels(example).map(({ said, told }) => {
    const [above, below] = [printable(said ?? "-"), printable(told ?? "-")];
    const size = Math.max(above.length, below.length);
    return [above.padEnd(size), below.padEnd(size), (said === told ? "" : "^").padEnd(size)] as const;
  });
  const blocks: string[] = [];
  for (let at = 0; at < columns.length;) {
    let used = LABEL_WIDTH;
    const first = at;
    while (at < columns.length && (at === first || used + columns[at]![0].length < width)) {
      used += columns[at++]![0].length + 1;
    }
    const part = columns.slice(first, at);
    const line = (label: string, row: 0 | 1 | 2) =>
      `${label.padEnd(LABEL_WIDTH)}${part.map((column) => column[row]).join(" ")}`.trimEnd();
    blocks.push([line("  said", 0), line("  heard", 1), line("", 2)].filter(Boolean).join("\n"));
  }
  return [printable(example.name), ...blocks].join("\n");
}

const LABEL_WIDTH = "  heard  ".length;
