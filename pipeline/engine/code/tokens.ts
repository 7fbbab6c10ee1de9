/**
 * Cuts TypeScript or JavaScript into tokens, just well enough that comments, strings, templates and regular
 * expressions are never taken for code (ECMA-262, section 12).
 */

export interface Token {
  /**
   * A string's text is what stands between its quotes; a template without `${}` counts as a string, the pieces of
   * any other stand between the punctuators "${" and "}".
   */
  readonly kind: "word" | "string" | "template" | "number" | "regex" | "punct";
  readonly text: string;
  /** Offset in the source. */
  readonly at: number;
  /** A line ended between the token before and this one. */
  readonly broken: boolean;
}

/** Of those that fit, the longest is meant (ECMA-262, section 12.8). */
const LONG_PUNCTUATORS = new Set(
  (">>>= ... === !== **= <<= >>= >>> &&= ||= ??= => == != <= >= && || ?? ?. ++ -- += -= *= /= %= &= |= ^= " +
    "<< >> **").split(" "),
);
/** With an exponent's sign; a number that begins with its point is taken for two tokens. */
const NUMBER = /0[xob][0-9a-f_]+n?|[0-9][0-9_]*(?:\.[0-9_]*)?(?:e[+-]?[0-9_]+)?n?/iy;
const ALWAYS_SHORT = new Set("(){}[];,:~@");

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
    tokens.push({ kind, text, at: start, broken: lineBroken });
    lineBroken = false;
  };
  const template = (start: number): void => {
    const end = endOfTemplate(source, start);
    const opens = source[end] === "$";
    const whole = !opens && source[start - 1] === "`";
    push(whole ? "string" : "template", source.slice(start, end), start);
    if (opens) {
      braces.push(true);
      push("punct", "${", end);
    }
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
      NUMBER.lastIndex = at;
      const [text] = NUMBER.exec(source)!;
      push("number", text, at);
      at += text.length;
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
    } else if (code === 47 && regexMayStart(tokens, headClosed, lineBroken)) {
      const end = endOfRegex(source, at);
      push("regex", source.slice(at, end), at);
      at = end;
    } else if (code === 125 && braces.pop() === true) {
      push("punct", "}", at);
      template(at + 1);
    } else {
      const text = punctuatorAt(source, at);
      const previous = tokens.at(-1);
      if (text === "(") {
        parens.push(previous?.kind === "word" && STATEMENT_HEADS.has(previous.text));
      } else if (text === ")") headClosed = parens.pop() ?? false;
      else if (text === "{") braces.push(false);
      push("punct", text, at);
      at += text.length;
    }
  }
  return tokens;
}

/** Whether a token is there and is one of these punctuators. */
export function isPunct(token: Token | undefined, ...texts: readonly string[]): boolean {
  return token?.kind === "punct" && texts.includes(token.text);
}

function punctuatorAt(source: string, at: number): string {
  const short = source[at]!;
  if (ALWAYS_SHORT.has(short)) return short;
  for (const length of [4, 3, 2]) {
    const text = source.slice(at, at + length);
    // `a?.5:b` is a choice between numbers.
    if (LONG_PUNCTUATORS.has(text) && !(text === "?." && /[0-9]/.test(source[at + 2] ?? ""))) return text;
  }
  return short;
}

function regexMayStart(before: readonly Token[], headClosed: boolean, lineBroken: boolean): boolean {
  const previous = before.at(-1);
  if (previous === undefined) return true;
  if (previous.kind === "word") return BEFORE_EXPRESSION.has(previous.text);
  if (previous.kind !== "punct") return false;
  if (previous.text === ")") return headClosed;
  // A block ends before a statement, an object before a division; only the former is followed by a new line.
  if (previous.text === "}") return lineBroken;
  if (previous.text === "!") return !closesOperand(before.at(-2), previous);
  return !["]", "++", "--"].includes(previous.text);
}

/** TypeScript's `a! / b`: the mark belongs to what stands before it. */
function closesOperand(operand: Token | undefined, mark: Token): boolean {
  if (operand === undefined || mark.broken) return false;
  if (operand.kind === "word") return !BEFORE_EXPRESSION.has(operand.text);
  return operand.kind !== "punct" || operand.text === ")" || operand.text === "]";
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

/** Offset after the closing slash and its flags; a slash inside a class in brackets does not close. */
function endOfRegex(source: string, from: number): number {
  let inClass = false;
  let at = from + 1;
  for (; at < source.length && source[at] !== "\n"; at++) {
    const character = source[at];
    if (character === "\\") at++;
    else if (character === "[") inClass = true;
    else if (character === "]") inClass = false;
    else if (character === "/" && !inClass) {
      while (at + 1 < source.length && isWordPart(source.charCodeAt(at + 1))) at++;
      return at + 1;
    }
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
