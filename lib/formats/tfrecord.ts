/**
 * TensorFlow's record files: each record is its length (64 bits, little-endian), a checksum of that, the bytes, and a
 * checksum of those.
 *
 * @see https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
 */
import { crc32c } from "./crc32c.ts";

const LENGTH_BYTES = 8;
const CHECKSUM_BYTES = 4;
const MASK_DELTA = 0xa282ead8;

/** All records one after the other. */
export function encodeRecords(records: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const overhead = LENGTH_BYTES + 2 * CHECKSUM_BYTES;
  const file = new Uint8Array(records.reduce((sum, record) => sum + overhead + record.length, 0));
  const view = new DataView(file.buffer);
  let at = 0;
  for (const record of records) {
    view.setBigUint64(at, BigInt(record.length), true);
    view.setUint32(at + LENGTH_BYTES, maskedChecksum(file.subarray(at, at + LENGTH_BYTES)), true);
    at += LENGTH_BYTES + CHECKSUM_BYTES;
    file.set(record, at);
    at += record.length;
    view.setUint32(at, maskedChecksum(record), true);
    at += CHECKSUM_BYTES;
  }
  return file;
}

/** Rotated by 15 bits and shifted by a constant, as a checksum over bytes that hold their own checksum is weak. */
function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}
