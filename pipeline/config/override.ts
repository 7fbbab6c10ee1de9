/**
 * Overrides from the command line, in the part of Hydra's grammar that is needed here: `key=value`, `group=choice`,
 * `key=a,b,c` and `key=range(0,3)` (sweeps), lists, mappings, quoted strings, null, booleans, numbers.
 */
import { UserError } from "../../lib/base/errors.ts";
import type { Json } from "../../lib/base/json.ts";
import { habitOfOverride, habitOfWord } from "./hydra_habits.ts";

export interface Override {
  /** `frontend.n_mels` -> `["frontend", "n_mels"]`. */
  readonly path: readonly string[];
  /** One value, or several for a sweep; never empty. */
  readonly values: readonly Json[];
  /** As typed, for messages. */
  readonly text: string;
  /** File and line, if it was not typed on the command line. */
  readonly place?: string;
}

/** @throws {UserError} "bad-config": with the override, the column and what was wanted. */
export function parseOverride(text: string): Override {
  const isRange = RANGE.test(text.slice(text.indexOf("=") + 1));
  const habit = isRange ? undefined : habitOfOverride(text);
  if (habit !== undefined) throw new UserError("bad-config", `Cannot read the override "${text}": ${habit}.`);
  const equals = text.indexOf("=");
  if (equals < 0) {
    throw new UserError(
      "bad-config",
      `Cannot read the override "${text}": wanted key=value, as in frontend.n_mels=40.`,
    );
  }
  const key = text.slice(0, equals);
  if (!/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(key)) {
    throw new UserError(
      "bad-config",
      `Cannot read the override "${text}": the key "${key}" must be names joined by dots, as in frontend.n_mels.`,
    );
  }
  const reader = new ValueReader(text, equals + 1);
  return { path: key.split("."), values: reader.readChoices(), text };
}

/** What is read as this value again: `optim.model.lr=0.01`. */
export function wordOf(key: string, value: Json): string {
  return `${key}=${valueWord(value)}`;
}

/** In the grammar of overrides. */
export function valueWord(value: Json): string {
  if (typeof value === "string") return PLAIN.test(value) ? value : JSON.stringify(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(valueWord).join(",")}]`;
  return `{${Object.entries(value).map(([key, inner]) => `${key}: ${valueWord(inner)}`).join(", ")}}`;
}

/** Words that stand for themselves. */
const PLAIN = /^(?!(?:null|true|false|none)$)[a-z_][\w.-]*$/i;

const RANGE = /^\s*range\(\s*(-?\d+)\s*,\s*(-?\d+)\s*(?:,\s*(-?\d+)\s*)?\)$/;

class ValueReader {
  readonly #text: string;
  #at: number;

  constructor(text: string, at: number) {
    this.#text = text;
    this.#at = at;
  }

  readChoices(): Json[] {
    const values = this.#readRange() ?? [this.#readValue("sweep")];
    while (this.#peek() === ",") {
      this.#at++;
      values.push(this.#readValue("sweep"));
    }
    if (this.#at < this.#text.length) this.#fail(`unexpected "${this.#text.slice(this.#at)}"`);
    return values;
  }

  /** `range(start,stop[,step])` as Python's, stop excluded. */
  #readRange(): Json[] | undefined {
    const match = RANGE.exec(this.#text.slice(this.#at));
    if (match === null) return undefined;
    const [start, stop, step] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 1)];
    const count = step === 0 ? 0 : Math.ceil((stop - start) / step);
    if (count < 1 || count > 10_000) {
      this.#fail(`range(${start},${stop},${step}) holds no value or more than 10,000`);
    }
    this.#at = this.#text.length;
    return Array.from({ length: count }, (_, i) => start + i * step);
  }

  #readValue(where: "sweep" | "list" | "mapping"): Json {
    this.#skipSpace();
    const next = this.#peek();
    if (next === "[") return this.#readList();
    if (next === "{") return this.#readMapping();
    if (next === '"' || next === "'") return this.#readQuoted(next);
    const word = this.#readBare(where);
    const habit = habitOfWord(word);
    if (habit === undefined) return scalar(word);
    throw new UserError("bad-config", `Cannot read the override "${this.#text}": ${habit}.`);
  }

  #readList(): Json {
    this.#at++;
    const items: Json[] = [];
    this.#skipSpace();
    while (this.#peek() !== "]") {
      items.push(this.#readValue("list"));
      this.#expectCommaOr("]");
    }
    this.#at++;
    this.#skipSpace();
    return items;
  }

  #readMapping(): Json {
    this.#at++;
    const entries: [string, Json][] = [];
    this.#skipSpace();
    while (this.#peek() !== "}") {
      this.#skipSpace();
      const key = /^\w+/.exec(this.#text.slice(this.#at))?.[0] ?? this.#fail("wanted a name");
      this.#at += key.length;
      this.#skipSpace();
      if (this.#peek() !== ":") this.#fail(`wanted ":" after "${key}"`);
      this.#at++;
      if (entries.some(([other]) => other === key)) this.#fail(`found "${key}" twice`);
      entries.push([key, this.#readValue("mapping")]);
      this.#expectCommaOr("}");
    }
    this.#at++;
    this.#skipSpace();
    return Object.fromEntries(entries);
  }

  #readQuoted(quote: string): string {
    let value = "";
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at]!;
      if (char === quote) {
        this.#at++;
        this.#skipSpace();
        return value;
      }
      if (char === "\\" && [quote, "\\"].includes(this.#text[this.#at + 1] ?? "")) this.#at++;
      value += this.#text[this.#at]!;
    }
    return this.#fail(`the ${quote} that opens a string is never closed`);
  }

  #readBare(where: "sweep" | "list" | "mapping"): string {
    const stops = where === "sweep" ? "," : where === "list" ? ",]" : ",}";
    const start = this.#at;
    while (this.#at < this.#text.length && !stops.includes(this.#peek())) this.#at++;
    const bare = this.#text.slice(start, this.#at).trim();
    if (bare === "") this.#fail(`a value is missing; write "" for an empty string or null for none`);
    return bare;
  }

  #expectCommaOr(close: string): void {
    this.#skipSpace();
    if (this.#peek() === ",") {
      this.#at++;
      this.#skipSpace();
    } else if (this.#peek() !== close) {
      this.#fail(`wanted "," or "${close}"`);
    }
  }

  #peek(): string {
    return this.#text[this.#at] ?? "";
  }

  #skipSpace(): void {
    while (this.#peek() === " ") this.#at++;
  }

  #fail(what: string): never {
    throw new UserError(
      "bad-config",
      `Cannot read the override "${this.#text}": ${what} at column ${this.#at + 1}.`,
    );
  }
}

function scalar(text: string): Json {
  if (text === "null") return null;
  if (text === "true") return true;
  if (text === "false") return false;
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  return text;
}
