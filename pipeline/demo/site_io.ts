/** Writes the page as files: whole, beside its place, then under its name. */
import { dirname } from "node:path";
import { z } from "zod";
import { sha256 } from "../../lib/base/digest.ts";
import { UserError } from "../../lib/base/errors.ts";
import { explainSystemError } from "../../lib/base/system_error_io.ts";
import { exists, namesIn, removeTree, temporaryName, writeAll } from "../engine/store/atomic_io.ts";
import { rename, syncTree } from "../engine/store/file_system_io.ts";
import type { Route, ServeRequest } from "./serve_io.ts";
import { aloneDocument, DOCUMENTS, servedDocument } from "./site.ts";

/** How it is written. */
export interface SiteOptions {
  /** Replaces what an earlier call wrote. */
  readonly overwrite: boolean;
  /** Addresses of parts that a page opened as a file cannot use: threads need one that its server isolates from others. */
  readonly servedOnly: readonly string[];
  /** Of what the page contains: goes beside it. */
  readonly licences: string;
}

export interface WrittenSite {
  /** Relative to the folder, sorted. */
  readonly files: readonly string[];
  readonly bytes: number;
}

const PAGE = "/";
const LICENCES = "licences.txt";
/** Says that a folder is of this making, and what in it is. */
const CONTENTS = "contents.json";
const contentsSchema = z.object({
  made_by: z.literal("deno task demo --export"),
  files: z.array(z.string()),
});
/** Parts that stand in the document that has all inside as what they are. */
const [STYLE, ICON, SCRIPT] = ["/page.css", "/icon.svg", "/page.js"] as const;

/**
 * @param folder Absolute. @param routes What the page's server would serve.
 * @throws {UserError} `usage` if the folder holds what is not of this making, or that and `overwrite` is not set.
 */
export async function writeSite(
  folder: string,
  routes: ServeRequest["routes"],
  { overwrite, servedOnly, licences }: SiteOptions,
): Promise<WrittenSite> {
  makeParent(folder);
  const target = exists(folder) ? Deno.realPathSync(folder) : folder;
  refuseOthers(target, overwrite);
  const temporary = temporaryName(target);
  try {
    Deno.mkdirSync(temporary);
    const files = new Map<string, Uint8Array>();
    for (const [path, route] of Object.entries(routes)) files.set(path, bytesAt(path, route));
    const text = (path: string) => new TextDecoder().decode(files.get(path)!);
    const template = text(PAGE);
    const [style, icon, script] = [text(STYLE), text(ICON), text(SCRIPT)];
    const beside = [PAGE, STYLE, ICON, SCRIPT, ...servedOnly.map((address) => `/${address}`)];
    const inside = [...files].filter(([path]) => !beside.includes(path));
    files.delete(PAGE);
    const parts = new Map(inside.map(([path, bytes]) => [path.slice(1), bytes]));
    const encoder = new TextEncoder();
    files.set(`/${DOCUMENTS.served}`, encoder.encode(servedDocument(template)));
    files.set(`/${DOCUMENTS.alone}`, encoder.encode(aloneDocument(template, { style, icon, script, parts })));
    files.set(`/${LICENCES}`, encoder.encode(licences));
    const names = [...files.keys()].map((path) => path.slice(1)).sort();
    const contents = { made_by: "deno task demo --export", files: names } satisfies z.infer<
      typeof contentsSchema
    >;
    files.set(`/${CONTENTS}`, encoder.encode(`${JSON.stringify(contents, null, 2)}\n`));
    for (const [path, bytes] of files) writeNew(`${temporary}${path}`, bytes);
    await syncTree(temporary);
    putInPlace(temporary, target);
    const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
    return { files: [...names, CONTENTS].sort(), bytes };
  } catch (error) {
    throw explainSystemError(error, `write the page to ${folder}`);
  } finally {
    removeTree(temporary);
  }
}

/** @throws {UserError} `usage`. */
function refuseOthers(folder: string, overwrite: boolean): void {
  if (!exists(folder)) return;
  if (!Deno.statSync(folder).isDirectory) {
    throw new UserError(
      "usage",
      `Cannot export the page to ${folder}: it is a file, wanted a folder that is new, empty, or an earlier export.`,
    );
  }
  const names = namesIn(folder);
  if (names.length === 0) return;
  const other = otherThan(folder, names);
  if (other !== undefined) {
    throw new UserError(
      "usage",
      `Cannot export the page to ${folder}: it holds ${other}, which is not of an export, and would be lost. Give a ` +
        `folder that is new or empty.`,
    );
  }
  if (overwrite) return;
  throw new UserError(
    "usage",
    `Cannot export the page to ${folder}: an earlier export is there. Give another folder, or --overwrite.`,
  );
}

/** What of a folder is not of this making; undefined: all of it is. */
function otherThan(folder: string, names: readonly string[]): string | undefined {
  if (!names.includes(CONTENTS)) return names[0];
  const path = `${folder}/${CONTENTS}`;
  let value: unknown;
  try {
    value = JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    if (error instanceof SyntaxError) return CONTENTS;
    throw error;
  }
  const { data } = contentsSchema.safeParse(value);
  if (data === undefined) return CONTENTS;
  return filesBelow(folder).find((file) => file !== CONTENTS && !data.files.includes(file));
}

/** All that is no folder, relative, sorted. */
function filesBelow(folder: string, before = ""): string[] {
  return [...Deno.readDirSync(`${folder}/${before}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(folder, `${before}${name}/`) : [before + name]
  ).sort();
}

/** @throws {UserError} `store-damaged` if a model is not what it was when it was chosen. */
function bytesAt(path: string, route: Route): Uint8Array {
  if ("text" in route) return new TextEncoder().encode(route.text);
  const bytes = Deno.readFileSync(route.file);
  if (route.sha256 === undefined || sha256(bytes) === route.sha256) return bytes;
  throw new UserError(
    "store-damaged",
    `Cannot export ${path.slice(1)}: ${route.file} was changed meanwhile. Run the same command again.`,
  );
}

/** @throws {UserError} `usage` if a part of the path is a file. */
function makeParent(path: string): void {
  try {
    Deno.mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotADirectory || error instanceof Deno.errors.AlreadyExists)) {
      throw explainSystemError(error, `write the page to ${path}`);
    }
    throw new UserError(
      "usage",
      `Cannot export the page to ${path}: a part of it is a file, wanted folders.`,
      {
        cause: error,
      },
    );
  }
}

function writeNew(path: string, bytes: Uint8Array): void {
  Deno.mkdirSync(dirname(path), { recursive: true });
  using file = Deno.openSync(path, { write: true, createNew: true });
  writeAll(file, bytes);
}

/** What was there goes only when the new is in its place. */
function putInPlace(from: string, to: string): void {
  if (!exists(to)) return rename(from, to);
  const aside = temporaryName(to);
  rename(to, aside);
  try {
    rename(from, to);
  } catch (error) {
    rename(aside, to);
    throw error;
  }
  removeTree(aside);
}
