/** A YAML file as a source of configuration values, each with the line it stands on. */
import { parse } from "@std/yaml";
import { UserError } from "../../lib/base/errors.ts";
import type { Json, JsonObject } from "../../lib/base/json.ts";

export interface YamlSource {
  /** As shown to people, relative to the project: `conf/frontend/nnaudio.yaml`. */
  readonly file: string;
  readonly values: JsonObject;
  /** The line, from 1, on which the value at `path` is written, or undefined if it is not in the text. */
  line(path: readonly string[]): number | undefined;
}

/** Of values and of mappings within mappings: far beyond what people write, far below what is slow to go through. */
const [MOST_VALUES, DEEPEST] = [100_000, 32];

/** @throws {UserError} "bad-config": malformed YAML, a document that is not a mapping, or aliases that make it endless. */
export function readYaml(file: string, text: string): YamlSource {
  let document: unknown;
  try {
    document = parse(text, { schema: "core" });
  } catch (error) {
    const message = (error as Error).message.split("\n")[0]!.replace(/[.:]+$/, "");
    throw new UserError(
      "bad-config",
      `Cannot read ${file} as YAML: ${repeatedKey(message, text) ?? message}.`,
      {
        cause: error,
      },
    );
  }
  checkNumbers(file, text);
  const values = document ?? {};
  if (typeof values !== "object" || Array.isArray(values)) {
    throw new UserError(
      "bad-config",
      `Cannot use ${file}: wanted keys and values, found ${
        Array.isArray(values) ? "a list" : typeof values
      }.`,
    );
  }
  checkExtent(file, values as Json);
  let lines: ReadonlyMap<string, number> | undefined;
  return {
    file,
    values: values as JsonObject,
    line: (path) => lineOf(path, lines ??= linesOf(text)),
  };
}

/** Names the key that stands in a mapping twice, which the parser does not; undefined: it says something else. */
function repeatedKey(message: string, text: string): string | undefined {
  const line = /duplicated key at line (\d+)/.exec(message)?.[1];
  if (line === undefined) return undefined;
  const key = /^[\s-]*("[^"]+"|'[^']+'|[\w.-]+)\s*:/.exec(text.split("\n")[Number(line) - 1] ?? "")?.[1];
  return `${
    key ?? "a key"
  } stands in one mapping twice, the second time at line ${line}. Remove one of the two`;
}

/** YAML 1.1 reads 010 as eight and 1.2 as ten, as the command line does: nobody has to know which is spoken here. */
function checkNumbers(file: string, text: string): void {
  for (const [i, line] of text.split("\n").entries()) {
    const content = line.replace(/(^|\s)#.*$/, "");
    const found = /(?:^|[\s:[,{])([-+]?0[0-9_]+)(?=\s*(?:[,\]}]|$))/.exec(content)?.[1];
    if (found === undefined) continue;
    throw new UserError(
      "bad-config",
      `Cannot use ${file}:${i + 1}: found ${found}, which some take for octal. Write ${
        Number(found.replaceAll("_", ""))
      } for the number, or "${found}" in quotes for text.`,
    );
  }
}

/** Every value that is not a mapping, with its path; an empty mapping counts as a value. */
export function* leaves(value: Json, path: readonly string[] = []): Generator<[readonly string[], Json]> {
  if (
    value === null || typeof value !== "object" || Array.isArray(value) || Object.keys(value).length === 0
  ) {
    yield [path, value];
    return;
  }
  for (const [key, inner] of Object.entries(value)) yield* leaves(inner, [...path, key]);
}

/** A few lines of aliases of aliases stand for billions of values, one of itself for no end of them. */
function checkExtent(file: string, document: Json): void {
  let count = 0;
  const visit = (value: Json, depth: number): void => {
    if (++count > MOST_VALUES || depth > DEEPEST) {
      const found = depth > DEEPEST ? `more than ${DEEPEST} levels` : `more than ${MOST_VALUES} values`;
      throw new UserError(
        "bad-config",
        `Cannot use ${file}: found ${found}, each alias (*name) counted as what it stands for. Write less.`,
      );
    }
    if (value !== null && typeof value === "object") {
      for (const inner of Object.values(value)) visit(inner, depth + 1);
    }
  };
  visit(document, 0);
}

/** The deepest part of a path that stands on a line of its own tells the line of the whole. */
function lineOf(path: readonly string[], lines: ReadonlyMap<string, number>): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const line = lines.get(JSON.stringify(path.slice(0, length)));
    if (line !== undefined) return line;
  }
  return undefined;
}

/**
 * Follows block mappings by their indentation. A key inside a flow mapping (`{a: 1}`) is on its parent's line
 * unless that mapping spans lines; the parser keeps no positions, so this reads the text again.
 */
function linesOf(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const above: { readonly key: string; readonly indent: number }[] = [];
  for (const [i, line] of text.split("\n").entries()) {
    const match = /^(\s*)(?:"([^"]+)"|'([^']+)'|([\w.-]+))\s*:/.exec(line);
    if (match === null) continue;
    const indent = match[1]!.length;
    while (above.length > 0 && indent <= above.at(-1)!.indent) above.pop();
    above.push({ key: (match[2] ?? match[3] ?? match[4])!, indent });
    const path = JSON.stringify(above.map(({ key }) => key));
    if (!lines.has(path)) lines.set(path, i + 1);
  }
  return lines;
}
