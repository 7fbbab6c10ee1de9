/**
 * TensorBoard's event files: records of `tensorflow.Event` messages. Field numbers are those of TensorFlow's
 * definitions.
 *
 * @see https://github.com/tensorflow/tensorboard/tree/master/tensorboard/compat/proto event.proto, summary.proto
 */
import { encodeMessage, type ProtoField } from "./protobuf.ts";
import { encodeRecords } from "./tfrecord.ts";

/** One value under a tag, at a step. */
export type Summary =
  & {
    /** Tags with the same part before the first slash are shown together. */
    readonly tag: string;
    /** What the horizontal axis counts. */
    readonly step: number;
  }
  & (
    | { readonly kind: "scalar"; readonly value: number }
    | { readonly kind: "histogram"; readonly values: ArrayLike<number> }
    | { readonly kind: "image"; readonly width: number; readonly height: number; readonly png: Uint8Array }
    /** Markdown. */
    | { readonly kind: "text"; readonly text: string }
  );

const FILE_VERSION = "brain.Event:2";
const RGB = 3;
const DT_STRING = 7;
const DATA_CLASS_TENSOR = 2;
const HISTOGRAM_BUCKETS = 64;

/**
 * A whole file. Times are the steps as seconds since 1970: the same summaries give the same bytes whenever they are
 * written.
 */
export function encodeEvents(summaries: readonly Summary[]): Uint8Array<ArrayBuffer> {
  const version: ProtoField[] = [{ field: 1, double: 0 }, { field: 3, text: FILE_VERSION }];
  const events = summaries.map((summary): ProtoField[] => [
    { field: 1, double: summary.step },
    { field: 2, int: summary.step },
    { field: 5, message: [{ field: 1, message: [{ field: 1, text: summary.tag }, ...valueOf(summary)] }] },
  ]);
  return encodeRecords([version, ...events].map(encodeMessage));
}

function valueOf(summary: Summary): ProtoField[] {
  switch (summary.kind) {
    case "scalar":
      return [{ field: 2, float: summary.value }];
    case "histogram":
      return [{ field: 5, message: histogram(summary.values) }];
    case "image":
      return [{
        field: 4,
        message: [
          { field: 1, int: summary.height },
          { field: 2, int: summary.width },
          { field: 3, int: RGB },
          { field: 4, bytes: summary.png },
        ],
      }];
    case "text":
      return [
        {
          field: 9,
          message: [{ field: 1, message: [{ field: 1, text: "text" }] }, {
            field: 4,
            int: DATA_CLASS_TENSOR,
          }],
        },
        {
          field: 8,
          message: [
            { field: 1, int: DT_STRING },
            { field: 2, message: [{ field: 2, message: [{ field: 1, int: 1 }] }] },
            { field: 8, text: summary.text },
          ],
        },
      ];
    default:
      throw summary satisfies never;
  }
}

/** Buckets of equal width from the smallest value to the largest; one bucket if those are the same. */
function histogram(values: ArrayLike<number>): ProtoField[] {
  let [min, max, sum, squares] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    squares += value * value;
  }
  const buckets = max > min ? HISTOGRAM_BUCKETS : 1;
  const width = (max - min) / buckets;
  const counts = new Array<number>(buckets).fill(0);
  for (let i = 0; i < values.length; i++) {
    counts[width > 0 ? Math.min(buckets - 1, Math.floor((values[i]! - min) / width)) : 0]!++;
  }
  const limits = counts.map((_, i) => i === buckets - 1 ? max : min + (i + 1) * width);
  return [
    { field: 1, double: min },
    { field: 2, double: max },
    { field: 3, double: values.length },
    { field: 4, double: sum },
    { field: 5, double: squares },
    { field: 6, doubles: limits },
    { field: 7, doubles: counts },
  ];
}
