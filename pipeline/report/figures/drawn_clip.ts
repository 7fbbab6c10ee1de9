/** Examples on their way through a network as matrices that can be drawn, whatever they are. Pure. */
import type { ProbedClip } from "../../../lib/records/probe.ts";
import type { Representation } from "../../../lib/nn/representation.ts";
import type { Domain, Matrix } from "../../../lib/plots/raster.ts";

/** What clips are called where they are drawn: by what they say, if that is one word. */
export function clipTitle({ name, labels }: Pick<ProbedClip, "name" | "labels">): string {
  return labels.length === 1 ? labels[0]! : name;
}

/** Time runs along a row; all other axes together are the rows. */
export function clipMatrix(
  values: Float32Array,
  shape: readonly number[],
  { axes }: Pick<Representation, "axes">,
): Matrix {
  const time = axes.findIndex(({ name }) => name === "time");
  const columns = shape[time] ?? 1;
  const rows = values.length / Math.max(1, columns);
  if (time === shape.length - 1) return { rows, columns, values };
  const inner = shape.slice(time + 1).reduce((product, size) => product * size, 1);
  const turned = Float32Array.from({ length: values.length }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    const [outer, within] = [Math.floor(row / inner), row % inner];
    return values[(outer * columns + column) * inner + within]!;
  });
  return { rows, columns, values: turned };
}

/** Values that colours range over: those that the representation names, else those that occur but for a quiet few. */
export function clipDomain(
  { range }: Pick<Representation, "range">,
  values: readonly Float32Array[],
): Domain {
  const all = values.flatMap((some) => [...some]);
  if (range !== null && "from" in range) return [range.from, range.to];
  if (range !== null) return [quantile(all, 1) - range.below, quantile(all, 1)];
  return [quantile(all, 0.05), quantile(all, 0.999)];
}

/** What the rows are. */
export function rowTitle({ axes }: Pick<Representation, "axes">): string {
  const named = axes.filter(({ name }) => name !== "time").map(({ name }) => name);
  return named.map((name) => name === "frequency" ? "bin" : name).join(", ");
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.round(share * (sorted.length - 1))]!;
}
