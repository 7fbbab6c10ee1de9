/** Cuts examples of other words from running speech, in which none of the words is said. Pure. */
import { z } from "zod";
import { UserError } from "../../base/errors.ts";
import type { ExampleIndex } from "../../records/example_index.ts";
import type { Origins } from "../contract.ts";
import type { Finding } from "../finding.ts";
import { type Clip, exampleOf } from "./clips.ts";
import type { ReadFiles } from "./listing.ts";
import { windowsIn } from "./silence_windows.ts";
import { UNKNOWN } from "./vocabulary.ts";

/** Name of the recordings of running speech, of which training alone has some. */
export const RUNNING = "running";

export const RUNNING_ROOT = "running_root";

/** A part of the group of data sets whose recordings are the user's. */
export const runningShape = {
  /** A folder with folders of recordings in which none of the words is said, to learn from; null: there are none. */
  [RUNNING_ROOT]: z.string().min(1).nullable().default(null),
};

export function runningReference(root: string | null, split: ExampleIndex["split"]): Origins {
  return root === null || split !== "train" ? {} : { [RUNNING]: { from: "user", path: root } };
}

/**
 * An index with all windows of the clips' length, half overlapping, as examples of `_unknown_`: words begin and end
 * anywhere in them, as in a stream. @param root Names the folder in errors.
 * @throws {UserError} `bad-dataset` if no recording is as long as a clip, or nothing is learnt of other words.
 */
export function withRunning(
  index: ExampleIndex,
  { files, skipped }: ReadFiles,
  root: string,
): { readonly index: ExampleIndex; readonly findings: readonly Finding[] } {
  const { classes, examples, sampleRate, clipSamples, sampleBits, notes } = index;
  if (!classes.includes(UNKNOWN)) {
    throw new UserError(
      "bad-dataset",
      `Cannot learn what is none of the words from ${root}: there is no class of other words. Set dataset.unknown to 1.`,
    );
  }
  const seconds = clipSamples! / sampleRate;
  const clips = files.flatMap((file): Clip[] =>
    windowsIn(file, [0, 1], seconds).map((start) => ({ file, label: UNKNOWN, speaker: file.speaker, start }))
  );
  if (clips.length === 0) {
    throw new UserError(
      "bad-dataset",
      `Cannot cut clips from the running speech in ${root}: of ${files.length} recordings none is as long as a clip, ` +
        `${seconds} s. Give longer ones.`,
    );
  }
  const windows = clips.map((clip) => {
    const example = exampleOf(clip, clipSamples!);
    return { ...example, name: `${RUNNING}/${example.name}`, input: RUNNING };
  });
  return {
    index: {
      ...index,
      sampleBits: files.some(({ isFine }) => isFine) ? 32 : sampleBits,
      examples: [...examples, ...windows],
      notes: { ...notes, [RUNNING]: windows.length },
      skipped: [...index.skipped, ...skipped],
    },
    findings: [{
      level: "info",
      what: "files are too short to cut clips of running speech from",
      names: files.filter((file) => !clips.some((clip) => clip.file === file)).map(({ path }) => path),
    }],
  };
}
