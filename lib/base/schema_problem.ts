/** What a schema found wrong, in words that need no knowledge of the program. */

/** A failed check as zod reports it; the first issue is told. */
interface FailedCheck {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}

/** @returns `where.it.stands: what was wanted and found`, without a full stop, or without a place if it is the whole. */
export function schemaProblem({ issues: [issue] }: FailedCheck): string {
  const message = (issue?.message ?? "unknown").replace("received undefined", "received nothing");
  const path = issue?.path.map(String).join(".") ?? "";
  return path === "" ? message : `${path}: ${message}`;
}
