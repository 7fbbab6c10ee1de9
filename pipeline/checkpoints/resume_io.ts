/** Where an attempt at a training that was stopped left off. */
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

export interface Resume {
  /** Null if there is nothing, or nothing that can be used, which is told. */
  readonly from: Snapshot | null;
  write(snapshot: Snapshot): void;
}

/** Where the epochs of a snapshot were trained, in its metadata: one environment after the other. */
const ENVIRONMENTS = "environments";
const environmentsSchema = z.array(z.record(z.string(), z.string()));

/**
 * Reads what an earlier attempt left. If that was made where other bytes come out, it is told, and what this attempt
 * makes says that it is of both.
 *
 * @param io Has said with what it computes.
 */
export function openResume(io: StageIo, layout: SnapshotLayout): Resume {
  const path = `${io.partialDir}/resume.safetensors`;
  const here: Environment = { ...io.environment };
  const found = read(io, layout, path);
  const earlier = found?.environments ?? [];
  const environments = sameEnvironment(earlier.at(-1), here) ? earlier : [...earlier, here];
  if (found !== null) {
    const other = differencesOf(earlier.at(-1), here);
    const differing = other.length === 0
      ? ""
      : `. That attempt was in another environment (${
        other.map(describeDifference).join("; ")
      }): the last digits may ` +
        `differ from those of a training that never stopped`;
    io.note(
      other.length === 0 ? "info" : "warning",
      `Resumes after epoch ${found.snapshot.epoch}, where an earlier attempt stopped${differing}`,
    );
    io.madeWith(joined(environments));
  }
  return {
    from: found?.snapshot ?? null,
    write(snapshot) {
      const { tensors, metadata } = snapshotTensors(layout, snapshot);
      writeTensors(path, tensors, { ...metadata, [ENVIRONMENTS]: JSON.stringify(environments) });
    },
  };
}

interface Found {
  readonly snapshot: Snapshot;
  readonly environments: readonly Environment[];
}

function read(io: StageIo, layout: SnapshotLayout, path: string): Found | null {
  try {
    Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  try {
    const file = readTensors(path);
    const text = file.metadata[ENVIRONMENTS] ?? "[]";
    return {
      snapshot: snapshotFrom(layout, file, path),
      environments: parseRecordText(
        environmentsSchema,
        text,
        `Cannot go on from ${path}`,
        "Train from the beginning.",
      ),
    };
  } catch (error) {
    if (!(error instanceof UserError) || error.reason !== "bad-file") throw error;
    io.note(
      "warning",
      `Starts from the first epoch: what an earlier attempt left cannot be used. ${error.message}`,
    );
    return null;
  }
}

/** As in `multiply_add: "rounded twice, then fused"`. */
function joined(environments: readonly Environment[]): Environment {
  const facts = new Set(environments.flatMap(Object.keys));
  return Object.fromEntries([...facts].map((fact) => {
    const values = environments.flatMap((environment) => environment[fact] ?? []);
    return [fact, values.filter((value, i) => value !== values[i - 1]).join(", then ")];
  }));
}
