/**
 * Writes messages in the wire format of Protocol Buffers: fields in the order they are given, none left out. Enough
 * for messages of which one knows the field numbers.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */

/** A field's number and content, by its type in the message's definition. */
export type ProtoField =
  | { readonly field: number; readonly int: number }
  | { readonly field: number; readonly double: number }
  | { readonly field: number; readonly float: number }
  /** Repeated and packed. */
  | { readonly field: number; readonly doubles: readonly number[] }
  | { readonly field: number; readonly text: string }
  | { readonly field: number; readonly bytes: Uint8Array }
  | { readonly field: number; readonly message: readonly ProtoField[] };

const WIRE = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;

/** @throws {RangeError} If an `int` is no whole number from 0 to 2^53 - 1. */
export function encodeMessage(fields: readonly ProtoField[]): Uint8Array<ArrayBuffer> {
  return joined(fields.flatMap(encodeField));
}

function encodeField(field: ProtoField): Uint8Array[] {
  const key = (wire: number) => varint(field.field * 8 + wire);
  const delimited = (bytes: Uint8Array) => [key(WIRE.lengthDelimited), varint(bytes.length), bytes];
  if ("int" in field) return [key(WIRE.varint), varint(field.int)];
  if ("double" in field) return [key(WIRE.fixed64), doubles([field.double])];
  if ("float" in field) {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, field.float, true);
    return [key(WIRE.fixed32), bytes];
  }
  if ("doubles" in field) return delimited(doubles(field.doubles));
  if ("text" in field) return delimited(new TextEncoder().encode(field.text));
  if ("bytes" in field) return delimited(field.bytes);
  return delimited(encodeMessage(field.message));
}

/** Seven bits a byte, the lowest first; the top bit says that more follow. */
function varint(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`Cannot write ${value} as a varint`);
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.of(...bytes, rest);
}

function doubles(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(8 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setFloat64(8 * i, value, true));
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
