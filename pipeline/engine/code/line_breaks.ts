/**
 * Where the end of a line says something in TypeScript (ECMA-262, section 12.10). What would be an error on one line
 * need not be told apart from it: of two sources that are both right, those differ here that do different things.
 */
import { isPunct, type Token } from "./tokens.ts";

/** A line that ends after one of these may end its statement, whatever follows. */
const RESTRICTED = new Set("return break continue throw yield async".split(" "));
/** Words that a line may begin with and that always go on with what stands before. */
const GOES_ON = new Set("extends implements instanceof in".split(" "));
/** On one line these would be operators. */
const OPERATOR_WORDS = new Set("as satisfies is".split(" "));
/** Words that no statement ends with. */
const UNFINISHED = new Set("instanceof in extends implements typeof new const let var else case".split(" "));

/** Whether something else would be meant without a line break between two tokens. */
export function breakMatters(previous: Token, next: Token): boolean {
  if (isPunct(next, ";", ")", "]", "}", ",")) return false;
  if (previous.kind === "word" && RESTRICTED.has(previous.text)) return true;
  if (!mayBegin(next, previous)) return false;
  if (isPunct(next, "[", "++", "--", "!")) return true;
  // Names may stand side by side: `type X`, `get x`, `static {`.
  return previous.kind === "word" || next.kind === "word" && OPERATOR_WORDS.has(next.text);
}

/** Whether a statement may begin with a token that stands on another line than the one before. */
export function mayBegin(token: Token, previous: Token): boolean {
  const ends = previous.kind === "punct"
    ? isPunct(previous, ")", "]", "}", ">", ">>", ">>>", "!", "++", "--")
    : !(previous.kind === "word" && UNFINISHED.has(previous.text));
  if (!ends || token.kind === "punct") return ends && isPunct(token, "(", "[", "{", "++", "--", "!");
  return !(token.kind === "word" && GOES_ON.has(token.text));
}
