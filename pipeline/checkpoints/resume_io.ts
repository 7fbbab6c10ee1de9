/** Where an attempt at a training that was stopped left off. */
import { UserError } from "../../lib/base/errors.ts";
import { readTensors, writeTensors } from "../../lib/formats/safetensors_io.ts";
import { snapshotFrom, type SnapshotLayout, snapshotTensors } from "../../lib/train/checkpoint.ts";
import type { Snapshot } from "../../lib/train/snapshot.ts";
import type { StageIo } from "../engine/stage.ts";

/** Null if there is nothing, or nothing that can be used, which is told. */
export function readResume(io: StageIo, layout: SnapshotLayout): Snapshot | null {
  const path = resumePath(io);
  try {
    Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  try {
    const snapshot = snapshotFrom(layout, readTensors(path), path);
    io.note("info", `Resumes after epoch ${snapshot.epoch}, where an earlier attempt stopped`);
    return snapshot;
  } catch (error) {
    if (!(error instanceof UserError) || error.reason !== "bad-file") throw error;
    io.note(
      "warning",
      `Starts from the first epoch: what an earlier attempt left cannot be used. ${error.message}`,
    );
    return null;
  }
}

export function writeResume(io: StageIo, layout: SnapshotLayout, snapshot: Snapshot): void {
  const { tensors, metadata } = snapshotTensors(layout, snapshot);
  writeTensors(resumePath(io), tensors, metadata);
}

function resumePath(io: StageIo): string {
  return `${io.partialDir}/resume.safetensors`;
}
