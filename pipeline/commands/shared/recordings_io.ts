/** Recordings that a command line names: files, folders of them, patterns. */
import { globSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import { ENDINGS_TEXT, isRecording } from "../../../lib/audio/endings.ts";
import { sha256 } from "../../../lib/base/digest.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { explainSystemError } from "../../../lib/base/system_error_io.ts";
import { readTake } from "../../../lib/enrol/read_take.ts";
import { checkTake, clipsOf, type Take, type TakeShape } from "../../../lib/enrol/takes.ts";
import { exists } from "../../engine/store/atomic_io.ts";

/** A recording that is named. */
export interface NamedRecording {
  /** Absolute. */
  readonly path: string;
  /** As it is typed: with the folders that are. */
  readonly typed: string;
}

/**
 * @param typed A file, a folder, whose own recordings are taken, or a pattern with `*` and `?`. @param here Where relative ones begin.
 * @param flag Named in errors.
 * @returns By name, at least one.
 * @throws {UserError} `usage` in one sentence if there is none.
 */
export function recordingsAt(typed: string, here: string, flag: string): NamedRecording[] {
  const path = resolve(here, typed);
  const refuse = (found: string) =>
    new UserError(
      "usage",
      `Cannot read the recordings of ${flag}: ${typed} ${found}, wanted ${ENDINGS_TEXT} files. Give a file, a ` +
        `folder or a pattern such as 'clips/*.wav'.`,
    );
  if (exists(path) && Deno.statSync(path).isFile) return [{ path, typed }];
  if (exists(path)) {
    const found = namesIn(path).filter((name) => isRecording(name)).sort();
    if (found.length === 0) throw refuse("is a folder without any");
    return found.map((name) => ({ path: `${path}/${name}`, typed: join(typed, name) }));
  }
  const found = /[*?[{]/.test(typed)
    ? globSync(path).filter((name) => Deno.statSync(name).isFile).sort()
    : [];
  if (found.length === 0) throw refuse(/[*?[{]/.test(typed) ? "matches no file" : "is not there");
  return found.map((path) => ({ path, typed: isAbsolute(typed) ? path : relative(here, path) }));
}

/** Recordings that are to be learnt as one and the same. */
export interface Recordings {
  /** What they are given by: `--words lamp`. */
  readonly flag: string;
  readonly takes: readonly NamedRecording[];
}

/**
 * Leaves out copies, which are told by their bytes: of two, either would be judged by what has learnt the other.
 *
 * @param tell Is told of each copy, in a sentence.
 * @returns What is left of each.
 * @throws {UserError} `usage` in one sentence if a recording is given by two flags.
 */
export function withoutCopies(
  given: readonly Recordings[],
  tell: (line: string) => void,
): NamedRecording[][] {
  const firsts = new Map<string, { readonly flag: string; readonly typed: string }>();
  return given.map(({ flag, takes }) =>
    takes.filter(({ path, typed }) => {
      const digest = sha256(readFile(path));
      const first = firsts.get(digest);
      if (first === undefined) {
        firsts.set(digest, { flag, typed });
        return true;
      }
      if (first.flag === flag) {
        tell(`${typed} is the same recording as ${first.typed}, and counts once for ${flag}.`);
        return false;
      }
      throw new UserError(
        "usage",
        `Cannot enrol with ${typed} of ${flag}: it is the same recording as ${first.typed} of ${first.flag}, wanted each ` +
          "recording for one word, or for none. Take it out of one of them.",
      );
    })
  );
}

/**
 * Looks at all recordings that are to be learnt from, before anything is computed for nothing.
 *
 * @param takes Of words. @param falseAlarms Of what is none, of any length. @param shape Of the network.
 * @throws {UserError} `bad-audio`: a sentence for each that cannot be learnt from, by its name as typed.
 */
export async function checkRecordings(
  takes: readonly NamedRecording[],
  falseAlarms: readonly NamedRecording[],
  shape: TakeShape,
): Promise<void> {
  const faults = [
    ...await faultsOf(takes, (take) => checkTake(take, shape)),
    ...await faultsOf(falseAlarms, (take) => clipsOf(take, shape)),
  ];
  if (faults.length === 0) return;
  const count = takes.length + falseAlarms.length;
  throw new UserError(
    "bad-audio",
    faults.length === 1
      ? faults
      : [`Cannot enrol with ${faults.length} of ${count} recordings, and nothing has run:`, ...faults],
  );
}

async function faultsOf(
  recordings: readonly NamedRecording[],
  check: (take: Take) => unknown,
): Promise<string[]> {
  const faults: string[] = [];
  for (const { path, typed } of recordings) {
    try {
      check(await readTake(readFile(path), typed));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      faults.push(error.message);
    }
  }
  return faults;
}

function readFile(path: string): Uint8Array {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    throw explainSystemError(error, `read ${path}`);
  }
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].filter(({ name, isFile }) => isFile && !name.startsWith("."))
      .map(({ name }) => name);
  } catch (error) {
    throw explainSystemError(error, `read ${folder}`);
  }
}
