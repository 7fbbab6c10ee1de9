/** Indexes a corpus of utterances, in TIMIT's layout or as Kaldi data folders: input `audio`, output `index.json`. */
import { SPLITS } from "../../lib/datasets/dataset_index.ts";
import { indexKaldi, type KaldiSettings } from "../../lib/datasets/kaldi.ts";
import { scanKaldi } from "../../lib/datasets/kaldi_io.ts";
import { indexTimit, type TimitSettings } from "../../lib/datasets/timit.ts";
import { scanTimit } from "../../lib/datasets/timit_io.ts";
import type { UtteranceIndex } from "../../lib/datasets/utterance_index.ts";
import { parsePhoneMap } from "../../lib/phones/phone_map.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";

/** Kaldi folders may come with an input `phone_map`. */
export type IndexUtterancesSlice =
  | ({ readonly layout: "timit" } & TimitSettings)
  | ({ readonly layout: "kaldi" } & KaldiSettings);

/** @throws {UserError} `bad-dataset`, `bad-file` or `bad-audio` for a corpus that cannot be used. */
export function indexUtterances(io: StageIo): void {
  const result = indexOf(io, io.slice as unknown as IndexUtterancesSlice);
  const { notes, splits, sample_rate } = result;
  const counts = SPLITS.map((split) => `${splits[split].length} ${split}`).join(", ");
  const seconds = SPLITS.flatMap((split) => splits[split]).reduce((sum, { samples }) => sum + samples, 0) /
    sample_rate;
  io.note(
    "info",
    `${counts} utterances, ${
      (seconds / 60).toFixed(1)
    } minutes, ${result.classes.length} classes; ${notes.resampled} to ` +
      `resample, ${notes.mixed_down} to mix down, ${notes.left_out} left out, ${notes.shared_speakers} speakers in more ` +
      `than one split.`,
  );
  if (notes.unknown_labels > 0) {
    io.note(
      "warning",
      `${notes.unknown_labels} labels of validation and test are not in training: all one class.`,
    );
  }
  if (notes.skipped.length > 0) {
    io.note("warning", `${notes.skipped.length} utterances skipped, the first: ${notes.skipped[0]!.reason}`);
  }
  Deno.writeTextFileSync(io.output("index.json"), `${JSON.stringify(result, null, 1)}\n`);
}

function indexOf(io: StageIo, slice: IndexUtterancesSlice): UtteranceIndex {
  const root = io.input("audio");
  const onProgress = (done: number, total: number) => io.progress({ done, total, unit: "utterances" });
  switch (slice.layout) {
    case "timit": {
      const { recordings, notes } = scanTimit(root, slice, onProgress);
      return indexTimit(root, recordings, slice, notes);
    }
    case "kaldi": {
      const file = io.inputs["phone_map"];
      const map = file === undefined ? null : parsePhoneMap(Deno.readTextFileSync(file), file);
      const { found, notes } = scanKaldi(root, slice, map, file ?? "", onProgress);
      return indexKaldi(root, found, map, slice, notes);
    }
    default:
      throw slice satisfies never;
  }
}

if (import.meta.main) await serveStage((io) => Promise.resolve(indexUtterances(io)));
