/**
 * Lists of kinds: files named `kinds.ts` with an `import()` for each kind, of which a task's code has only those that
 * the task names. Pure.
 */
import { isErased, nameOf, statementsOf } from "./outline.ts";
import type { Token } from "./tokens.ts";

export function isKindListName(path: string): boolean {
  return path === "kinds.ts" || path.endsWith("/kinds.ts");
}

/** `export const KINDS = { a: () => import("./a/kind.ts"), } as const satisfies KindList<Kind>;`, tokens apart. */
const LIST =
  /^(export )?const \w+ (: [^={}]+ )?= \{ (\S+ : \( \) => import \( "" ,? ?\) ,? ?)*\} (as const )?(satisfies [^={}]+ )?;$/;

/**
 * The name of what a list holds besides its kinds, if anything: a list's own bytes are in no key, so that nothing
 * else would be noticed when it changes.
 */
export function strayIn(tokens: readonly Token[]): string | undefined {
  const stray = statementsOf(tokens).find((statement) =>
    !isErased(statement) && nameOf(statement) !== "imports" &&
    !LIST.test(statement.map(({ kind, text }) => (kind === "string" ? '""' : text)).join(" "))
  );
  return stray && nameOf(stray);
}
