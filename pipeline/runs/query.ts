/** What is asked of the runs: conditions like `accuracy>0.4`, an order, columns. Pure. */
import { UserError } from "../../lib/base/errors.ts";
import { suggestion } from "../../lib/base/nearest.ts";

export type Operator = "=" | "!=" | ">" | "<" | ">=" | "<=" | "~";

export interface Condition {
  readonly name: string;
  readonly operator: Operator;
  readonly value: string;
}

const CONDITION = /^([\w.]+)\s*(!=|>=|<=|=|>|<|~)\s*(.*)$/s;

/** Whether it begins as one; names of runs may hold such signs too, behind a hyphen. */
export function isCondition(text: string): boolean {
  return CONDITION.test(text);
}

/** @throws {UserError} "usage": no such form. */
export function parseCondition(text: string): Condition {
  const found = CONDITION.exec(text);
  if (found === null || found[3] === "") {
    throw new UserError(
      "usage",
      `Cannot understand the condition ${
        JSON.stringify(text)
      }: wanted NAME=VALUE, NAME!=VALUE, NAME~PART, or NAME>NUMBER ` +
        `(also <, >=, <=), such as model=linear or "accuracy>0.4" (in quotes, as shells take > for themselves).`,
    );
  }
  return { name: found[1]!, operator: found[2] as Operator, value: found[3]! };
}

/**
 * The full name of what was typed: itself, or the only field whose last parts it is.
 *
 * @param names Of all fields there are.
 * @throws {UserError} "usage": no field, or several.
 */
export function resolveName(typed: string, names: readonly string[]): string {
  if (names.includes(typed)) return typed;
  const ending = names.filter((name) => name.endsWith(`.${typed}`));
  // What the last checkpoint gives goes by its full name.
  const found = ending.length > 1 ? ending.filter((name) => !name.startsWith("last.")) : ending;
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    throw new UserError("usage", `Cannot tell which ${typed} is meant: ${found.sort().join(", ")}.`);
  }
  const parts = new Map(names.flatMap((name) => [[name, name], [name.split(".").at(-1)!, name]]));
  throw new UserError(
    "usage",
    `Cannot find ${JSON.stringify(typed)} in any run.${
      suggestion(typed, parts.keys())
    } deno task runs --json shows every name.`,
  );
}

/** Whether it asks for more or less than something that is no number: which only words can be. */
export function wantsNumber({ operator, value }: Condition): boolean {
  return /^[<>]/.test(operator) && !isNumber(value);
}

export function noNumber({ name, operator, value }: Condition): UserError {
  return new UserError(
    "usage",
    `Cannot understand the condition ${
      JSON.stringify(name + operator + value)
    }: ${name} is a number, wanted ` +
      `${name}${operator}NUMBER, as in "${name}${operator}0.4", found ${JSON.stringify(value)}.`,
  );
}

function isNumber(value: string): boolean {
  return value.trim() !== "" && Number.isFinite(Number(value));
}

/** A condition as SQL over the tables of the index, with the values to bind. @param name As {@link resolveName} gives it. */
export function conditionSql(
  { operator, value }: Condition,
  name: string,
): { readonly sql: string; readonly values: readonly (string | number)[] } {
  const exists = (test: string, ...values: (string | number)[]) => ({
    sql: `EXISTS (SELECT 1 FROM fields f WHERE f.run = r.id AND f.name = ? AND ${test})`,
    values: [name, ...values],
  });
  const number = Number(value);
  const numeric = isNumber(value);
  switch (operator) {
    case "=":
    case "!=": {
      const { sql, values } = numeric
        ? exists("(f.number = ? OR f.text = ?)", number, value)
        : exists("f.text = ?", value);
      return { sql: operator === "=" ? sql : `NOT ${sql}`, values };
    }
    case "~":
      return exists("instr(lower(coalesce(f.text, f.number)), lower(?)) > 0", value);
    case ">":
    case "<":
    case ">=":
    case "<=":
      // ISO 8601 times are in order as text is.
      return numeric ? exists(`f.number ${operator} ?`, number) : exists(`f.text ${operator} ?`, value);
    default:
      throw operator satisfies never;
  }
}
