/** Indexes a folder in Speech Commands' layout: input `audio`, perhaps `test_audio`, output `index.json`. */
import { z } from "zod";
import { UserError } from "../../lib/base/errors.ts";
import { type DatasetIndex, SPLITS } from "../../lib/datasets/dataset_index.ts";
import { scanFolder } from "../../lib/datasets/folder_io.ts";
import { type FolderContent, indexFolder, type IndexSettings } from "../../lib/datasets/speech_commands.ts";
import { type ArchiveSettings, indexArchive } from "../../lib/datasets/speech_commands_archive.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";

export type IndexSlice = IndexSettings;
/** Of the two official archives, where `test_audio` is an input too. */
export type ArchiveSlice = ArchiveSettings;

const percent = z.number().min(0).max(100);

const common = {
  targets: z.array(z.string().min(1)).min(1).refine(
    (words) => new Set(words).size === words.length,
    "must not repeat a word",
  )
    .refine(
      (words) => !words.some((word) => word.startsWith("_")),
      "must be words, without _silence_ and _unknown_",
    ),
  bad_files: z.enum(["error", "skip"]),
  sample_rate: z.int().positive(),
  clip_samples: z.int().positive(),
};

const archiveSchema = z.strictObject(common);

const sliceSchema = z.strictObject({
  ...common,
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
});

/** @throws {UserError} `bad-config` for a wrong slice, `bad-dataset` or `bad-audio` for a folder that cannot be used. */
export function index(io: StageIo): void {
  const result = io.inputs["test_audio"] === undefined ? ofFolder(io) : ofArchives(io);
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

function ofFolder(io: StageIo): DatasetIndex {
  const slice = parse(sliceSchema, io);
  return indexFolder(scan(io, "audio", "dataset.root", slice.bad_files), slice);
}

function ofArchives(io: StageIo): DatasetIndex {
  const slice = parse(archiveSchema, io);
  const main = scan(io, "audio", "dataset.root", slice.bad_files);
  const test = scan(io, "test_audio", "dataset.test_root", slice.bad_files);
  return indexArchive(main, test, slice);
}

function parse<T>(schema: z.ZodType<T>, io: StageIo): T {
  const parsed = schema.safeParse(io.slice);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new UserError(
    "bad-config",
    `Cannot index the data set: ${issue.path.join(".")}: ${issue.message}.`,
  );
}

function scan(io: StageIo, input: string, key: string, badFiles: "error" | "skip"): FolderContent {
  return scanFolder(io.input(input), {
    badFiles,
    key,
    onProgress: (done, total) => io.progress({ done, total, unit: "files" }),
  });
}

if (import.meta.main) await serveStage((io) => Promise.resolve(index(io)));
