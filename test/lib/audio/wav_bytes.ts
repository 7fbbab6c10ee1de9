/** Builds WAVE files byte by byte, wrong ones too. */

export interface FormatFields {
  readonly tag?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly bits?: number;
  readonly extensible?: boolean;
}

export function riff(...chunks: readonly Uint8Array[]): Uint8Array {
  return chunk("RIFF", joined([ascii("WAVE"), ...chunks]));
}

/** @param claimed Size written in the chunk's head, if not the real one. */
export function chunk(id: string, body: Uint8Array, claimed = body.length): Uint8Array {
  const head = new Uint8Array(8);
  head.set(ascii(id));
  new DataView(head.buffer).setUint32(4, claimed, true);
  return joined([head, body, new Uint8Array(body.length % 2)]);
}

export function formatChunk(
  { tag = 1, channels = 1, rate = 16000, bits = 16, extensible = false }: FormatFields,
): Uint8Array {
  const fields = new DataView(new ArrayBuffer(extensible ? 40 : 16));
  const frame = Math.ceil(channels * bits / 8);
  fields.setUint16(0, extensible ? 0xfffe : tag, true);
  fields.setUint16(2, channels, true);
  fields.setUint32(4, rate, true);
  fields.setUint32(8, rate * frame, true);
  fields.setUint16(12, frame, true);
  fields.setUint16(14, bits, true);
  if (extensible) fields.setUint16(24, tag, true);
  return chunk("fmt ", new Uint8Array(fields.buffer));
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
