/** Whether a checkpoint's front-end is the one that it is about to be used with. */
import type { FrontendSpec } from "./spec.ts";

/** Keys that steer training alone. */
const OF_TRAINING = ["trainable", "paramChangeFactor", "paramRandFactor"];
/** Keys that say where filters start; trained ones are in the checkpoint. */
const OF_START = ["randomMel", "limits"];

type Values = Readonly<Record<string, unknown>>;

/**
 * The values that give other features from the same parameters, as `mask: {"start":0,"end":60} there, null here`.
 *
 * @param found JSON of the {@link FrontendSpec} that a checkpoint was trained with, as its metadata has it. Of files that
 * say nothing of the kind nothing is known, and nothing differs.
 */
export function frontendDifferences(found: string | undefined, wanted: FrontendSpec): string[] {
  const said = parseSpec(found);
  if (said === null) return [];
  const trainedMel = (said["trainable"] as Values | undefined)?.["mel"] === true;
  const passed = trainedMel ? [...OF_TRAINING, ...OF_START] : OF_TRAINING;
  const [there, here] = [flat(said, passed), flat({ ...wanted }, passed)];
  const keys = [...new Set([...there.keys(), ...here.keys()])];
  const text = (value: unknown) => value === undefined ? "nothing" : JSON.stringify(value);
  return keys.filter((key) => JSON.stringify(there.get(key)) !== JSON.stringify(here.get(key)))
    .map((key) => `${key}: ${text(there.get(key))} there, ${text(here.get(key))} here`);
}

function parseSpec(text: string | undefined): Values | null {
  try {
    const value = JSON.parse(text ?? "null");
    return typeof value === "object" && typeof value?.kind === "string" ? value : null;
  } catch {
    return null; // another program's metadata may use the same name
  }
}

/** As the configuration names them: `decibels.topDb` is `top_db`. */
function flat(spec: Values, passed: readonly string[]): Map<string, unknown> {
  const { decibels, ...rest } = spec;
  const entries = Object.entries({ ...rest, ...decibels as Values | undefined });
  return new Map(
    entries.filter(([key]) => !passed.includes(key)).map(([key, value]) => [snakeCase(key), value]),
  );
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
