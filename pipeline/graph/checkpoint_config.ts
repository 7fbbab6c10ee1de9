/** The configuration with which a checkpoint is evaluated: what is typed, and of groups what the file says. Pure. */
import { UserError } from "../../lib/base/errors.ts";
import { COMPRESSIONS } from "../../lib/frontends/compressions/kinds.ts";
import type { CheckpointRecord } from "../../lib/records/checkpoint.ts";
import type { Checked } from "../config/check.ts";
import { type ConfReader, expandAlias } from "../config/compose.ts";
import { parseOverride } from "../config/override.ts";
import type { Sweep } from "../config/sweep.ts";

/** A configuration for a checkpoint. */
export interface Typed {
  readonly checked: Checked;
  /** The same without single values of the front-end: what tells which of its values those decide. */
  readonly usual: Checked;
  /** Groups and keys that are typed: `model`, `model.hidden`. */
  readonly typed: ReadonlySet<string>;
}

/**
 * @param said What the file says of itself; null: nothing.
 * @param overrides As typed. @param expand Makes configurations of overrides.
 * @throws {UserError} `usage` if there are several, `bad-config`.
 */
export async function checkpointConfig(
  conf: ConfReader,
  said: CheckpointRecord | null,
  overrides: readonly string[],
  expand: (overrides: readonly string[]) => Promise<Sweep>,
): Promise<Typed & { readonly sweep: Sweep }> {
  const chosen = said === null ? [] : choicesOf(said, conf);
  const sweep = await expand([...chosen, ...overrides]);
  const checked = onlyRun(sweep);
  const paths = overrides.map((text) => expandAlias(parseOverride(text).path));
  const typed = new Set(paths.flatMap((path) => [path[0]!, path.join(".")]));
  const others = overrides.filter((_, i) => !isFrontendValue(paths[i]!));
  // Without a value that is typed the others may not fit together: then values are compared by their names alone.
  const usual = await expand([...chosen, ...others]).then(onlyRun, () => checked);
  return { checked, usual, typed, sweep };
}

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

function onlyRun({ points, axes }: Sweep): Checked {
  if (points.length === 1) return points[0]!;
  throw new UserError(
    "usage",
    `Cannot evaluate one checkpoint with ${points.length} configurations: give ${
      axes.join(" and ")
    } one value.`,
  );
}
