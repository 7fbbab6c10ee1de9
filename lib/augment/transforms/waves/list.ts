/** The only list of transforms of waves: a line for the values and one for the work of each. */
import { z } from "zod";
import type { Rng } from "../../../base/random.ts";
import { share } from "../ranges.ts";
import * as clamp from "./clamp.ts";
import * as equaliser from "./equaliser.ts";
import * as level from "./level.ts";
import * as neighbours from "./neighbours.ts";
import * as noise from "./noise.ts";
import * as room from "./room.ts";
import * as shift from "./shift.ts";
import * as speed from "./speed.ts";
import type { Wave } from "./wave.ts";

const simple = z.discriminatedUnion("transform", [
  shift.schema,
  noise.schema,
  level.schema,
  clamp.schema,
  speed.schema,
  room.schema,
  equaliser.schema,
  neighbours.schema,
]);

/** Several that come together or not at all, in their order. */
const together = z.strictObject({
  transform: z.literal("together"),
  p: share,
  of: z.array(simple).min(1),
});

export const waveSchema = z.union([together, simple]);
export type WaveTransform = z.output<typeof waveSchema>;

/** One after the other; each draws from a generator of its own. */
export function applyAll(transforms: readonly WaveTransform[], wave: Wave, rng: Rng): Float32Array {
  const seen = new Map<string, number>();
  return transforms.reduce((values, transform) => {
    const name = transform.transform;
    const nth = seen.get(name) ?? 0;
    seen.set(name, nth + 1);
    return applyOne(transform, { ...wave, values }, rng.fork(nth === 0 ? name : `${name} ${nth}`));
  }, wave.values);
}

function applyOne(transform: WaveTransform, wave: Wave, rng: Rng): Float32Array {
  // Neighbours are drawn side by side.
  const isWhole = !("p" in transform) || transform.transform === "neighbours";
  const isDrawn = rng.uniform() < (isWhole ? 1 : transform.p);
  if (!isDrawn && !isAlways(transform, wave)) return wave.values;
  switch (transform.transform) {
    case "together":
      return applyAll(transform.of, wave, rng);
    case "shift":
      return shift.apply(transform, wave, rng);
    case "noise":
      return noise.apply(transform, wave, rng);
    case "level":
      return level.apply(transform, wave, rng);
    case "clamp":
      return clamp.apply(transform, wave);
    case "speed":
      return speed.apply(transform, wave, rng);
    case "room":
      return room.apply(transform, wave, rng);
    case "equaliser":
      return equaliser.apply(transform, wave, rng);
    case "neighbours":
      return neighbours.apply(transform, wave, rng);
    default:
      throw transform satisfies never;
  }
}

/** Clips of silence become noise, alone or together with what else is done. */
function isAlways(transform: WaveTransform, wave: Wave): boolean {
  if (transform.transform === "noise") return noise.always(transform, wave);
  return transform.transform === "together" && transform.of.some((one) => isAlways(one, wave));
}
