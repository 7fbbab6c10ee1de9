/** Builds NIST SPHERE files byte by byte, wrong ones too. */

export interface SphereFields {
  readonly rate?: number;
  readonly channels?: number;
  readonly bigEndian?: boolean;
  /** Fields that replace or extend the usual ones, as lines of a header; null takes one out. */
  readonly fields?: Readonly<Record<string, string | null>>;
}

const HEADER_BYTES = 1024;

/** @param samples `[frames * channels]`, interleaved. */
export function sphere(samples: ArrayLike<number>, options: SphereFields = {}): Uint8Array {
  const { rate = 16000, channels = 1, bigEndian = false, fields = {} } = options;
  const all: Record<string, string | null> = {
    database_id: "-s5 TIMIT",
    sample_count: `-i ${samples.length / channels}`,
    sample_rate: `-i ${rate}`,
    channel_count: `-i ${channels}`,
    sample_n_bytes: "-i 2",
    sample_byte_format: `-s2 ${bigEndian ? "10" : "01"}`,
    sample_sig_bits: "-i 16",
    ...fields,
  };
  const lines = Object.entries(all).filter(([, value]) => value !== null).map(([key, value]) =>
    `${key} ${value}\n`
  );
  const head = `NIST_1A\n   ${HEADER_BYTES}\n${lines.join("")}end_head\n`;
  const bytes = new Uint8Array(HEADER_BYTES + 2 * samples.length).fill(32, 0, HEADER_BYTES);
  bytes.set(new TextEncoder().encode(head));
  const view = new DataView(bytes.buffer);
  Array.from(samples, (value, i) => view.setInt16(HEADER_BYTES + 2 * i, value, !bigEndian));
  return bytes;
}
