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

/** @throws {UserError} "bad-config": malformed YAML, or a document that is not a mapping. */
export function readYaml(file: string, text: string): YamlSource {
  let document: unknown;
  try {
    document = parse(text, { schema: "core" });
  } catch (error) {
    const message = (error as Error).message.split("\n")[0]!.replace(/\.$/, "");
    throw new UserError("bad-config", `Cannot read ${file} as YAML: ${message}.`, { cause: error });
  }
  const values = document ?? {};
  if (typeof values !== "object" || Array.isArray(values)) {
    throw new UserError(
      "bad-config",
      `Cannot use ${file}: wanted keys and values, found ${
        Array.isArray(values) ? "a list" : typeof values
      }.`,
    );
  }
  return { file, values: values as JsonObject, line: (path) => findLine(text, path) };
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

/**
 * Follows block mappings by their indentation. A key inside a flow mapping (`{a: 1}`) is on its parent's line
 * unless that mapping spans lines; the parser keeps no positions, so this reads the text again.
 */
function findLine(text: string, path: readonly string[]): number | undefined {
  const lines = text.split("\n");
  let depth = 0;
  let found: number | undefined;
  const indents: number[] = [];
  for (const [i, line] of lines.entries()) {
    const match = /^(\s*)(?:"([^"]+)"|'([^']+)'|([\w.-]+))\s*:/.exec(line);
    if (match === null) continue;
    const indent = match[1]!.length;
    while (indents.length > 0 && indent <= indents.at(-1)!) indents.pop();
    if (indents.length < depth) return found;
    const key = match[2] ?? match[3] ?? match[4];
    if (indents.length === depth && key === path[depth]) {
      found = i + 1;
      depth++;
      indents.push(indent);
      if (depth === path.length) return found;
    } else {
      indents.push(indent);
    }
  }
  return found;
}
