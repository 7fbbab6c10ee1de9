/** A curve drawn with ASCII characters. Pure. */
import { figure } from "./wording.ts";

export interface TextPlot {
  /** In characters, without the labels. */
  readonly width: number;
  readonly height: number;
  /** Values above this are drawn at the top edge as `^`. */
  readonly most: number;
  /** Places on the horizontal axis, from 0 to 1, each with a character that is written below the curve. */
  readonly marks: readonly { readonly at: number; readonly sign: string }[];
}

/**
 * @param values Evenly spaced from 0 to `end`; at least one.
 * @param end Where the last value stands on the horizontal axis, up to 1.
 * @returns Lines: the curve with its highest and lowest value at the left, then the marks.
 */
export function textPlot(values: readonly number[], end: number, plot: TextPlot): string[] {
  const { width, height, most, marks } = plot;
  const shown = values.map((value) => Math.min(value, most));
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  const rows = Array.from({ length: height }, () => new Array<string>(width).fill(" "));
  const columns = Math.max(1, Math.round(end * width));
  for (let column = 0; column < columns; column++) {
    const i = Math.round(column / Math.max(1, columns - 1) * (values.length - 1));
    const share = high > low ? (high - shown[i]!) / (high - low) : 0;
    rows[Math.round(share * (height - 1))]![column] = values[i]! > most ? "^" : "*";
  }
  const axis = new Array<string>(width).fill("-");
  for (const { at, sign } of marks) axis[Math.min(width - 1, Math.floor(at * width))] = sign;
  const labels = new Map([[0, figure(high)], [height - 1, figure(low)]]);
  const margin = Math.max(...[...labels.values()].map((label) => label.length));
  return [
    ...rows.map((row, i) => `${(labels.get(i) ?? "").padStart(margin)} |${row.join("")}`.trimEnd()),
    `${" ".repeat(margin)} +${axis.join("")}`,
  ];
}
