/** Where a training goes on: what an attempt that was stopped left, or a training like it that went less far. */
import { z } from "zod";
import {
  describeDifference,
  differencesOf,
  type Environment,
  sameEnvironment,
} from "../../lib/base/environment.ts";
import { UserError } from "../../lib/base/errors.ts";
import { parseRecordText } from "../../lib/base/record.ts";
import { readTensors, writeTensors } from "../../lib/formats/safetensors_io.ts";
import { snapshotFrom, type SnapshotLayout, snapshotTensors } from "../../lib/train/checkpoint.ts";
import type { Snapshot } from "../../lib/train/snapshot.ts";
import type { StageIo } from "../engine/stage.ts";
import { type Beginning, farthestBeginning, secondsIn, type Wanted } from "./beginnings_io.ts";
import { RESUME_FILE, SECONDS } from "../../lib/records/resume.ts";

export interface Resume {
  /** Null if there is nothing, or nothing that can be used, which is told. */
  readonly from: Snapshot | null;
  /** Seconds that training took to come there, as far as that counts. */
  readonly seconds: number;
  /** For another attempt. @param seconds Since training began, where that counts. */
  write(snapshot: Snapshot, seconds?: number): void;
  /** As a result, which does not say how it came about. */
  writeResult(snapshot: Snapshot, seconds?: number): void;
  /** In the place of a result that nobody could go on from: it would be as large as all other results together. */
  writeEnd(): void;
}

/** Where the epochs of a snapshot were trained, in its metadata: one environment after the other. */
const ENVIRONMENTS = "environments";
/** In the metadata of a file that holds no state. */
const ENDED = "ended";
const environmentsSchema = z.array(z.record(z.string(), z.string()));

/**
 * Reads what there is to go on from. If that was made where other bytes come out, it is told, and what this attempt makes
 * says that it is of both.
 *
 * @param io Has said with what it computes. @param wanted How far this training is to go.
 */
export function openResume(io: StageIo, layout: SnapshotLayout, wanted: Wanted): Resume {
  const path = `${io.partialDir}/${RESUME_FILE}`;
  const here: Environment = { ...io.environment };
  const found = farthest(readOwn(io, layout, path), io, layout, wanted);
  const earlier = found?.environments ?? [];
  const environments = sameEnvironment(earlier.at(-1), here) ? earlier : [...earlier, here];
  if (found !== null) {
    tellWhence(io, found, here);
    io.madeWith(joined(environments));
  }
  const write = (to: string, snapshot: Snapshot, more: Readonly<Record<string, string>>) => {
    const { tensors, metadata } = snapshotTensors(layout, snapshot);
    writeTensors(to, tensors, { ...metadata, ...more });
  };
  const timed = (seconds: number | undefined) =>
    seconds === undefined ? {} : { [SECONDS]: JSON.stringify(seconds) };
  return {
    from: found?.snapshot ?? null,
    seconds: found?.seconds ?? 0,
    write: (snapshot, seconds) =>
      write(path, snapshot, { [ENVIRONMENTS]: JSON.stringify(environments), ...timed(seconds) }),
    writeResult: (snapshot, seconds) => write(io.output(RESUME_FILE), snapshot, timed(seconds)),
    writeEnd: () => writeTensors(io.output(RESUME_FILE), new Map(), { [ENDED]: "true" }),
  };
}

interface Found {
  readonly snapshot: Snapshot;
  readonly environments: readonly Environment[];
  readonly seconds: number;
  /** Whose it is; null: an earlier attempt's at this very training. */
  readonly of: string | null;
}

/** The own one unless another's is farther. */
function farthest(own: Found | null, io: StageIo, layout: SnapshotLayout, wanted: Wanted): Found | null {
  const other = farthestBeginning(io.earlier ?? [], wanted);
  if (other === undefined || other.head.epoch <= (own?.snapshot.epoch ?? 0)) return own;
  return readOther(other, layout) ?? own;
}

/** What cannot be used is no loss: it only would have spared some work. */
function readOther({ of: { path, task, environment } }: Beginning, layout: SnapshotLayout): Found | null {
  try {
    const { environments, ...found } = read(layout, path);
    return {
      ...found,
      environments: environment === undefined ? environments : [environment],
      of: task,
    };
  } catch (error) {
    if (error instanceof UserError && error.reason === "bad-file") return null;
    throw error;
  }
}

function readOwn(io: StageIo, layout: SnapshotLayout, path: string): Found | null {
  try {
    Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  try {
    return { ...read(layout, path), of: null };
  } catch (error) {
    if (!(error instanceof UserError) || error.reason !== "bad-file") throw error;
    io.note("warning", `What an earlier attempt left cannot be used. ${error.message}`);
    return null;
  }
}

function read(layout: SnapshotLayout, path: string): Omit<Found, "of"> {
  const file = readTensors(path);
  return {
    snapshot: snapshotFrom(layout, file, path),
    environments: parseRecordText(
      environmentsSchema,
      file.metadata[ENVIRONMENTS] ?? "[]",
      `Cannot go on from ${path}`,
      "Train from the beginning.",
    ),
    seconds: secondsIn(file.metadata) ?? 0,
  };
}

function tellWhence(io: StageIo, { snapshot: { epoch }, environments, of }: Found, here: Environment): void {
  const other = differencesOf(environments.at(-1), here);
  const differing = other.length === 0
    ? ""
    : `. That ${of === null ? "attempt" : "training"} was in another environment (${
      other.map(describeDifference).join("; ")
    }): the last digits may differ from those of a training that never stopped`;
  const whence = of === null
    ? `Resumes after epoch ${epoch}, where an earlier attempt stopped`
    : `Goes on after epoch ${epoch}, to which ${of} had trained`;
  io.note(other.length === 0 ? "info" : "warning", whence + differing);
}

/** As in `multiply_add: "rounded twice, then fused"`. */
function joined(environments: readonly Environment[]): Environment {
  const facts = new Set(environments.flatMap(Object.keys));
  return Object.fromEntries([...facts].map((fact) => {
    const values = environments.flatMap((environment) => environment[fact] ?? []);
    return [fact, values.filter((value, i) => value !== values[i - 1]).join(", then ")];
  }));
}
