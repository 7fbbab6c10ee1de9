/** What of a source decides what it does: its tokens, without comments, layout and erased types. Pure. */
import { sha256 } from "../../../lib/base/digest.ts";
import type { Declarations } from "../types.ts";
import { breakMatters, mayBegin } from "./line_breaks.ts";
import { isPunct, type Token } from "./tokens.ts";

export interface Outline {
  /** SHA-256. Sources of the same digest do the same. */
  readonly digest: string;
  /** What is no declaration is counted as `imports`, `exports` or `statements`. */
  readonly declarations: Declarations;
}

export function outlineOf(tokens: readonly Token[]): Outline {
  const texts = new Map<string, string>();
  let all = "";
  for (const statement of statementsOf(tokens)) {
    if (isErased(statement)) continue;
    const text = textOf(statement);
    const name = nameOf(statement);
    all += text;
    texts.set(name, (texts.get(name) ?? "") + text);
  }
  const declarations = [...texts].map(([name, text]) => [name, sha256(text).slice(0, 8)]);
  return { digest: sha256(all), declarations: Object.fromEntries(declarations) };
}

/** Of these a closing brace is the end. */
const BLOCKS = new Set(
  "function class interface enum namespace module if for while try switch do else catch finally".split(" "),
);
const DECLARING = new Set("function class interface enum namespace module const let var type".split(" "));
const MODIFIERS = new Set("export default declare async abstract".split(" "));

/**
 * Cuts tokens at the ends of top-level statements. Where an end cannot be told, as without a semicolon, more than one
 * come together or one falls apart; no token is lost.
 */
export function statementsOf(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const statements: Token[][] = [];
  let current: Token[] = [];
  let depth = 0;
  for (const token of tokens) {
    // After `function f(): { a: number }` comes its body.
    const goesOn = current.length === 0 && token.kind === "punct" && isPunct(statements.at(-1)?.at(-1), "}");
    if (goesOn) current = statements.pop()!;
    current.push(token);
    if (token.kind !== "punct") continue;
    if (isPunct(token, "(", "[", "{", "${")) depth++;
    else if (isPunct(token, ")", "]", "}")) depth--;
    if (depth > 0 || !(isPunct(token, ";") || isPunct(token, "}") && BLOCKS.has(headOf(current)))) continue;
    statements.push(current);
    current = [];
  }
  return current.length > 0 ? [...statements, current] : statements;
}

/** The first word that is no modifier: `function` of `export async function`. */
function headOf(statement: readonly Token[]): string {
  const head = statement.find(({ kind, text }) => kind !== "word" || !MODIFIERS.has(text));
  return head?.kind === "word" ? head.text : "";
}

export function nameOf(statement: readonly Token[]): string {
  const words = statement.filter(({ kind }) => kind === "word").map(({ text }) => text);
  const head = headOf(statement);
  if (head === "import") return "imports";
  if (DECLARING.has(head)) {
    const name = words.slice(words.indexOf(head) + 1).find((word) => word !== "enum");
    if (name !== undefined) return name;
  }
  if (words[0] !== "export") return "statements";
  return words[1] === "default" ? "default" : "exports";
}

/**
 * Whether TypeScript erases the statement: an interface, a type, an import or export of types; only where its end is
 * beyond doubt, so that no code goes with it.
 */
export function isErased(statement: readonly Token[]): boolean {
  const first = statement[0]?.text;
  const [head, name, after] = first === "export" || first === "import" ? statement.slice(1) : statement;
  if (head?.kind !== "word" || name === undefined || !endsOnce(statement)) return false;
  if (head.text === "interface") return name.kind === "word" && isPunct(statement.at(-1), "}");
  if (head.text !== "type") return false;
  if (first === "import") return isTypeClause(name, after);
  return first === "export" && isPunct(name, "{", "*") || name.kind === "word" && isPunct(after, "=", "<");
}

/** What follows `import type`, unless `type` is itself the name that is imported. */
function isTypeClause(name: Token, after: Token | undefined): boolean {
  return isPunct(name, "{", "*") || name.kind === "word" && (name.text !== "from" || after?.text === "from");
}

/** Whether no token but the last can be the end of a statement. */
function endsOnce(statement: readonly Token[]): boolean {
  const last = statement.length - 1;
  const isBlock = isPunct(statement[last], "}");
  let depth = 0;
  return statement.every((token, i) => {
    if (isPunct(token, ")", "]", "}")) depth--;
    const outside = depth === 0;
    if (isPunct(token, "(", "[", "{", "${")) depth++;
    if (i === last) return outside && isPunct(token, ";", "}");
    if (!outside || i === 0) return true;
    const ends = isPunct(token, ";") || isBlock && isPunct(token, "}");
    return !ends && !(token.broken && mayBegin(token, statement[i - 1]!));
  });
}

/** After these a `|` or `&` only begins a list of types. */
const LEADING = ["=", ":", "(", "<", ",", "[", "{", "=>", "?"];

/** The tokens such that no two sequences of them give the same text, save those that mean the same. */
function textOf(statement: readonly Token[]): string {
  let text = "";
  let previous: Token | undefined;
  for (const [i, token] of statement.entries()) {
    if (isIdle(token, previous, statement[i + 1])) continue;
    if (token.broken && previous !== undefined && breakMatters(previous, token)) text += "\n";
    text += isPunct(token, ">>", ">>>") // which may close lists of types, with or without space between
      ? "p1:>".repeat(token.text.length)
      : `${token.kind[0]}${token.text.length}:${token.text}`;
    previous = token;
  }
  return text;
}

/** Marks that a formatter puts where a list or a block takes several lines, and that say nothing. */
function isIdle(token: Token, previous: Token | undefined, next: Token | undefined): boolean {
  if (token.kind !== "punct") return false;
  if (token.text === ";") return isPunct(next, "}");
  if (token.text === ",") return isPunct(next, ")", "]", "}", ">") && !isPunct(previous, ",", "[");
  if (token.text !== "|" && token.text !== "&") return false;
  return isPunct(previous, ...LEADING) || previous?.kind === "word" && previous.text === "as";
}
