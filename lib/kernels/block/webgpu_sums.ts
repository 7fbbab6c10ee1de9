/**
 * Partial sums of a block's parameter gradients. Each program of the backward pass leaves a row of them for each of
 * its workgroups, in the layout that the parameters have; the next one adds up those it needs itself, and the last
 * program adds up all. Every sum has a fixed order.
 */
import type { BlockForm } from "./webgpu_form.ts";

/** What programs that go over places (a clip and one of its frames) are told. */
export const PLACES = {
  places: "u32",
  /** How many of them are no padding. */
  counted: "u32",
  frames: "u32",
  rowsIn: "u32",
  chunks: "u32",
} as const;

/**
 * Floats in one workgroup's row of partial sums, and where in the row what begins: first the sums that the
 * normalisation needs which a program's gradient comes through, then those of the convolution behind it.
 */
export function sumRows(form: BlockForm) {
  const { channels: c, inChannels, groups } = form;
  const s = c * groups.length;
  return {
    bn2: { bias: 0, weight: c, conv1x1_2: 2 * c, size: 2 * c + c * c },
    ssn: { bias: 0, weight: s, temp_dw_conv: 2 * s, size: 2 * s + 3 * c },
    input: { freq_dw_conv: 0, bias: 3 * c, weight: 4 * c, size: 5 * c },
    conv1x1_1: { weight: 0, size: c * inChannels },
  } as const;
}

/** Adds up entry `entry` of all rows that begin at `first`. */
export const ADD_CHUNKS = `
fn addChunks(first: u32, size: u32, entry: u32) -> f32 {
  var total = 0.0;
  for (var chunk = 0u; chunk < sizes.chunks; chunk++) { total += sums[first + chunk * size + entry]; }
  return total;
}
`;
