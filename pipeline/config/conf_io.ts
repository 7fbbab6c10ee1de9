/** Reads the `conf/` folder. */
import { dirname, resolve } from "node:path";
import { UserError } from "../../lib/base/errors.ts";
import { readSmallText } from "../../lib/base/read_text_io.ts";
import { suggestion } from "../../lib/base/nearest.ts";
import type { ConfReader } from "./compose.ts";
import { readYaml, type YamlSource } from "./yaml_source.ts";

/**
 * Files and folders are read when first asked for, and once.
 *
 * @param folder The `conf` folder, whose parent is what paths in files are relative to.
 * @param typed Absolute: what typed paths are relative to.
 */
export function openConf(folder: string, typed = Deno.cwd()): ConfReader {
  const cache = new Map<string, YamlSource>();
  const groups = new Map<string, readonly string[]>();
  function source(relative: string): YamlSource {
    const known = cache.get(relative);
    if (known !== undefined) return known;
    const read = readYaml(`conf/${relative}`, readText(folder, relative));
    cache.set(relative, read);
    return read;
  }
  return {
    main: (name) => source(`${name}.yaml`),
    choices(group) {
      const names = groups.get(group) ?? yamlNames(`${folder}/${group}`);
      groups.set(group, names);
      return names;
    },
    choice: (group, name) => source(`${group}/${name}.yaml`),
    folders: { files: dirname(resolve(folder)), typed },
  };
}

function readText(folder: string, relative: string): string {
  try {
    return readSmallText(`${folder}/${relative}`, `conf/${relative}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const name = relative.replace(/\.yaml$/, "");
    throw new UserError(
      "bad-config",
      `Cannot read conf/${relative}: there is no such file.${suggestion(name, yamlNames(folder))}`,
    );
  }
}

function yamlNames(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].filter((e) => (e.isFile || e.isSymlink) && e.name.endsWith(".yaml"))
      .map((e) => e.name.slice(0, -5)).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
