/** What a figure is: Vega-Lite specifications side by side, the data behind them, and how to read them. */

/** A Vega-Lite 6 specification. https://vega.github.io/vega-lite/docs/spec.html */
export type Spec = Readonly<Record<string, unknown>>;

/** One drawing: narrow enough for a telephone, so that a page can set as many side by side as it has room for. */
export interface Panel {
  /** Unique in its figure; part of file names. */
  readonly id: string;
  readonly title: string;
  readonly spec: Spec;
}

export type Cell = string | number | boolean | null;

export interface Figure {
  /** Unique in a report; part of file names. */
  readonly id: string;
  readonly title: string;
  /** One sentence on how to read it. */
  readonly reading: string;
  readonly panels: readonly Panel[];
  /** What is drawn, a record a value; all records have the same keys. */
  readonly data: readonly Readonly<Record<string, Cell>>[];
  /** Names of the runs that the data come from. */
  readonly runs: readonly string[];
}

/** From the lowest value of an axis to its highest; the same for all panels that are to be held against each other. */
export type Extent = readonly [number, number];

/** Of all values, with a margin to either side. @param also Values that are part of it. */
export function extentOf(values: readonly number[], also: readonly number[] = []): Extent {
  const known = [...values, ...also].filter(Number.isFinite);
  if (known.length === 0) return [0, 1];
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const margin = MARGIN * (high - low) || MARGIN * Math.abs(high) || MARGIN;
  return [low - margin, high + margin];
}

/** Of the span of values. */
const MARGIN = 0.04;

/** Width of a panel's plotting area, in pixels; with axis and labels a panel is about 350 wide. */
export const PANEL_WIDTH = 280;

/**
 * An axis of names in this order. They are its domain, not a list to sort by: Vega-Lite would put that into an expression,
 * where a name such as `width` or `constructor` stands for something of Vega's.
 */
export function inOrder(names: readonly string[]) {
  return { sort: null, scale: { domain: [...new Set(names)] } };
}
