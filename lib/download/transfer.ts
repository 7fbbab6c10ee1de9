/** What to ask a server for and what its answer is good for, when part of the file may be here already. Pure. */

/** What identifies the version of the file that the first part came from, as the server said then. */
export interface Origin {
  readonly url: string;
  /** A strong ETag, else the date of the last change; empty if the server told neither. */
  readonly validator: string;
}

/** What is wanted and what is here. */
export interface Transfer {
  readonly url: string;
  /** Bytes of the whole file. */
  readonly bytes: number;
  /** Bytes that are here. */
  readonly have: number;
  /** Of the bytes that are here; none: they are not known to be of any version. */
  readonly origin: Origin | undefined;
}

/** What the answer's body is good for. */
export type Answer =
  /** It goes on where the part ends. */
  | { readonly kind: "append" }
  /** It is the whole file, from its first byte. */
  | { readonly kind: "whole" }
  /** The part that is here is of no use: ask anew for all of it. */
  | { readonly kind: "discard"; readonly why: string }
  /** The server may answer better later. */
  | { readonly kind: "later"; readonly why: string; readonly afterSeconds?: number }
  /** Asking again would not help. */
  | { readonly kind: "refused"; readonly why: string };

/** Answers that servers give while something is wrong that passes (RFC 9110, RFC 6585, RFC 8470). */
const TRANSIENT_STATUS: Readonly<Record<number, string>> = {
  408: "request timeout",
  425: "too early",
  429: "too many requests",
  500: "internal server error",
  502: "bad gateway",
  503: "service unavailable",
  504: "gateway timeout",
};

/** Headers of the request. `identity`: bytes are wanted as they are stored, for lengths and ranges to be theirs. */
export function requestHeaders({ url, have, origin }: Transfer): Record<string, string> {
  const headers = { "accept-encoding": "identity" };
  if (have === 0) return headers;
  const range = { ...headers, range: `bytes=${have}-` };
  return origin?.url === url && origin.validator !== "" ? { ...range, "if-range": origin.validator } : range;
}

/** The origin to remember for bytes of this answer. */
export function originOf(url: string, headers: Headers): Origin {
  const etag = headers.get("etag") ?? "";
  return {
    url,
    validator: etag !== "" && !etag.startsWith("W/") ? etag : headers.get("last-modified") ?? "",
  };
}

/** Judges an answer by its status and headers. */
export function judgeAnswer(status: number, headers: Headers, transfer: Transfer): Answer {
  const encoding = headers.get("content-encoding") ?? "identity";
  if (status < 300 && encoding !== "identity") {
    return { kind: "refused", why: `it sends the file as ${encoding} although it was asked not to` };
  }
  if (status === 200) return judgeWhole(headers, transfer);
  if (status === 206) return judgePart(headers, transfer);
  if (status === 416) {
    return transfer.have > 0
      ? { kind: "discard", why: "it has no bytes after those that are here (status 416)" }
      : { kind: "refused", why: "it refuses a request without a range as out of range (status 416)" };
  }
  const name = TRANSIENT_STATUS[status];
  if (name === undefined) return { kind: "refused", why: `it answers with status ${status}` };
  const seconds = Number(headers.get("retry-after") ?? NaN);
  const after = Number.isFinite(seconds) && seconds >= 0 ? { afterSeconds: seconds } : {};
  return { kind: "later", why: `it answers with status ${status} (${name})`, ...after };
}

function judgeWhole(headers: Headers, { bytes }: Transfer): Answer {
  const length = headers.get("content-length");
  if (length === null || Number(length) === bytes) return { kind: "whole" };
  const type = headers.get("content-type")?.split(";")[0] ?? "unknown type";
  const page = type === "text/html" ? "; that may be the login page of a network" : "";
  return { kind: "refused", why: `found ${length} bytes of ${type} there, wanted ${bytes}${page}` };
}

function judgePart(headers: Headers, { url, bytes, have, origin }: Transfer): Answer {
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
  if (range === null || have === 0) return { kind: "discard", why: "it sends a part that was not asked for" };
  const [first, total] = [Number(range[1]), range[3]];
  if (total !== "*" && Number(total) !== bytes) {
    return { kind: "refused", why: `the file there has ${total} bytes, wanted ${bytes}` };
  }
  if (first !== have) return { kind: "discard", why: `it sends from byte ${first}, not ${have}` };
  const now = originOf(url, headers).validator;
  if (origin?.url === url && origin.validator !== "" && now !== "" && now !== origin.validator) {
    return { kind: "discard", why: "the file there has changed since its first part was fetched" };
  }
  return { kind: "append" };
}
