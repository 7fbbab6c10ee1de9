/** The learning rate over time: a pure function of the step. */

export type ScheduleSpec = { readonly kind: "constant" };

/**
 * What the configured learning rates are multiplied by.
 * @param _step Steps taken before this one, from 0.
 */
export function rateFactor(spec: ScheduleSpec, _step: number): number {
  switch (spec.kind) {
    case "constant":
      return 1;
    default:
      spec.kind satisfies never;
      throw new Error(`Unknown schedule ${spec.kind}`);
  }
}
