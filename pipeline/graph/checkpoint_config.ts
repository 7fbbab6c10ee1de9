/** The configuration with which a checkpoint is evaluated: what is typed, and of groups what the file says. Pure. */
import { blamingFile } from "../../lib/base/blame.ts";
import { UserError } from "../../lib/base/errors.ts";
import { COMPRESSIONS } from "../../lib/frontends/compressions/kinds.ts";
import type { CheckpointRecord } from "../../lib/records/checkpoint.ts";
import type { Checked } from "../config/check.ts";
import { type ConfReader, expandAlias } from "../config/compose.ts";
import { parseOverride } from "../config/override.ts";
import type { Point, Sweep } from "../config/sweep.ts";
import { chooseData, type DataFrom, dataLine, type DataUse, type KnownPaths } from "./checkpoint_data.ts";

/** A configuration for a checkpoint. */
export interface Typed {
  readonly checked: Checked;
  /** The same without single values of the front-end: what tells which of its values those decide. */
  readonly usual: Checked;
  /** Groups and keys that are typed: `model`, `model.hidden`. */
  readonly typed: ReadonlySet<string>;
}

/** A checkpoint, as far as its file tells. */
export interface SayingFile {
  /** In messages: a run, or its file without folders. */
  readonly called: string;
  /** What it says of itself; null: nothing. */
  readonly said: CheckpointRecord | null;
  /** Where this machine has, or had, what it was trained on; nothing: that is not known. */
  readonly paths?: KnownPaths;
}

export interface CheckpointConfig extends Typed {
  readonly sweep: Sweep;
  /** Who named the data set that it is used with, and a line that says which that is. */
  readonly data: { readonly from: DataFrom; readonly line: string };
}

/**
 * @param overrides As typed. @param expand Makes configurations of overrides.
 * @param use What becomes of its data set.
 * @throws {UserError} `usage` if there are several, or a path of the data set's is missing; `bad-config`; `bad-file` if
 *   what the file says of its data set is none.
 */
export async function checkpointConfig(
  conf: ConfReader,
  { called, said, paths: known = NOWHERE }: SayingFile,
  overrides: readonly string[],
  expand: (overrides: readonly string[]) => Promise<Sweep>,
  use: DataUse = "read",
): Promise<CheckpointConfig> {
  const paths = overrides.map((text) => expandAlias(parseOverride(text).path));
  const typed = new Set(paths.flatMap((path) => [path[0]!, path.join(".")]));
  const chosenData = chooseData(said, paths, { conf, called, use, known });
  const chosen = [...said === null ? [] : choicesOf(said, conf), ...chosenData.words];
  const sweep = await expand([...chosen, ...overrides]).catch(async (error: unknown) => {
    if (chosenData.words.length > 0) await blamingFile(called, () => expand(chosenData.words));
    throw error;
  });
  const checked = onlyRun(sweep);
  const others = overrides.filter((_, i) => !isFrontendValue(paths[i]!));
  // Without a value that is typed the others may not fit together: then values are compared by their names alone.
  const usual = await expand([...chosen, ...others]).then(onlyRun, () => checked);
  const line = dataLine(called, said, chosenData, checked);
  return { checked, usual, typed, sweep, data: { from: chosenData.from, line } };
}

const NOWHERE: KnownPaths = { there: {}, gone: {} };

/** Choices of groups by what the file says, so that values of its kinds can be typed. */
function choicesOf({ frontend, model }: CheckpointRecord, conf: ConfReader): string[] {
  const compression = frontend.steps.find(({ step }) => Object.hasOwn(COMPRESSIONS, step))?.step;
  return Object.entries({ frontend: frontend.kind, compression, model: model.kind })
    .filter(([group, name]) => name !== undefined && conf.choices(group).includes(name))
    .map(([group, name]) => `${group}=${name}`);
}

/** One value, not the choice of a file. */
function isFrontendValue([group, ...keys]: readonly string[]): boolean {
  return keys.length > 0 && (group === "frontend" || group === "compression");
}

function onlyRun({ points, axes }: Sweep): Point {
  if (points.length === 1) return points[0]!;
  throw new UserError(
    "usage",
    `Cannot evaluate one checkpoint with ${points.length} configurations: give ${
      axes.join(" and ")
    } one value.`,
  );
}
