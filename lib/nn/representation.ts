/** What one example is at a point on its way through a network, for those who store, check or draw it. */

export interface Representation {
  /** `waveform`, `power`, `logmel`, ...: in names of files and in messages. */
  readonly name: string;
  /** In the order of the array; at most one has no size of its own: that of time. */
  readonly axes: readonly Axis[];
  /** `full scale 1`, `ln of energy`, `dB`, ...: for the legend of a drawing. */
  readonly unit: string;
  /** Values that a drawing's colours range over; `below`: so far below the largest that occurs; null: all that occur. */
  readonly range: { readonly from: number; readonly to: number } | { readonly below: number } | null;
}

/** One axis of an array. */
export interface Axis {
  /** What changes along it. */
  readonly name: "time" | "frequency" | "band" | "channel";
  /** Null: as long as the clip. */
  readonly size: number | null;
}

/** Samples at full scale 1: where every chain begins. */
export const WAVEFORM: Representation = Object.freeze({
  name: "waveform",
  axes: Object.freeze([Object.freeze({ name: "time", size: null })]),
  unit: "full scale 1",
  range: Object.freeze({ from: -1, to: 1 }),
});

/** @param length Of the axis of time. */
export function shapeOf({ axes }: Representation, length: number): number[] {
  return axes.map(({ size }) => size ?? length);
}

/** `logmel [40, time]`, for messages. */
export function describe({ name, axes }: Representation): string {
  return `${name} [${axes.map(({ size }) => size ?? "time").join(", ")}]`;
}

/**
 * Checks what a model, or a step before it, takes in: bands over time, perhaps of several channels.
 * @throws {RangeError} If the axes are others.
 */
export function bandsOf(step: string, input: Representation): { channels: number; bands: number } {
  const [channel, ...own] = input.axes;
  if (channel?.name !== "channel") return { channels: 1, bands: sizesOf(step, input, ["band", "time"])[0]! };
  return { channels: channel.size!, bands: sizesOf(step, { ...input, axes: own }, ["band", "time"])[0]! };
}

/**
 * Checks what a step takes in.
 * @param wanted Names of the axes in their order.
 * @returns Their sizes.
 * @throws {RangeError} If the axes are others.
 */
export function sizesOf(
  step: string,
  input: Representation,
  wanted: readonly Axis["name"][],
): (number | null)[] {
  if (input.axes.map(({ name }) => name).join() !== wanted.join()) {
    throw new RangeError(
      `Cannot apply ${step} to ${describe(input)}: wanted axes of ${wanted.join(" and ")}`,
    );
  }
  return input.axes.map(({ size }) => size);
}
