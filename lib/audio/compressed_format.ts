/** Tells MP3 and Ogg Vorbis by how they begin. Pure. */

/** What each is called. */
export const COMPRESSED = { mp3: "MP3", vorbis: "Ogg Vorbis" } as const;
export type CompressedFormat = keyof typeof COMPRESSED;

/** In which the first page of Ogg, or frame of MPEG, says what it is. */
export const HEAD_BYTES = 128;

/** What a file is of these; undefined: neither. @param head Its first bytes. */
export function compressedFormat(head: Uint8Array): CompressedFormat | undefined {
  const text = String.fromCharCode(...head.subarray(0, HEAD_BYTES));
  if (text.startsWith("OggS")) return text.includes("\x01vorbis") ? "vorbis" : undefined;
  return text.startsWith("ID3") || isMpegFrame(head) ? "mp3" : undefined;
}

/** Eleven bits that are set, then a version, layer III, a bit rate and a rate that there are (ISO 11172-3, 2.4.1.3). */
export function isMpegFrame([first = 0, second = 0, third = 0]: Uint8Array): boolean {
  const [version, layer] = [second >> 3 & 3, second >> 1 & 3];
  return first === 0xff && second >> 5 === 7 && version !== 1 && layer === 1 && third >> 4 !== 15 &&
    (third >> 2 & 3) !== 3;
}
