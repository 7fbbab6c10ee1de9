/** Phone names of a corpus to the names that are recognised: a text file, one `FROM TO` a line. Pure. */
import { UserError } from "../base/errors.ts";
import { suggestion } from "../base/nearest.ts";

export type PhoneMap = ReadonlyMap<string, string>;

/**
 * @param text Lines `FROM TO`; empty lines and what follows `;` are left out (`#` may be part of a name, as in `h#`).
 * @param file Names the file in errors.
 * @throws {UserError} `bad-file` for a line of another form or a phone that is mapped twice.
 */
export function parsePhoneMap(text: string, file: string): PhoneMap {
  const map = new Map<string, string>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const words = line.replace(/;.*/, "").split(/\s+/).filter(Boolean);
    if (words.length === 0) continue;
    const [from, to] = words;
    if (words.length !== 2) {
      throw new UserError(
        "bad-file",
        `Cannot read ${file}: line ${
          i + 1
        } has ${words.length} words, wanted two: a phone of the corpus and ` +
          `the phone it counts as.`,
      );
    }
    if (map.has(from!)) {
      throw new UserError("bad-file", `Cannot read ${file}: line ${i + 1} maps ${from} a second time.`);
    }
    map.set(from!, to!);
  }
  return map;
}

/**
 * Maps a transcript's phones.
 * @param where Names the transcript in errors.
 * @param file Names the map in errors.
 * @throws {UserError} `bad-dataset` for a phone that the map lacks.
 */
export function mapPhones(phones: readonly string[], map: PhoneMap, where: string, file: string): string[] {
  return phones.map((phone) => {
    const mapped = map.get(phone);
    if (mapped !== undefined) return mapped;
    throw new UserError(
      "bad-dataset",
      `Cannot use ${where}: it has the phone ${JSON.stringify(phone)}, which ${file} does not map.${
        suggestion(phone, map.keys())
      } Add a line "${phone} <phone>" to the map, or correct the transcript.`,
    );
  });
}
