/** Reads TensorBoard's event files by their definition, apart from the code that writes them. */

export type Decoded = { readonly field: number; readonly wire: number; readonly value: bigint | Uint8Array };

/** Records of a file; every checksum is computed bit by bit. */
export function readRecords(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const records: Uint8Array[] = [];
  for (let at = 0; at < file.length;) {
    const length = Number(view.getBigUint64(at, true));
    check(view.getUint32(at + 8, true), file.subarray(at, at + 8), `length of record ${records.length}`);
    const data = file.subarray(at + 12, at + 12 + length);
    if (data.length !== length) throw new Error(`record ${records.length} is cut off`);
    check(view.getUint32(at + 12 + length, true), data, `record ${records.length}`);
    records.push(data);
    at += 16 + length;
  }
  return records;
}

function check(masked: number, bytes: Uint8Array, what: string): void {
  const rotated = (masked - 0xa282ead8) >>> 0;
  const found = ((rotated << 15) | (rotated >>> 17)) >>> 0;
  let crc = 0xffffffff;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const low = (crc ^ (byte >>> bit)) & 1;
      crc = (crc >>> 1) ^ (low === 1 ? 0x82f63b78 : 0);
    }
  }
  if (((crc ^ 0xffffffff) >>> 0) !== found) throw new Error(`wrong checksum of the ${what}`);
}

/** A message's fields in order, nested ones not decoded. */
export function decodeMessage(bytes: Uint8Array): Decoded[] {
  const fields: Decoded[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n;; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error("a message is cut off");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const wire = key & 7;
    if (wire === 0) {
      fields.push({ field: key >> 3, wire, value: varint() });
      continue;
    }
    const size = wire === 1 ? 8 : wire === 5 ? 4 : wire === 2 ? Number(varint()) : NaN;
    if (!(at + size <= bytes.length)) throw new Error(`a field of wire type ${wire} and ${size} bytes`);
    fields.push({ field: key >> 3, wire, value: bytes.subarray(at, at += size) });
  }
  return fields;
}

export interface ReadSummary {
  readonly tag: string;
  readonly step: number;
  readonly scalar?: number;
  readonly text?: string;
  readonly image?: { readonly width: number; readonly height: number; readonly png: Uint8Array };
  readonly histogram?: {
    readonly min: number;
    readonly max: number;
    readonly num: number;
    readonly sum: number;
    readonly limits: readonly number[];
    readonly counts: readonly number[];
  };
}

/** @throws {Error} If the first record does not name the file's version. */
export function readEvents(file: Uint8Array): ReadSummary[] {
  const [head, ...events] = readRecords(file).map(decodeMessage);
  const version = text(head!.find(({ field }) => field === 3)!);
  if (version !== "brain.Event:2") throw new Error(`file version ${version}`);
  return events.map((event): ReadSummary => {
    const step = Number(event.find(({ field }) => field === 2)!.value);
    const value = decodeMessage(bytes(decodeMessage(bytes(event.find(({ field }) => field === 5)!))[0]!));
    const get = (number: number) => value.find(({ field }) => field === number);
    const tag = text(get(1)!);
    if (get(2) !== undefined) return { tag, step, scalar: view(get(2)!).getFloat32(0, true) };
    if (get(4) !== undefined) {
      const [height, width, , png] = decodeMessage(bytes(get(4)!));
      return {
        tag,
        step,
        image: { width: Number(width!.value), height: Number(height!.value), png: bytes(png!) },
      };
    }
    if (get(5) !== undefined) {
      const histo = new Map(decodeMessage(bytes(get(5)!)).map((field) => [field.field, doubles(field)]));
      const [min, max, num, sum] = [1, 2, 3, 4].map((field) => histo.get(field)![0]!);
      return {
        tag,
        step,
        histogram: {
          min: min!,
          max: max!,
          num: num!,
          sum: sum!,
          limits: histo.get(6)!,
          counts: histo.get(7)!,
        },
      };
    }
    const content = decodeMessage(bytes(get(8)!)).find(({ field }) => field === 8)!;
    return { tag, step, text: text(content) };
  });
}

function bytes({ value }: Decoded): Uint8Array {
  if (typeof value === "bigint") throw new Error("a number in the place of bytes");
  return value;
}

function view(field: Decoded): DataView {
  const { buffer, byteOffset, byteLength } = bytes(field);
  return new DataView(buffer, byteOffset, byteLength);
}

function doubles(field: Decoded): number[] {
  return Array.from({ length: bytes(field).length / 8 }, (_, i) => view(field).getFloat64(8 * i, true));
}

function text(field: Decoded): string {
  return new TextDecoder().decode(bytes(field));
}
