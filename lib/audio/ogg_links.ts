/** Pages of Ogg, as far as they say whether a file is whole and where its streams begin (RFC 3533, section 6). Pure. */

const CAPTURE_PATTERN = "OggS";
/** Of a page's header, before its table of segments. */
const HEADER_BYTES = 27;
const [FLAGS_AT, SERIAL_AT, SEGMENTS_AT] = [5, 14, 26];
const [FIRST_PAGE, LAST_PAGE] = [2, 4];

/**
 * Parts of a file that follow on each other, each with streams of its own ("chained", section 4); streams that are mixed
 * stay together. What stands behind the end of all streams, as tags may, is left out.
 *
 * @param bytes The file. @returns A view of the file for each part, or what is wrong with its pages.
 */
export function oggLinks(bytes: Uint8Array): readonly Uint8Array[] | { readonly fault: string } {
  const fields = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const links: Uint8Array[] = [];
  /** Streams that have not ended, by their serial numbers. */
  const open = new Set<number>();
  let [at, begin] = [0, 0];
  while (at < bytes.length && isCaptured(bytes.subarray(at, at + CAPTURE_PATTERN.length))) {
    const end = endOf(bytes, at);
    if (end > bytes.length) return { fault: `a page that is cut off at byte ${bytes.length}` };
    const [flags, serial] = [bytes[at + FLAGS_AT]!, fields.getUint32(at + SERIAL_AT, true)];
    if ((flags & FIRST_PAGE) !== 0 && open.size === 0 && at > begin) {
      links.push(bytes.subarray(begin, at));
      begin = at;
    }
    if ((flags & LAST_PAGE) !== 0) open.delete(serial);
    else open.add(serial);
    at = end;
  }
  if (open.size === 0 && at > begin) return [...links, bytes.subarray(begin, at)];
  return {
    fault: at < bytes.length
      ? `no page at byte ${at}, where one should begin`
      : "no page that ends its stream",
  };
}

/** @param start Four bytes, or fewer at a file's end. */
function isCaptured(start: Uint8Array): boolean {
  return CAPTURE_PATTERN.startsWith(String.fromCharCode(...start));
}

/** Beyond the file's end where the page is not all there. */
function endOf(bytes: Uint8Array, at: number): number {
  const table = at + HEADER_BYTES;
  const body = table + (bytes[at + SEGMENTS_AT] ?? 0);
  return bytes.subarray(table, body).reduce((sum, size) => sum + size, body);
}
