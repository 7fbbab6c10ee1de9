/** Indexes a folder in Speech Commands' layout: input `audio`, output `index.json`. */
import { z } from "zod";
import { UserError } from "../../lib/base/errors.ts";
import { SPLITS } from "../../lib/datasets/dataset_index.ts";
import { scanFolder } from "../../lib/datasets/folder_io.ts";
import { indexFolder, type IndexSettings } from "../../lib/datasets/speech_commands.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";

export type IndexSlice = IndexSettings;

const percent = z.number().min(0).max(100);

const sliceSchema = z.strictObject({
  targets: z.array(z.string().min(1)).min(1).refine(
    (words) => new Set(words).size === words.length,
    "must not repeat a word",
  )
    .refine(
      (words) => !words.some((word) => word.startsWith("_")),
      "must be words, without _silence_ and _unknown_",
    ),
  unknown: z.number().min(0),
  silence: z.number().min(0),
  split: z.strictObject({
    rule: z.enum(["auto", "lists", "hash", "ranked"]),
    validation_percent: percent,
    testing_percent: percent,
    salt: z.string(),
  }).refine((split) => split.validation_percent + split.testing_percent < 100, {
    message: "validation_percent and testing_percent must leave something for training",
  }),
  bad_files: z.enum(["error", "skip"]),
  sample_rate: z.int().positive(),
  clip_samples: z.int().positive(),
});

/** @throws {UserError} `bad-config` for a wrong slice, `bad-dataset` or `bad-audio` for a folder that cannot be used. */
export function index(io: StageIo): void {
  const parsed = sliceSchema.safeParse(io.slice);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new UserError(
      "bad-config",
      `Cannot index the data set: ${issue.path.join(".")}: ${issue.message}.`,
    );
  }
  const content = scanFolder(io.input("audio"), {
    badFiles: parsed.data.bad_files,
    onProgress: (done, total) => io.progress({ done, total, unit: "files" }),
  });
  const result = indexFolder(content, parsed.data);
  const { notes } = result;
  const splits = SPLITS.map((split) => `${result.splits[split].length} ${split}`).join(", ");
  io.note(
    "info",
    `${splits} clips, split by ${result.split_rule}; ${notes.resampled} to resample, ${notes.mixed_down} to mix down, ` +
      `${notes.padded} to pad, ${notes.trimmed} to trim, ${notes.left_out} left out.`,
  );
  if (notes.skipped.length > 0) {
    io.note(
      "warning",
      `${notes.skipped.length} unreadable files skipped, the first: ${notes.skipped[0]!.reason}`,
    );
  }
  if (notes.shared_speakers > 0) {
    io.note("warning", `${notes.shared_speakers} speakers are in more than one split of the folder's lists.`);
  }
  Deno.writeTextFileSync(io.output("index.json"), `${JSON.stringify(result, null, 1)}\n`);
}

if (import.meta.main) await serveStage((io) => Promise.resolve(index(io)));
