/** Text from outside, such as names of files, as it may be shown: on a terminal, in a log, on a page. */

/**
 * What moves a cursor, colours, ends a line, turns the direction of what follows, or is not seen. Joiners stay: words
 * of several languages are written with them.
 */
const UNSEEN =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u00ad\u180e\u200b\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** Name and password in an address. */
const USERINFO = /\b([a-z][a-z\d+.-]*:\/\/)[^\s/?#"'`<>\\]+@/gi;

/** The short escapes of JSON. */
const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Writes control characters, line ends among them, and what is not seen as JSON has them: `\n`, `\u001b`. So text that
 * is JSON keeps its meaning, and what is printable stays as it is, however often it comes by. Who may log in where, as in
 * `http://name:password@proxy`, is left out.
 */
export function printable(text: string): string {
  return text.replace(UNSEEN, (sign) => SHORT[sign] ?? escaped(sign)).replace(USERINFO, "$1***@");
}

/** All texts of lists and plain objects, keys included; typed arrays and the like stay as they are. */
export function printableValues<T>(value: T): T;
export function printableValues(value: unknown): unknown {
  if (typeof value === "string") return printable(value);
  if (Array.isArray(value)) return value.map((item: unknown) => printableValues(item));
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [printable(key), printableValues(inner)]),
  );
}

/** One of each UTF-16 unit. */
function escaped(sign: string): string {
  return sign.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
}
