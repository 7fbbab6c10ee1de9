/** Checkpoints of trainings on clips of one length: what windows of a stream can be listened to with. */
import { UserError } from "../base/errors.ts";
import { type CheckpointRecord, parseCheckpoint } from "./checkpoint.ts";

/** A checkpoint of a training on clips of one length. */
export interface ClipCheckpoint extends CheckpointRecord {
  /** Length of every clip. */
  readonly clipSamples: number;
}

/** @throws {UserError} `bad-file` if the file does not say that it is one. */
export function clipCheckpoint(
  { metadata }: { readonly metadata: Readonly<Record<string, string>> },
  name: string,
): ClipCheckpoint {
  const checkpoint = parseCheckpoint(metadata, name);
  if (checkpoint === null) {
    throw new UserError(
      "bad-file",
      `Cannot listen with ${name}: it does not say its classes, front-end, model and length of clips. Take a checkpoint ` +
        `of a training on words that this program made.`,
    );
  }
  const { clipSamples } = checkpoint;
  if (clipSamples !== null) return { ...checkpoint, clipSamples };
  throw new UserError(
    "bad-file",
    `Cannot listen with ${name}: it was trained on recordings of any length, and windows of a stream have one. Take a ` +
      `checkpoint of a training on words.`,
  );
}
