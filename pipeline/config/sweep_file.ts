/** Ready-made experiments: `conf/sweep/NAME.yaml` holds `overrides` (key -> value) and `axes` (key -> list of values). */
import { UserError } from "../../lib/base/errors.ts";
import type { Json, JsonObject } from "../../lib/base/json.ts";
import { suggestion } from "../../lib/base/nearest.ts";
import { type ConfReader, expandAlias } from "./compose.ts";
import type { Override } from "./override.ts";
import type { YamlSource } from "./yaml_source.ts";

const GROUP = "sweep";
const SECTIONS = ["overrides", "axes"] as const;

/**
 * What the file sets and varies, as if typed before the command line's own overrides.
 * @throws {UserError} "bad-config": no such file, an unknown section, or an axis that is no list of values.
 */
export function sweepFile(reader: ConfReader, name: string): Override[] {
  const known = reader.choices(GROUP);
  if (!known.includes(name)) {
    throw new UserError(
      "bad-config",
      `Cannot use --config ${name}: conf/${GROUP}/ has no ${name}.yaml, only ${known.join(", ")}.${
        suggestion(name, known)
      }`,
    );
  }
  const source = reader.choice(GROUP, name);
  for (const key of Object.keys(source.values)) {
    if (SECTIONS.some((section) => section === key)) continue;
    refuse(source, [key], `unknown key ${key}; wanted ${SECTIONS.join(" or ")}.${suggestion(key, SECTIONS)}`);
  }
  return SECTIONS.flatMap((section) =>
    Object.entries(sectionOf(source, section)).map(([key, value]): Override => {
      const [path, place] = [expandAlias(key.split(".")), placeOf(source, [section, key])];
      if (section === "overrides") return { path, values: [value], text: `${key}=${shown(value)}`, place };
      if (!Array.isArray(value) || value.length === 0) {
        refuse(
          source,
          [section, key],
          `${key}: wanted a list of values, as in [1, 2], found ${shown(value)}.`,
        );
      }
      return { path, values: value, text: `${key}=${value.map(shown).join(",")}`, place };
    })
  );
}

function sectionOf(source: YamlSource, section: string): JsonObject {
  const found = source.values[section] ?? {};
  if (typeof found === "object" && !Array.isArray(found)) return found as JsonObject;
  return refuse(source, [section], `${section}: wanted keys and values, found ${shown(found)}.`);
}

function placeOf(source: YamlSource, path: readonly string[]): string {
  const line = source.line(path);
  return line === undefined ? source.file : `${source.file}:${line}`;
}

function shown(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function refuse(source: YamlSource, path: readonly string[], what: string): never {
  throw new UserError("bad-config", `${placeOf(source, path)}: ${what}`);
}
