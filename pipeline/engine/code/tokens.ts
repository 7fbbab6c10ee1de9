/**
 * Cuts TypeScript or JavaScript into tokens, just well enough that comments, strings, templates and regular
 * expressions are never taken for code (ECMA-262, section 12).
 */

export interface Token {
  /** A string's text is what stands between its quotes; a template without `${}` counts as a string. */
  readonly kind: "word" | "string" | "template" | "number" | "regex" | "punct";
  readonly text: string;
  /** Offset in the source. */
  readonly at: number;
}

/** After these words a slash starts a regular expression. */
const BEFORE_EXPRESSION = new Set(
  "return typeof instanceof in of new delete void throw case do else await yield extends default".split(" "),
);
/** After the closing parenthesis of these a statement follows. */
const STATEMENT_HEADS = new Set(["if", "while", "for", "with"]);

export function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  /** One entry for each open parenthesis: does a statement follow when it closes? */
  const parens: boolean[] = [];
  /** One entry for each open brace: is it the `${` of a template? */
  const braces: boolean[] = [];
  let lineBroken = false;
  let headClosed = false;
  let at = source.startsWith("#!") ? endOfLine(source, 0) : 0;

  const push = (kind: Token["kind"], text: string, start: number): void => {
    tokens.push({ kind, text, at: start });
    lineBroken = false;
  };
  const template = (start: number): void => {
    const end = endOfTemplate(source, start);
    const opens = source[end] === "$";
    if (opens) braces.push(true);
    const whole = !opens && source[start - 1] === "`";
    push(whole ? "string" : "template", source.slice(start, end), start);
    at = end + (opens ? 2 : 1);
  };

  while (at < source.length) {
    const code = source.charCodeAt(at);
    if (code === 10 || code === 13) {
      lineBroken = true;
      at++;
    } else if (code <= 32 || code === 0xa0 || code === 0xfeff) {
      at++;
    } else if (isWordStart(code)) {
      const start = at;
      while (at < source.length && isWordPart(source.charCodeAt(at))) at++;
      push("word", source.slice(start, at), start);
    } else if (code >= 48 && code <= 57) {
      const start = at;
      while (at < source.length && (isWordPart(source.charCodeAt(at)) || source[at] === ".")) at++;
      push("number", source.slice(start, at), start);
    } else if (code === 34 || code === 39) {
      const end = endOfString(source, at);
      push("string", source.slice(at + 1, end), at);
      at = end + 1;
    } else if (code === 96) {
      template(at + 1);
    } else if (code === 47 && source[at + 1] === "/") {
      at = endOfLine(source, at);
    } else if (code === 47 && source[at + 1] === "*") {
      const end = source.indexOf("*/", at + 2);
      const next = end < 0 ? source.length : end + 2;
      if (source.slice(at, next).includes("\n")) lineBroken = true;
      at = next;
    } else if (code === 47 && regexMayStart(tokens.at(-1), headClosed, lineBroken)) {
      const end = endOfRegex(source, at);
      push("regex", source.slice(at, end), at);
      at = end;
    } else if (code === 125 && braces.pop() === true) {
      template(at + 1);
    } else {
      const character = source.startsWith("...", at) ? "..." : source[at]!;
      const previous = tokens.at(-1);
      if (character === "(") {
        parens.push(previous?.kind === "word" && STATEMENT_HEADS.has(previous.text));
      } else if (character === ")") headClosed = parens.pop() ?? false;
      else if (character === "{") braces.push(false);
      push("punct", character, at);
      at += character.length;
    }
  }
  return tokens;
}

function regexMayStart(previous: Token | undefined, headClosed: boolean, lineBroken: boolean): boolean {
  if (previous === undefined) return true;
  if (previous.kind === "word") return BEFORE_EXPRESSION.has(previous.text);
  if (previous.kind !== "punct") return false;
  if (previous.text === ")") return headClosed;
  // A block ends before a statement, an object before a division; only the former is followed by a new line.
  if (previous.text === "}") return lineBroken;
  return previous.text !== "]";
}

function endOfLine(source: string, from: number): number {
  const end = source.indexOf("\n", from);
  return end < 0 ? source.length : end;
}

/** Offset of the closing quote, or of the line's end if there is none. */
function endOfString(source: string, from: number): number {
  const quote = source[from];
  let at = from + 1;
  while (at < source.length && source[at] !== quote && source[at] !== "\n") at += source[at] === "\\" ? 2 : 1;
  return Math.min(at, source.length);
}

/** Offset of the closing back quote or of `${`. */
function endOfTemplate(source: string, from: number): number {
  let at = from;
  while (at < source.length && source[at] !== "`" && !(source[at] === "$" && source[at + 1] === "{")) {
    at += source[at] === "\\" ? 2 : 1;
  }
  return Math.min(at, source.length);
}

/** Offset after the closing slash; a slash inside a class in brackets does not close. */
function endOfRegex(source: string, from: number): number {
  let inClass = false;
  let at = from + 1;
  for (; at < source.length && source[at] !== "\n"; at++) {
    const character = source[at];
    if (character === "\\") at++;
    else if (character === "[") inClass = true;
    else if (character === "]") inClass = false;
    else if (character === "/" && !inClass) return at + 1;
  }
  return Math.min(at, source.length);
}

function isWordStart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 36 || code === 95 ||
    code === 35 ||
    code === 92 || (code > 127 && code !== 0x2028 && code !== 0x2029);
}

function isWordPart(code: number): boolean {
  return isWordStart(code) || (code >= 48 && code <= 57);
}
