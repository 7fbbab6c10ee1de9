/** What `data/sources.json` says of each archive that may be downloaded. Pure. */
import { z } from "zod";
import { UserError } from "../base/errors.ts";
import { schemaProblem } from "../base/schema_problem.ts";
import { suggestion } from "../base/nearest.ts";

const source = z.strictObject({
  title: z.string().min(1),
  /** Where it is published; the file's name is the last part. */
  url: z.url({ protocol: /^https?$/ }).regex(/\/[\w.+-]+$/, "must end in a file's name"),
  bytes: z.int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hexadecimal digits"),
  /** Who published the checksum. */
  checksum_from: z.string().min(1),
  licence: z.string().min(1),
  licence_url: z.url(),
  /** An archive that unpacks to more is refused. */
  unpacked_at_most: z.strictObject({ files: z.int().positive(), bytes: z.int().positive() }),
});

const sources = z.record(z.string(), source);

export type Source = z.infer<typeof source>;

/** Name -> source. @param path For messages. @throws {UserError} `bad-file` if the text is not as wanted. */
export function parseSources(text: string, path: string): Readonly<Record<string, Source>> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UserError("bad-file", `Cannot read ${path} as JSON: ${(error as Error).message}.`);
  }
  const parsed = sources.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new UserError("bad-file", `Cannot use ${path}: ${schemaProblem(parsed.error)}.`);
}

/** @throws {UserError} `bad-config` if there is no source of this name. */
export function sourceOf(all: Readonly<Record<string, Source>>, name: string): Source {
  if (Object.hasOwn(all, name)) return all[name]!;
  throw new UserError(
    "bad-config",
    `Cannot download ${name}: data/sources.json names only ${Object.keys(all).join(", ")}.${
      suggestion(name, Object.keys(all))
    }`,
  );
}

/** The name under which a source is published, and under which a copy by hand is looked for. */
export function fileNameOf(url: string): string {
  return new URL(url).pathname.split("/").at(-1)!;
}
