/** What indexing a data set came upon, as its log says it. Pure. */
import { REMEDY } from "../audio/bad_audio.ts";
import type { AudioFacts } from "../audio/recording.ts";
import { UserError } from "../base/errors.ts";
import type { SkippedFile } from "../records/example_index.ts";
import type { Report } from "./contract.ts";

/** Things of one sort that were not taken, or only by some rule. */
export interface Finding {
  readonly level: "info" | "warning";
  /** Behind their number, with what was done: `files are deeper than <word>/<file> and not read`. */
  readonly what: string;
  /** All of them. */
  readonly names: readonly string[];
  /** A sentence. */
  readonly remedy?: string;
}

const EXAMPLES = 3;

/** A sentence: how many, what, and the first three. */
export function findingText({ what, names, remedy }: Finding): string {
  const text = `${names.length} ${what}: ${firstOf(names)}.`;
  return remedy === undefined ? text : `${text} ${remedy}`;
}

/** One line of each sort that there is. */
export function tellFindings(findings: readonly Finding[], report: Report): void {
  for (const finding of findings) {
    if (finding.names.length > 0) report.note(finding.level, findingText(finding));
  }
}

/** Files that were skipped with `bad_files: skip`, which an index lists in full. */
export function tellSkipped(skipped: readonly SkippedFile[], what: string, report: Report): void {
  if (skipped.length === 0) return;
  const reasons = skipped.slice(0, EXAMPLES).map(({ reason }) => reason);
  const [which, more] = skipped.length === 1 ? ["the first", ""] : [
    `the first ${reasons.length}`,
    skipped.length > EXAMPLES ? " All are in index.json." : "",
  ];
  report.note(
    "warning",
    `${skipped.length} unreadable ${what} skipped, ${which}: ${reasons.join(" ")}${more}`,
  );
}

/** What stopped an index, with what lets it go on. */
export function withRemedy(error: UserError): UserError {
  if (error.message.includes("bad_files: skip")) return error;
  const { reason } = error;
  const message = error.message.replace(` ${REMEDY}`, ""); // one is enough
  return new UserError(reason, `${message} Mend it, or let such files be left out (bad_files: skip).`, {
    cause: error,
  });
}

/** The first three, and a sign if there are more. */
export function firstOf(names: readonly string[]): string {
  return names.slice(0, EXAMPLES).join(", ") + (names.length > EXAMPLES ? ", …" : "");
}

/** `8.0 seconds`, `3.2 minutes`, `12.25 hours`. */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} seconds`;
  return seconds < 3600 ? `${(seconds / 60).toFixed(1)} minutes` : `${(seconds / 3600).toFixed(2)} hours`;
}

/** Recordings whose floats are not in the range that floats have, and those beside them that may only be quiet. */
export function rangeFindings(
  files: readonly (Pick<AudioFacts, "gain" | "isFine" | "isBeyond"> & { readonly path: string })[],
): Finding[] {
  const pathsOf = (wanted: (file: typeof files[number]) => boolean) => [
    ...new Set(files.filter(wanted).map(({ path }) => path)),
  ];
  const scaled = pathsOf(({ gain }) => gain !== 1);
  return [
    {
      level: "warning",
      what: "float recordings are in the range of 16-bit integers and were divided by 32768",
      names: scaled,
    },
    {
      level: "warning",
      what:
        "recordings of more than 16 bits beside these are in the range of floats and were taken as they are",
      names: scaled.length === 0 ? [] : pathsOf(({ gain, isFine }) => isFine && gain === 1),
    },
    {
      level: "info",
      what: "float recordings go beyond full scale and were taken as they are, without clipping",
      names: pathsOf(({ isBeyond }) => isBeyond),
    },
  ];
}
